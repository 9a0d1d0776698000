"""The firewall lets images through to the API and blocks everything else that AWS takes for an attack."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import aws_cdk as cdk
import pytest

from instandt_cdk import settings
from instandt_cdk.edge.web_acl import WebAcl as Construct
from instandt_cdk.names import Names
from instandt_cdk.operations import Logs, OperationsKey
from instandt_cdk.settings import EdgeSettings, OperationsSettings
from tests.edge.managed_rules import RULE_SETS
from tests.edge.request import Request
from tests.edge.traffic import ALLOWED, BLOCKED, BODY_RULES, UPLOAD
from tests.edge.waf import WebAcl, capacity_units
from tests.support import ROOT
from tests.support.synthesis import Synthesis, Template, synthesize_settings


@pytest.fixture(scope="module")
def web_acl(prod: Synthesis) -> WebAcl:
    return WebAcl(prod.templates["Edge"])


def synthesized(**choices: Any) -> WebAcl:  # noqa: ANN401 - the section's own keys
    stack = cdk.Stack(cdk.App(), "Edge")
    kept = OperationsSettings()
    logs = Logs(key=OperationsKey(stack, "Key", operations=kept), settings=kept)
    Construct(
        stack,
        "WebAcl",
        names=Names("test"),
        settings=EdgeSettings.model_validate(choices),
        logs=logs,
    )
    return WebAcl(cdk.assertions.Template.from_stack(stack).to_json())


@pytest.mark.parametrize("request_", ALLOWED.values(), ids=ALLOWED)
def test_what_users_do_is_allowed(web_acl: WebAcl, request_: Request) -> None:
    assert web_acl.judge(request_).blocked_by is None


@pytest.mark.parametrize(("request_", "rule"), BLOCKED.values(), ids=BLOCKED)
def test_what_attackers_do_is_blocked(web_acl: WebAcl, request_: Request, rule: str) -> None:
    assert web_acl.judge(request_).blocked_by == rule


def _is_as_promised(web_acl: WebAcl) -> bool:
    return all(web_acl.judge(request).is_allowed for request in ALLOWED.values()) and all(
        web_acl.judge(request).blocked_by == rule for request, rule in BLOCKED.values()
    )


def _without_rule(name: str) -> Callable[[list[Any]], None]:
    return lambda rules: rules.remove(next(rule for rule in rules if rule["Name"] == name))


def _without_override(rule_set: str, name: str) -> Callable[[list[Any]], None]:
    def change(rules: list[Any]) -> None:
        (rule,) = [rule for rule in rules if rule["Name"] == rule_set]
        group = rule["Statement"]["ManagedRuleGroupStatement"]
        group["RuleActionOverrides"] = [
            override for override in group["RuleActionOverrides"] if override["Name"] != name
        ]

    return change


def _without_part(name: str, *way: str | int) -> Callable[[list[Any]], None]:
    def change(rules: list[Any]) -> None:
        (part,) = [rule["Statement"] for rule in rules if rule["Name"] == name]
        *steps, last = way
        for step in steps:
            part = part[step]
        del part[last]

    return change


CHANGES = {
    **{
        f"without {name}": _without_rule(name)
        for name in (*RULE_SETS, "RateLimit", "Upload", "UninspectableBody", "BodyAttack")
    },
    **{f"{rule} blocks": _without_override(name, rule) for name, rule in sorted(BODY_RULES)},
    **{
        f"uploads regardless of their {what}": _without_part(
            "Upload", "AndStatement", "Statements", i
        )
        for i, what in enumerate(("method", "path", "content type"))
    },
    **{
        f"without the label {i}": _without_part(
            "BodyAttack", "AndStatement", "Statements", 0, "OrStatement", "Statements", i
        )
        for i in range(len(BODY_RULES) - 1)
    },
    "no exception from the size": _without_part(
        "UninspectableBody", "AndStatement", "Statements", 1
    ),
    "no exception from the attacks": _without_part("BodyAttack", "AndStatement", "Statements", 1),
    "uploads are known too late": lambda rules: rules[-3].update(Priority=99),
    "attacks are asked for too early": lambda rules: rules[-1].update(Priority=-1),
}


def test_the_table_is_about_the_web_acl_that_is_deployed(web_acl: WebAcl) -> None:
    assert _is_as_promised(web_acl)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_part_of_the_web_acl_is_needed(
    prod: Synthesis, change: Callable[[list[Any]], None]
) -> None:
    template: Template = deepcopy(prod.templates["Edge"])
    (acl,) = [r for r in template["Resources"].values() if r["Type"] == "AWS::WAFv2::WebACL"]
    change(acl["Properties"]["Rules"])
    assert not _is_as_promised(WebAcl(template))


def test_every_managed_rule_about_bodies_counts_and_no_other(web_acl: WebAcl) -> None:
    counted = {
        (rule["Name"], override["Name"])
        for rule in web_acl.rules
        for override in rule["Statement"]
        .get("ManagedRuleGroupStatement", {})
        .get("RuleActionOverrides", [])
    }
    assert counted == BODY_RULES


def test_the_web_acl_fits_into_the_capacity_that_costs_nothing_extra(web_acl: WebAcl) -> None:
    # "Web ACL capacity units (WCUs) in AWS WAF": more than 1,500 is charged, 5,000 is the limit.
    assert sum(capacity_units(rule["Statement"]) for rule in web_acl.rules) <= 1500


def test_only_chosen_countries_are_let_in() -> None:
    web_acl = synthesized(countries=["DE", "AT"])
    assert web_acl.judge(Request(country="AT")).is_allowed
    assert web_acl.judge(Request(country="US")).blocked_by == "Countries"
    assert web_acl.judge(Request(country="AT", query="a=' or 1")).blocked_by


def test_only_chosen_addresses_are_let_in() -> None:
    web_acl = synthesized(allowed_addresses=["203.0.113.0/24", "2001:db8::/32"])
    assert web_acl.judge(UPLOAD).is_allowed
    assert web_acl.judge(Request(address="2001:db8::7")).is_allowed
    assert web_acl.judge(Request(address="198.51.100.7")).blocked_by == "AllowedAddresses"
    assert web_acl.judge(Request(address="2001:db9::7")).blocked_by == "AllowedAddresses"
    assert web_acl.judge(Request(query="a=' or 1")).blocked_by


def test_blocked_addresses_stay_out_of_what_is_allowed() -> None:
    web_acl = synthesized(
        allowed_addresses=["203.0.113.0/24"], blocked_addresses=["203.0.113.66/32"]
    )
    assert web_acl.judge(Request()).is_allowed
    assert web_acl.judge(Request(address="203.0.113.66")).blocked_by == "BlockedAddresses"


def test_the_settings_choose_how_many_requests_an_address_may_send() -> None:
    web_acl = synthesized(requests_per_five_minutes=10)
    assert web_acl.judge(Request(requests_before=9)).is_allowed
    assert web_acl.judge(Request(requests_before=10)).blocked_by == "RateLimit"


def test_the_settings_choose_who_is_let_in() -> None:
    edge = EdgeSettings(
        countries=("DE",),
        allowed_addresses=("203.0.113.0/24",),
        blocked_addresses=("203.0.113.66/32",),
    )
    values = settings.load(ROOT / "environments", "prod").model_copy(update={"edge": edge})
    synthesis = synthesize_settings(values)
    web_acl = WebAcl(synthesis.templates["Edge"])
    assert web_acl.judge(Request()).is_allowed
    assert web_acl.judge(Request(country="US")).blocked_by == "Countries"
    assert web_acl.judge(Request(address="198.51.100.7")).blocked_by == "AllowedAddresses"
    assert web_acl.judge(Request(address="203.0.113.66")).blocked_by == "BlockedAddresses"
    # An office with both IP versions would take IPv6, which is not let in.
    ((_, _, distribution),) = synthesis.resources("AWS::CloudFront::Distribution")
    assert distribution["Properties"]["DistributionConfig"]["IPV6Enabled"] is False
    records = synthesis.resources("AWS::Route53::RecordSet")
    assert [r["Properties"]["Type"] for stack, _, r in records if stack == "Edge"] == ["A"]


@pytest.mark.parametrize(
    ("allowed", "versions"),
    [
        ([], {4, 6}),
        (["203.0.113.0/24"], {4}),
        (["2001:db8::/32"], {6}),
        (["203.0.113.0/24", "2001:db8::/32"], {4, 6}),
    ],
)
def test_the_name_leads_to_no_address_that_is_closed_to_everybody(
    allowed: list[str], versions: set[int]
) -> None:
    edge = EdgeSettings.model_validate({"allowed_addresses": allowed})
    assert {version for version in (4, 6) if edge.serves(version)} == versions


def test_the_log_has_a_name_that_waf_writes_to(prod: Synthesis) -> None:
    ((_, _, logging),) = prod.resources("AWS::WAFv2::LoggingConfiguration")
    (destination,) = logging["Properties"]["LogDestinationConfigs"]
    arn, reference = destination["Fn::Join"][1]
    assert arn == "arn:aws:logs:us-east-1:222222222222:log-group:"
    log = prod.templates["Edge"]["Resources"][reference["Ref"]]
    # "Logging destinations", AWS WAF Developer Guide.
    beginning, _ = log["Properties"]["LogGroupName"]["Fn::Join"][1]
    assert beginning.startswith("aws-waf-logs-")


def test_every_rule_has_a_metric(prod: Synthesis, web_acl: WebAcl) -> None:
    ((_, _, acl),) = prod.resources("AWS::WAFv2::WebACL")
    shown = [acl["Properties"]["VisibilityConfig"], *(r["VisibilityConfig"] for r in web_acl.rules)]
    assert all(config["CloudWatchMetricsEnabled"] for config in shown)
    assert len({config["MetricName"] for config in shown}) == len(shown)


def test_credentials_are_neither_logged_nor_sampled(prod: Synthesis, web_acl: WebAcl) -> None:
    ((_, _, logging),) = prod.resources("AWS::WAFv2::LoggingConfiguration")
    redacted = {field["SingleHeader"]["Name"] for field in logging["Properties"]["RedactedFields"]}
    assert redacted == {"authorization", "cookie"}
    ((_, _, acl),) = prod.resources("AWS::WAFv2::WebACL")
    shown = [acl["Properties"]["VisibilityConfig"], *(r["VisibilityConfig"] for r in web_acl.rules)]
    assert not any(config["SampledRequestsEnabled"] for config in shown)
