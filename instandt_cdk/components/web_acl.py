"""The web application firewall of the site."""

import aws_cdk as cdk
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from instandt_cdk.components.log_group import log_group
from instandt_cdk.settings import OperationsSettings

REQUESTS_PER_FIVE_MINUTES = 3000
"""How many requests one address may send in five minutes."""

MANAGED_RULE_SETS = {
    "AWSManagedRulesAmazonIpReputationList": (),
    # Images are uploaded as large binary bodies, which these rules take for an attack.
    "AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY", "CrossSiteScripting_BODY"),
    "AWSManagedRulesKnownBadInputsRuleSet": (),
    "AWSManagedRulesSQLiRuleSet": ("SQLi_BODY",),
}
"""AWS's rule sets in the order of their evaluation, with the rules that only count ("AWS Managed Rules
rule groups list", AWS WAF Developer Guide)."""


class WebAcl(Construct):
    """Blocks known attackers, known attacks, and floods of requests."""

    arn: str

    def __init__(
        self, scope: Construct, construct_id: str, *, operations: OperationsSettings
    ) -> None:
        super().__init__(scope, construct_id)
        acl = wafv2.CfnWebACL(
            self,
            "Acl",
            scope="CLOUDFRONT",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visibility("WebAcl"),
            rules=[
                wafv2.CfnWebACL.RuleProperty(
                    name="RateLimit",
                    priority=0,
                    action=wafv2.CfnWebACL.RuleActionProperty(block={}),
                    statement=wafv2.CfnWebACL.StatementProperty(
                        rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                            aggregate_key_type="IP", limit=REQUESTS_PER_FIVE_MINUTES
                        )
                    ),
                    visibility_config=_visibility("RateLimit"),
                ),
                *(
                    _managed(name, priority, counting)
                    for priority, (name, counting) in enumerate(MANAGED_RULE_SETS.items(), start=1)
                ),
            ],
        )
        self.arn = acl.attr_arn
        log = log_group(
            self,
            "Log",
            # WAF writes only to groups whose name begins so ("Logging destinations", AWS WAF).
            name=f"aws-waf-logs-{cdk.Stack.of(self).stack_name}",
            operations=operations,
        )
        wafv2.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=acl.attr_arn,
            log_destination_configs=[log.log_group_arn.removesuffix(":*")],
            redacted_fields=[
                wafv2.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": name})
                for name in ("authorization", "cookie")
            ],
        )


def _managed(name: str, priority: int, counting: tuple[str, ...]) -> wafv2.CfnWebACL.RuleProperty:
    return wafv2.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
        statement=wafv2.CfnWebACL.StatementProperty(
            managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS",
                name=name,
                rule_action_overrides=[
                    wafv2.CfnWebACL.RuleActionOverrideProperty(
                        name=rule,
                        action_to_use=wafv2.CfnWebACL.RuleActionProperty(count={}),
                    )
                    for rule in counting
                ],
            )
        ),
        visibility_config=_visibility(name),
    )


def _visibility(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
    )
