"""The web ACL in front of the site, as far as one of its rules: scripts in queries are refused.

CloudFront asks the web ACL that its distribution names, and answers 403 where a rule blocks. AWS does not
publish its rules' patterns; the commonest form of the attack stands for all of them here. Tests judge the
whole web ACL (tests/edge/waf.py), the embedded AWS shows that one is asked.

Source: "Core rule set (CRS) managed rule group", AWS WAF Developer Guide.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from local.emulator import hooks
from local.emulator.hooks import Untyped

RULE_SET, RULE = "AWSManagedRulesCommonRuleSet", "CrossSiteScripting_QUERYARGUMENTS"
SCRIPT = re.compile(r"<\s*script", re.IGNORECASE)
REFUSAL = (403, {"Content-Type": "text/html"}, b"Request blocked.\n")


def refuses(host: str, query: str) -> bool:
    """Whether the web ACL of the site blocks a request.

    Args:
        host: The name that the client asks, in lower case. What calls the load balancer by its internal name
            does not come through CloudFront.
        query: What follows the question mark, as it came.
    """
    return bool(SCRIPT.search(unquote_plus(query))) and any(map(_blocks, _web_acls(host)))


def _web_acls(host: str) -> Iterator[Untyped]:
    """The web ACLs of the distributions that have the name."""
    for distribution in hooks.service("cloudfront")._distributions.to_dict().values():
        configuration = distribution["config_xml"]
        if f">{host}<" in configuration:
            for _, acl in hooks.service("waf")._web_acls.all_items():
                if f">{acl['ARN']}<" in configuration:
                    yield acl


def _blocks(acl: Untyped) -> bool:
    """Whether the rule is in the web ACL, and neither its set nor itself only counts."""
    for rule in acl["Rules"]:
        managed = rule["Statement"].get("ManagedRuleGroupStatement", {})
        if managed.get("Name") == RULE_SET and "None" in rule.get("OverrideAction", {}):
            overridden = {one["Name"] for one in managed.get("RuleActionOverrides", [])}
            return RULE not in overridden
    return False
