"""What would fail is asked first, by a function that may only look."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.choices import DIGESTS, IMAGES, synthesis_of, synthesized
from tests.support.synthesis import STACKS, Synthesis

TYPES = {
    "Custom::RegistryAccess": "Secrets",
    "Custom::ImagesAvailable": "Services",
    "Custom::ZoneDelegation": "Ingress",
}


def _check(synthesis: Synthesis, kind: str) -> tuple[str, dict[str, Any]]:
    ((stack, logical_id, resource),) = synthesis.resources(kind)
    assert stack == TYPES[kind]
    return logical_id, resource


def _statements(synthesis: Synthesis) -> Iterator[tuple[list[str], list[Any]]]:
    for stack, logical_id, policy in synthesis.resources("AWS::IAM::Policy"):
        if logical_id.startswith("PreflightFunctionRole"):
            assert stack == "Secrets"
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                actions, resources = (
                    value if isinstance(value, list) else [value]
                    for value in (statement["Action"], statement["Resource"])
                )
                yield actions, resources


def test_the_token_is_tried_as_soon_as_it_is_kept(prod: Synthesis) -> None:
    _, access = _check(prod, "Custom::RegistryAccess")
    properties = access["Properties"]
    secret = prod.templates["Secrets"]["Resources"][properties["CredentialsArn"]["Ref"]]
    assert secret["Type"] == "AWS::SecretsManager::Secret"
    assert properties["Host"] == "registry.gitlab.com"
    assert properties["Images"] == sorted(IMAGES)
    assert properties["TokenParameter"] == "instandt-prod-secrets:GitLabAccessToken"
    # It waits for no other stack, neither for the network nor for the database.
    artifact = prod.read("manifest.json")["artifacts"]["Secrets"]
    assert not set(artifact["dependencies"]) & set(STACKS)


def test_the_token_is_in_no_property(prod: Synthesis) -> None:
    secrets = prod.templates["Secrets"]["Resources"].items()
    users = [i for i, r in secrets if "{'Ref': 'GitLabAccessToken'}" in str(r)]
    assert users == ["GitLabCredentials82AC0732"]


def test_the_migration_waits_for_its_images(prod: Synthesis) -> None:
    logical_id, available = _check(prod, "Custom::ImagesAvailable")
    assert available["Properties"]["Images"] == dict.fromkeys(IMAGES, "1.0.0")
    ((_, _, migration),) = prod.resources("Custom::DatabaseMigration")
    assert logical_id in migration["DependsOn"]


def test_nothing_slow_or_protected_precedes_the_delegation(prod: Synthesis) -> None:
    logical_id, delegation = _check(prod, "Custom::ZoneDelegation")
    assert delegation["Properties"]["HostedZoneId"] == "Z0123456789ABCDEFGHIJ"
    assert delegation["Properties"]["HostedZoneName"] == "example.com"
    assert "DependsOn" not in delegation
    for _, _, resource in prod.resources(
        "Custom::OriginCertificate", "AWS::ElasticLoadBalancingV2::LoadBalancer"
    ):
        assert logical_id in resource["DependsOn"]


@pytest.mark.parametrize("kind", TYPES)
def test_a_check_cannot_hang(prod: Synthesis, kind: str) -> None:
    _, resource = _check(prod, kind)
    assert int(resource["Properties"]["ServiceTimeout"]) <= 300
    (function,) = [
        resource["Properties"]
        for _, logical_id, resource in prod.resources("AWS::Lambda::Function")
        if logical_id.startswith("Preflight")
    ]
    assert function["Timeout"] < int(resource["Properties"]["ServiceTimeout"])


def test_the_preflight_only_looks(prod: Synthesis) -> None:
    allowed = {action: resources for actions, resources in _statements(prod) for action in actions}
    assert set(allowed) == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "secretsmanager:GetSecretValue",
        "cloudformation:DescribeStacks",
        "route53:GetHostedZone",
        "route53:ListResourceRecordSets",
    }
    assert allowed["route53:GetHostedZone"] == [
        "arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ"
    ]
    assert allowed["cloudformation:DescribeStacks"] == [
        f"arn:aws:cloudformation:eu-central-1:222222222222:stack/instandt-prod-{stack}/*"
        for stack in ("ingress", "secrets", "services")
    ]


@pytest.mark.parametrize("name", ["prod", "gitlab"])
def test_the_token_is_tried_daily_and_an_alarm_tells_when_it_is_refused(name: str) -> None:
    synthesis = synthesis_of(name)
    ((stack, rule_id, rule),) = _daily_looks(synthesis)
    # A schedule takes a minute, for which the certificate would wait.
    assert stack == "Services"
    assert rule["Properties"]["ScheduleExpression"] == "rate(1 day)"
    (target,) = rule["Properties"]["Targets"]
    ((function_id, function),) = [
        (logical_id, resource)
        for stack, logical_id, resource in synthesis.resources("AWS::Lambda::Function")
        if stack == "Secrets"
    ]
    assert function["Properties"]["Handler"] == "preflight.handler.handle"
    assert function_id in target["Arn"]["Fn::GetStackOutput"]["OutputName"]
    # "Using resource-based policies for Amazon EventBridge": only this rule may call the function.
    (permission,) = [
        resource["Properties"]
        for _, _, resource in synthesis.resources("AWS::Lambda::Permission")
        if rule_id in str(resource["Properties"].get("SourceArn"))
    ]
    assert permission == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": target["Arn"],
        "Principal": "events.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": [rule_id, "Arn"]},
    }
    # It asks what the deployment asked.
    _, access = _check(synthesis, "Custom::RegistryAccess")
    asked = {key: value for key, value in access["Properties"].items() if "Service" not in key}
    assert _event(target["Input"]) == {
        "RequestType": "Look",
        "ResourceProperties": {**asked, "CredentialsArn": "SECRET"},
    }
    ((stack, _, alarm),) = [
        found
        for found in synthesis.resources("AWS::CloudWatch::Alarm")
        if found[1].startswith("RegistryRefuses")
    ]
    assert stack == "Services"
    properties = alarm["Properties"]
    assert (properties["MetricName"], properties["Threshold"]) == ("Errors", 1)
    assert function_id in str(properties["Dimensions"])
    # A look a day: what it found stays until the next, and nothing was found before the first.
    assert properties["TreatMissingData"] == "ignore"


def _daily_looks(synthesis: Synthesis) -> list[tuple[str, str, dict[str, Any]]]:
    return [one for one in synthesis.resources("AWS::Events::Rule") if "DailyLook" in one[1]]


def _event(value: dict[str, Any]) -> dict[str, Any]:
    """The event of a schedule, with SECRET in the place of the reference."""
    separator, parts = value["Fn::Join"]
    text = separator.join(part if isinstance(part, str) else "SECRET" for part in parts)
    event: dict[str, Any] = json.loads(text)
    return event


def test_images_in_ecr_are_asked_of_ecr_and_need_no_token() -> None:
    ecr = synthesized("ecr")
    assert not list(ecr.resources("Custom::RegistryAccess"))
    assert not _daily_looks(ecr)
    assert not [
        a
        for a in ecr.resources("AWS::CloudWatch::Alarm")
        if a[0] == "Services" and "Registry" in a[1]
    ]
    _, available = _check(ecr, "Custom::ImagesAvailable")
    location = "333333333333.dkr.ecr.us-west-2.amazonaws.com/mirror/instandt"
    assert available["Properties"]["Location"] == location
    assert available["Properties"]["Images"] == DIGESTS
    assert "CredentialsArn" not in available["Properties"]


def test_a_failed_first_deployment_leaves_no_name_in_the_way_of_the_next(prod: Synthesis) -> None:
    for stack, logical_id, secret in prod.resources("AWS::SecretsManager::Secret"):
        if stack == "Secrets":
            assert secret["DeletionPolicy"] == "RetainExceptOnCreate", logical_id
