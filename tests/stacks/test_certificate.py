"""The certificate's function is told what the settings say, at the request and at every renewal."""

import json
from typing import Any

import pytest

from tests.support.choices import HMAC_KEY, synthesis_of, synthesized
from tests.support.synthesis import Synthesis


def _properties(synthesis: Synthesis) -> dict[str, Any]:
    ((_, _, resource),) = synthesis.resources("Custom::OriginCertificate")
    return dict(resource["Properties"])


def test_the_certificate_names_the_load_balancer_and_the_site(prod: Synthesis) -> None:
    properties = _properties(prod)
    assert properties["Domains"] == ["internal.instandt.example.com", "instandt.example.com"]
    assert properties["DirectoryUrl"] == "https://acme-v02.api.letsencrypt.org/directory"
    assert "Profile" not in properties


def test_renewals_are_sent_twice_a_day_for_the_very_certificate(prod: Synthesis) -> None:
    ((stack, _, rule),) = [
        found
        for found in prod.resources("AWS::Events::Rule")
        if found[1].startswith("CertificateRenewal")
    ]
    # A schedule takes a minute, for which load balancer and CloudFront would wait.
    assert stack == "Services"
    assert rule["Properties"]["ScheduleExpression"] == "rate(12 hours)"
    event = json.dumps(rule["Properties"]["Targets"][0]["Input"])
    for word in ("Renew", "PhysicalResourceId", "internal.instandt.example.com"):
        assert word in event


def test_a_profile_and_an_account_binding_reach_the_function() -> None:
    synthesis = synthesized("bound account")
    properties = _properties(synthesis)
    assert properties["Profile"] == "shortlived"
    assert properties["ExternalAccountKeyId"] == "kid"
    assert properties["ExternalAccountHmacKeySecretArn"] == HMAC_KEY
    alarms = {
        alarm["Properties"].get("Threshold")
        for _, _, alarm in synthesis.resources("AWS::CloudWatch::Alarm")
        if alarm["Properties"].get("MetricName") == "DaysToExpiry"
    }
    assert alarms == {2, 30}  # the load balancer's, and the site's, which is ACM's


@pytest.mark.parametrize("name", ["prod", "acm"])
def test_the_expiry_alarm_stays_as_it_is_without_data(name: str) -> None:
    """ACM publishes nothing before a certificate's first hours and after its end."""
    alarms = [
        alarm["Properties"]
        for _, _, alarm in synthesis_of(name).resources("AWS::CloudWatch::Alarm")
        if alarm["Properties"].get("MetricName") == "DaysToExpiry"
    ]
    assert [alarm["TreatMissingData"] for alarm in alarms] == ["ignore", "ignore"]


def test_the_table_of_the_lock_outlives_the_certificate(prod: Synthesis) -> None:
    """The deletion of the certificate takes the lock as well, with the rights of the function's role."""
    resources = prod.templates["Ingress"]["Resources"]
    ((_, _, certificate),) = prod.resources("Custom::OriginCertificate")
    table = certificate["Properties"]["LockTable"]["Ref"]
    assert resources[table]["Type"] == "AWS::DynamoDB::Table"
    (policy,) = (
        logical_id
        for logical_id, resource in resources.items()
        if resource["Type"] == "AWS::IAM::Policy"
        and "dynamodb:UpdateItem" in json.dumps(resource["Properties"])
    )
    function = certificate["Properties"]["ServiceToken"]["Fn::GetAtt"][0]
    assert function in certificate["DependsOn"]
    assert policy in resources[function]["DependsOn"]
