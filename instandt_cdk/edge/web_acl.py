"""The web application firewall of the site."""

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from instandt_cdk.edge.waf_statement import (
    Acl,
    all_of,
    any_of,
    body_exceeds,
    from_addresses,
    from_countries,
    header_matches,
    labelled,
    method_matches,
    more_requests_than,
    not_,
    path_matches,
)
from instandt_cdk.names import Names
from instandt_cdk.operations import Logs, name_of_its_own, save_query
from instandt_cdk.settings import EdgeSettings

MANAGED_RULE_SETS: Mapping[str, Mapping[str, str | None]] = {
    "AWSManagedRulesAmazonIpReputationList": {},
    "AWSManagedRulesCommonRuleSet": {
        "SizeRestrictions_BODY": None,  # replaced by `UninspectableBody`
        "EC2MetaDataSSRF_BODY": "awswaf:managed:aws:core-rule-set:EC2MetaDataSSRF_Body",
        "GenericLFI_BODY": "awswaf:managed:aws:core-rule-set:GenericLFI_Body",
        "GenericRFI_BODY": "awswaf:managed:aws:core-rule-set:GenericRFI_Body",
        "CrossSiteScripting_BODY": "awswaf:managed:aws:core-rule-set:CrossSiteScripting_Body",
    },
    "AWSManagedRulesKnownBadInputsRuleSet": {
        "JavaDeserializationRCE_BODY": "awswaf:managed:aws:known-bad-inputs:JavaDeserializationRCE_Body",
        "Log4JRCE_BODY": "awswaf:managed:aws:known-bad-inputs:Log4JRCE_Body",
        "ReactJSRCE_BODY": "awswaf:managed:aws:known-bad-inputs:ReactJSRCE_Body",
    },
    "AWSManagedRulesSQLiRuleSet": {
        "SQLi_BODY": "awswaf:managed:aws:sql-database:SQLi_Body",
        "SQLiExtendedPatterns_BODY": "awswaf:managed:aws:sql-database:SQLiExtendedPatterns_Body",
    },
}
"""AWS's rule sets in the order of their evaluation. Each names all its rules that look at bodies, with the
label by which `BodyAttack` learns of a match. AWS does not publish their patterns, so any of them may mistake
the bytes of a medium for an attack ("AWS Managed Rules rule groups list", AWS WAF Developer Guide)."""

INSPECTED_BODY = "KB_64"
INSPECTED_BYTES = 64 * 1024
"""How much of a body CloudFront shows to WAF: the most there is, for a fee on what exceeds 16 KB ("Managing
body inspection size limits for AWS WAF")."""

UPLOAD_METHODS = "^(POST|PUT|PATCH)$"
UPLOAD_PATHS = "^/api/"
UPLOAD_CONTENT_TYPES = (
    "^(application/octet-stream|application/dicom"
    # A boundary's characters are those of RFC 2046, 5.1.1, without the comma: it joins the values of two
    # Content-Type headers, of which WAF might read one and the API the other.
    r"""|multipart/form-data; ?boundary="?[0-9a-z'()+_./:=?-]{1,70}"?)$"""
)
"""A request is an upload if its method, path and content type match these. The path is matched as it came,
because the load balancer finds the API by it. The content type is matched in lower case."""

CREDENTIALS = ("authorization", "cookie")
"""The headers that are left out of the log."""


Rule = dict[str, Any]
"""A rule's statement and action, as keywords of `CfnWebACL.RuleProperty`."""


