"""Evaluates requests against a synthesized web ACL, as AWS WAF documents that it does.

Sources, all in the AWS WAF Developer Guide: "Setting rule priority", "Using rule actions", "Overriding rule
group actions", "How labeling works" (labels are added by rules that count, too, and later rules see them),
"Label match rule statement", "Oversize web request components". What no web ACL here uses is refused
rather than passed over.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.edge.managed_rules import RULE_SETS
from tests.edge.request import Request

TRANSFORMATIONS: Mapping[str, Callable[[str], str]] = {"NONE": str, "LOWERCASE": str.lower}
TRANSFORMATION_COST = 10


@dataclass(frozen=True)
class Verdict:
    """What becomes of a request, and by which rule; a managed rule is named "set/rule"."""

    blocked_by: str | None
    labels: frozenset[str]

    @property
    def is_allowed(self) -> bool:
        """Whether the request reaches the site."""
        return self.blocked_by is None


class WebAcl:
    """The one web ACL of a template."""

    def __init__(self, template: Mapping[str, Any]) -> None:
        resources: Mapping[str, Any] = template["Resources"]
        (acl,) = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::WAFv2::WebACL"]
        assert acl["Scope"] == "CLOUDFRONT"
        assert acl["DefaultAction"] == {"Allow": {}}
        self.rules = sorted(acl["Rules"], key=lambda rule: int(rule["Priority"]))
        limit = acl["AssociationConfig"]["RequestBody"]["CLOUDFRONT"]["DefaultSizeInspectionLimit"]
        self.inspected_bytes = int(limit.removeprefix("KB_")) * 1024
        self._resources = resources

    def judge(self, request: Request) -> Verdict:
        """Apply the rules in their order until one blocks; what none blocks is allowed."""
        seen = replace(request, body=request.body[: self.inspected_bytes])
        is_oversize = len(request.body) > self.inspected_bytes
        labels: set[str] = set()
        for rule in self.rules:
            statement = rule["Statement"]
            if "ManagedRuleGroupStatement" in statement:
                assert rule["OverrideAction"] == {"None": {}}, "the set only counts"
                blocked_by = _managed(statement["ManagedRuleGroupStatement"], seen, labels)
                if blocked_by:
                    return Verdict(blocked_by, frozenset(labels))
            elif self._holds(statement, seen, labels, is_oversize=is_oversize):
                labels.update(label["Name"] for label in rule.get("RuleLabels", []))
                if rule["Action"] == {"Block": {}}:
                    return Verdict(rule["Name"], frozenset(labels))
                assert rule["Action"] == {"Count": {}}
        return Verdict(None, frozenset(labels))

    def _holds(
        self, statement: Mapping[str, Any], seen: Request, labels: set[str], *, is_oversize: bool
    ) -> bool:
        ((kind, value),) = statement.items()

        def holds(inner: Mapping[str, Any]) -> bool:
            return self._holds(inner, seen, labels, is_oversize=is_oversize)

        match kind:
            case "OrStatement" if len(value["Statements"]) < 2:
                raise AssertionError("WAF refuses an OR of one")
            case "AndStatement":
                return all(holds(inner) for inner in value["Statements"])
            case "OrStatement":
                return any(holds(inner) for inner in value["Statements"])
            case "NotStatement":
                return not holds(value["Statement"])
            case "LabelMatchStatement":
                assert value["Scope"] == "LABEL"
                return value["Key"] in labels
            case "RegexMatchStatement":
                text = _transformed(_field(value["FieldToMatch"], seen), value)
                return text is not None and re.search(value["RegexString"], text) is not None
            case "SizeConstraintStatement":
                assert value["FieldToMatch"] == {"Body": {"OversizeHandling": "MATCH"}}
                assert value["ComparisonOperator"] == "GT"
                return is_oversize or len(seen.body) > int(value["Size"])
            case "RateBasedStatement":
                assert value["AggregateKeyType"] == "IP"
                return seen.requests_before >= int(value["Limit"])
            case "GeoMatchStatement":
                return seen.country in value["CountryCodes"]
            case "IPSetReferenceStatement":
                ip_set = self._resources[value["Arn"]["Fn::GetAtt"][0]]["Properties"]
                assert ip_set["Scope"] == "CLOUDFRONT"
                ranges = [ipaddress.ip_network(each) for each in ip_set["Addresses"]]
                assert {f"IPV{each.version}" for each in ranges} == {ip_set["IPAddressVersion"]}
                return any(ipaddress.ip_address(seen.address) in each for each in ranges)
        raise NotImplementedError(kind)


def _managed(group: Mapping[str, Any], seen: Request, labels: set[str]) -> str | None:
    assert group["VendorName"] == "AWS"
    name = group["Name"]
    overrides = {
        override["Name"]: override["ActionToUse"] for override in group["RuleActionOverrides"]
    }
    rule_set = RULE_SETS[name]
    for rule in rule_set.rules:
        if rule.matches(seen):
            labels.add(f"awswaf:managed:aws:{rule_set.namespace}:{rule.label}")
            action = overrides.get(rule.name, {"Count": {}} if rule.counts else {"Block": {}})
            if action == {"Block": {}}:
                return f"{name.removeprefix('AWSManagedRules')}/{rule.name}"
            assert action == {"Count": {}}
    return None


def _field(field: Mapping[str, Any], seen: Request) -> str | None:
    ((kind, value),) = field.items()
    match kind:
        case "Method":
            return seen.method
        case "UriPath":
            return seen.path
        case "SingleHeader":
            return seen.headers.get(value["Name"])
    raise NotImplementedError(kind)


def _transformed(text: str | None, statement: Mapping[str, Any]) -> str | None:
    for each in sorted(statement["TextTransformations"], key=lambda each: int(each["Priority"])):
        text = text and TRANSFORMATIONS[each["Type"]](text)
    return text


def capacity_units(statement: Mapping[str, Any]) -> int:
    """The most that a statement costs of a web ACL's capacity ("Using match rule statements", WCUs)."""
    ((kind, value),) = statement.items()
    transformations = TRANSFORMATION_COST * len(value.get("TextTransformations", []))
    match kind:
        case "AndStatement" | "OrStatement":
            return sum(capacity_units(inner) for inner in value["Statements"])
        case "NotStatement":
            return capacity_units(value["Statement"])
        case "ManagedRuleGroupStatement":
            return RULE_SETS[value["Name"]].capacity_units
        case "RegexMatchStatement":
            return 3 + transformations
        case "SizeConstraintStatement" | "LabelMatchStatement":
            return 1 + transformations
        case "GeoMatchStatement" | "IPSetReferenceStatement":
            return 1
        case "RateBasedStatement":
            return 2
    raise NotImplementedError(kind)
