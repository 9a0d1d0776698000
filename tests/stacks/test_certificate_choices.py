"""Whose certificate the load balancer shows is a choice, and nothing of the other one is left."""

from functools import cache
from typing import Any

import pytest

from instandt_cdk import settings
from tests.synthesis import ROOT, Synthesis, synthesize_settings

ACCOUNT_KEY = "arn:aws:secretsmanager:eu-central-1:222222222222:secret:account-Ab1Cd2"
CERTBOT_ONLY = (
    "AWS::Lambda::Function",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Events::Rule",
    "Custom::OriginCertificate",
)


@cache
def _managed() -> Synthesis:
    prod = settings.load(ROOT / "environments", "prod")
    site = prod.site.model_copy(update={"origin_certificate": "acm"})
    return synthesize_settings(prod.model_copy(update={"site": site, "acme": None}))


@cache
def _brought_along() -> Synthesis:
    prod = settings.load(ROOT / "environments", "prod")
    assert prod.acme is not None
    acme = prod.acme.model_copy(update={"account_key_secret_arn": ACCOUNT_KEY})
    return synthesize_settings(prod.model_copy(update={"acme": acme}))


def _one(synthesis: Synthesis, kind: str, stack: str = "Ingress") -> tuple[str, dict[str, Any]]:
    ((logical_id, resource),) = [
        (logical_id, resource)
        for where, logical_id, resource in synthesis.resources(kind)
        if where == stack
    ]
    return logical_id, resource["Properties"]


def test_acm_proves_both_names_in_the_zone_by_itself() -> None:
    _, certificate = _one(_managed(), "AWS::CertificateManager::Certificate")
    assert certificate["DomainName"] == "internal.instandt.example.com"
    assert certificate["SubjectAlternativeNames"] == ["instandt.example.com"]
    assert certificate["ValidationMethod"] == "DNS"
    zones = {option["HostedZoneId"] for option in certificate["DomainValidationOptions"]}
    names = {option["DomainName"] for option in certificate["DomainValidationOptions"]}
    assert zones == {"Z0123456789ABCDEFGHIJ"}
    assert names == {"internal.instandt.example.com", "instandt.example.com"}


def test_the_load_balancer_shows_acms_certificate() -> None:
    logical_id, _ = _one(_managed(), "AWS::CertificateManager::Certificate")
    _, listener = _one(_managed(), "AWS::ElasticLoadBalancingV2::Listener")
    assert listener["Certificates"] == [{"CertificateArn": {"Ref": logical_id}}]


def test_an_alarm_tells_when_acm_does_not_renew() -> None:
    logical_id, _ = _one(_managed(), "AWS::CertificateManager::Certificate")
    _, alarm = _one(_managed(), "AWS::CloudWatch::Alarm")
    assert alarm["MetricName"] == "DaysToExpiry"
    assert alarm["Dimensions"] == [{"Name": "CertificateArn", "Value": {"Ref": logical_id}}]
    assert alarm["Threshold"] == 30
    assert alarm["AlarmActions"]


def test_with_acm_there_is_no_function_no_schedule_and_no_state() -> None:
    managed = _managed()
    left = [found for found in managed.resources(*CERTBOT_ONLY) if found[0] == "Ingress"]
    assert left == []
    assert "CertificateFunction" not in managed.templates["Ingress"]["Outputs"]
    assert "AcmeState" not in str(managed.templates["Secrets"])
    assert "letsencrypt" not in str(managed.templates)


def test_with_acm_the_rest_is_as_before(prod: Synthesis) -> None:
    for stack in ("Network", "Storage", "Services", "Edge"):
        assert _managed().templates[stack] == prod.templates[stack]


def test_an_account_key_reaches_the_function_as_the_name_of_a_secret() -> None:
    _, certificate = _one(_brought_along(), "Custom::OriginCertificate")
    assert certificate["AccountKeySecretArn"] == ACCOUNT_KEY
    _, rule = _one(_brought_along(), "AWS::Events::Rule")
    assert ACCOUNT_KEY in str(rule["Targets"][0]["Input"])


def test_the_function_may_read_the_account_key_and_nothing_else_of_it() -> None:
    statements = [
        (logical_id, statement["Action"])
        for _, logical_id, policy in _brought_along().resources("AWS::IAM::Policy")
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if ACCOUNT_KEY in str(statement["Resource"])
    ]
    ((policy, actions),) = statements
    assert policy.startswith("CertificateFunctionRole")
    assert set(actions) == {"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"}


@pytest.mark.parametrize("choice", [_managed, _brought_along])
def test_no_choice_leaves_a_finding_open(choice: Any) -> None:  # noqa: ANN401 - a cached function
    reports = choice().read("validation-report.json")["pluginReports"]
    assert len(reports) >= 4
    assert [finding for report in reports for finding in report["violations"]] == []
