"""Whose certificate the load balancer shows is a choice, and nothing of the other one is left."""

from typing import Any

from tests.support.choices import ACCOUNT_KEY, synthesized
from tests.support.synthesis import Synthesis

CERTBOT_ONLY = (
    "AWS::Lambda::Function",
    "AWS::Lambda::EventInvokeConfig",
    "Custom::OriginCertificate",
)
RENEWAL = "CertificateRenewal"


def _one(synthesis: Synthesis, kind: str, stack: str = "Ingress") -> tuple[str, dict[str, Any]]:
    ((logical_id, resource),) = [
        (logical_id, resource)
        for where, logical_id, resource in synthesis.resources(kind)
        if where == stack
    ]
    return logical_id, resource["Properties"]


def test_acm_proves_both_names_in_the_zone_by_itself() -> None:
    _, certificate = _one(synthesized("acm"), "AWS::CertificateManager::Certificate")
    assert certificate["DomainName"] == "internal.instandt.example.com"
    assert certificate["SubjectAlternativeNames"] == ["instandt.example.com"]
    assert certificate["ValidationMethod"] == "DNS"
    zones = {option["HostedZoneId"] for option in certificate["DomainValidationOptions"]}
    names = {option["DomainName"] for option in certificate["DomainValidationOptions"]}
    assert zones == {"Z0123456789ABCDEFGHIJ"}
    assert names == {"internal.instandt.example.com", "instandt.example.com"}


def test_the_load_balancer_shows_acms_certificate() -> None:
    logical_id, _ = _one(synthesized("acm"), "AWS::CertificateManager::Certificate")
    _, listener = _one(synthesized("acm"), "AWS::ElasticLoadBalancingV2::Listener")
    assert listener["Certificates"] == [{"CertificateArn": {"Ref": logical_id}}]


def test_an_alarm_tells_when_acm_does_not_renew() -> None:
    logical_id, _ = _one(synthesized("acm"), "AWS::CertificateManager::Certificate")
    _, alarm = _one(synthesized("acm"), "AWS::CloudWatch::Alarm")
    assert alarm["MetricName"] == "DaysToExpiry"
    assert alarm["Dimensions"] == [{"Name": "CertificateArn", "Value": {"Ref": logical_id}}]
    assert alarm["Threshold"] == 30
    assert alarm["AlarmActions"]


def test_with_acm_there_is_no_function_no_schedule_and_no_state() -> None:
    managed = synthesized("acm")
    left = [found for found in managed.resources(*CERTBOT_ONLY) if found[0] == "Ingress"]
    left += [found for found in managed.resources() if found[1].startswith(RENEWAL)]
    assert left == []
    assert "AcmeState" not in str(managed.templates["Secrets"])
    assert "letsencrypt" not in str(managed.templates)


def test_with_acm_the_rest_is_as_before(prod: Synthesis) -> None:
    acm = synthesized("acm")
    for stack in ("Network", "Storage", "Edge"):
        assert acm.templates[stack] == prod.templates[stack]
    one, other = (
        {
            logical_id: resource
            for logical_id, resource in found.templates["Services"]["Resources"].items()
            if not logical_id.startswith(RENEWAL)
        }
        for found in (acm, prod)
    )
    # It shows the alarms, of which those of certbot are missing.
    (dashboard,) = (name for name in other if name.startswith("Dashboard"))
    assert one | {dashboard: {}} == other | {dashboard: {}}


def test_an_account_key_reaches_the_function_as_the_name_of_a_secret() -> None:
    _, certificate = _one(synthesized("account key"), "Custom::OriginCertificate")
    assert certificate["AccountKeySecretArn"] == ACCOUNT_KEY
    services = synthesized("account key").templates["Services"]["Resources"]
    (rule,) = (
        resource
        for logical_id, resource in services.items()
        if logical_id.startswith(RENEWAL) and resource["Type"] == "AWS::Events::Rule"
    )
    assert ACCOUNT_KEY in str(rule["Properties"]["Targets"][0]["Input"])


def test_the_function_may_read_the_account_key_and_nothing_else_of_it() -> None:
    statements = [
        (logical_id, statement["Action"])
        for _, logical_id, policy in synthesized("account key").resources("AWS::IAM::Policy")
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if ACCOUNT_KEY in str(statement["Resource"])
    ]
    ((policy, actions),) = statements
    assert policy.startswith("CertificateFunctionRole")
    assert actions == "secretsmanager:GetSecretValue"