class WebAcl(Construct):
    """Blocks known attackers, known attacks, and floods of requests.

    Args:
        scope: The parent.
        construct_id: The construct's id.
        names: Of its log and its metrics.
        settings: Who is let in. Allowed addresses are inspected too: an office may have an infected computer.
        logs: How its log is kept.
    """

    arn: str

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        settings: EdgeSettings,
        logs: Logs,
    ) -> None:
        super().__init__(scope, construct_id)
        rules = self._address_rules(settings)
        rules |= {
            name: _managed(name, list(counted)) for name, counted in MANAGED_RULE_SETS.items()
        }
        rules |= _body_rules()
        acl = Acl(
            self,
            "Acl",
            scope="CLOUDFRONT",
            default_action=Acl.DefaultActionProperty(allow={}),
            visibility_config=_visibility(names.firewall_metric),
            association_config=Acl.AssociationConfigProperty(
                request_body={
                    "CLOUDFRONT": Acl.RequestBodyAssociatedResourceTypeConfigProperty(
                        default_size_inspection_limit=INSPECTED_BODY
                    )
                }
            ),
            rules=[
                Acl.RuleProperty(
                    name=name, priority=priority, visibility_config=_visibility(name), **rule
                )
                for priority, (name, rule) in enumerate(rules.items())
            ],
        )
        self.arn = acl.attr_arn
        self._log(names, logs)

    def _address_rules(self, settings: EdgeSettings) -> dict[str, Rule]:
        """Return the rules that look at nothing but the client's address."""
        rules = {"RateLimit": _block(more_requests_than(settings.requests_per_five_minutes))}
        if settings.countries:
            rules["Countries"] = _block(not_(from_countries(settings.countries)))
        if settings.allowed_addresses:
            allowed = from_addresses(Construct(self, "Allowed"), settings.allowed_addresses)
            rules["AllowedAddresses"] = _block(not_(allowed))
        if settings.blocked_addresses:
            blocked = from_addresses(Construct(self, "Blocked"), settings.blocked_addresses)
            rules["BlockedAddresses"] = _block(blocked)
        return rules

    def _log(self, names: Names, logs: Logs) -> None:
        """Log every request without its credentials."""
        log = logs.group(
            self, "Log", name=name_of_its_own(cdk.Stack.of(self), names.firewall_log_group)
        )
        save_query(
            self,
            "WhyBlocked",
            names=names,
            question="Why was a request blocked?",
            groups=[log.log_group_name],
            commands=[
                "fields @timestamp, terminatingRuleId, httpRequest.clientIp, httpRequest.country, "
                "httpRequest.httpMethod, httpRequest.uri",
                'filter action = "BLOCK"',
                "sort @timestamp desc",
                "limit 200",
            ],
        )
        wafv2.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=self.arn,
            # Without the ":*" at the end of the attribute ("Sending web ACL traffic logs to a CloudWatch
            # Logs log group", AWS WAF Developer Guide).
            log_destination_configs=[
                cdk.Stack.of(self).format_arn(
                    service="logs",
                    resource="log-group",
                    resource_name=log.log_group_name,
                    arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
                )
            ],
            redacted_fields=[
                wafv2.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": name})
                for name in CREDENTIALS
            ],
        )


def _body_rules() -> dict[str, Rule]:
    """Return the rules that inspect bodies, except those of uploads.

    A client can forge an upload's content type and so send any body to the API. Inspecting uploads would not
    stop that, because WAF sees only the beginning of a body, which an attacker can fill with anything. The
    API therefore must read JSON and forms only from requests whose content type says so. Those are inspected
    to the last byte, and so is everything for the frontend, and an upload's path, query, cookies and headers.
    """
    labels = [label for rules in MANAGED_RULE_SETS.values() for label in rules.values() if label]
    is_upload = labelled("upload")
    return {
        "Upload": _label(
            all_of(
                method_matches(UPLOAD_METHODS),
                path_matches(UPLOAD_PATHS),
                header_matches("content-type", UPLOAD_CONTENT_TYPES),
            ),
            "upload",
        ),
        "UninspectableBody": _block(all_of(body_exceeds(INSPECTED_BYTES), not_(is_upload))),
        "BodyAttack": _block(
            all_of(
                any_of([labelled(name) for name in labels]),
                not_(is_upload),
            )
        ),
    }


def _managed(name: str, counting: Sequence[str]) -> Rule:
    # No version is pinned: AWS's current one has the rules against new attacks.
    return {
        "override_action": Acl.OverrideActionProperty(none={}),
        "statement": Acl.StatementProperty(
            managed_rule_group_statement=Acl.ManagedRuleGroupStatementProperty(
                vendor_name="AWS",
                name=name,
                rule_action_overrides=[
                    Acl.RuleActionOverrideProperty(
                        name=rule, action_to_use=Acl.RuleActionProperty(count={})
                    )
                    for rule in counting
                ],
            )
        ),
    }


def _block(statement: Acl.StatementProperty) -> Rule:
    return {"action": Acl.RuleActionProperty(block={}), "statement": statement}


def _label(statement: Acl.StatementProperty, label: str) -> Rule:
    return {
        "action": Acl.RuleActionProperty(count={}),
        "rule_labels": [Acl.LabelProperty(name=label)],
        "statement": statement,
    }


def _visibility(name: str) -> Acl.VisibilityConfigProperty:
    return Acl.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True,
        metric_name=name,
        # Samples would show the credentials that the log does not ("LoggingConfiguration", AWS WAFV2 API
        # Reference), and the log has every request anyway.
        sampled_requests_enabled=False,
    )
