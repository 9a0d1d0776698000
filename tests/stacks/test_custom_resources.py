"""What a stack sends to its function is what the function reads, for every choice."""

from typing import Any

import pytest

from certificate.request import CertificateRequest
from custom_resource import Properties
from logins.protocol import LoginsRequest
from migration.protocol import MigrationRequest
from preflight.requests import ImagesInEcr, ImagesInRegistry, RegistryAccess, ZoneDelegation
from tests.support.choices import EVERYTHING, synthesis_of
from tests.support.synthesis import Synthesis

READERS: dict[str, tuple[type[Properties], ...]] = {
    "Custom::OriginCertificate": (CertificateRequest,),
    "Custom::DatabaseLogins": (LoginsRequest,),
    "Custom::DatabaseMigration": (MigrationRequest,),
    "Custom::RegistryAccess": (RegistryAccess,),
    "Custom::ImagesAvailable": (ImagesInRegistry, ImagesInEcr),
    "Custom::ZoneDelegation": (ZoneDelegation,),
}
CLOUDFORMATIONS_OWN = {"ServiceToken", "ServiceTimeout"}
THE_CDKS_OWN = {"Custom::S3AutoDeleteObjects"}


def _resolved(value: Any) -> Any:  # noqa: ANN401 - JSON
    """A template's value as the function gets it, with some ARN in the place of each reference."""
    match value:
        case {"Ref": _} | {"Fn::GetAtt": _} | {"Fn::GetStackOutput": _} | {"Fn::Join": _}:
            return "arn:aws:secretsmanager:eu-central-1:222222222222:secret:some-Ab1Cd2"
        case dict():
            return {key: _resolved(item) for key, item in value.items()}
        case list():
            return [_resolved(item) for item in value]
        case _:
            return value


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_property_is_read_and_none_is_missing(name: str) -> None:
    seen = set()
    for _, _, resource in synthesis_of(name).resources():
        kind = resource["Type"]
        if not kind.startswith("Custom::") or kind in THE_CDKS_OWN:
            continue
        seen.add(kind)
        properties = _resolved(resource["Properties"])
        sent = {k: v for k, v in properties.items() if k not in CLOUDFORMATIONS_OWN}
        reader = next(r for r in READERS[kind] if set(sent) <= _names(r))
        assert reader.from_properties(properties).to_properties() == sent
    assert {"Custom::DatabaseMigration", "Custom::ZoneDelegation"} <= seen


def _names(reader: type[Properties]) -> set[str]:
    fields = reader.__dataclass_fields__
    return {"".join(word.capitalize() for word in field.split("_")) for field in fields}


def test_a_function_in_the_network_is_called_when_lambda_has_connected_it(prod: Synthesis) -> None:
    # "Lambda function states", AWS Lambda Developer Guide. CloudFormation waits until what DependsOn names is
    # complete, but not always for what is only referred to ("How we sped up AWS CloudFormation deployments
    # with optimistic stabilization", AWS DevOps Blog).
    called = set()
    for stack, _, resource in prod.resources():
        functions = prod.templates[stack]["Resources"]
        match resource.get("Properties", {}).get("ServiceToken"):
            case {"Fn::GetAtt": [function, "Arn"]} if (
                "VpcConfig" in functions[function]["Properties"]
            ):
                assert function in resource["DependsOn"]
                called.add(function.rstrip("0123456789ABCDEF"))
    assert called == {"DatabaseLoginsFunction"}


def test_no_function_runs_again_after_cloudformation_has_its_answer(prod: Synthesis) -> None:
    functions = {
        (stack, logical_id) for stack, logical_id, _ in prod.resources("AWS::Lambda::Function")
    }
    assert len(functions) == 5
    once = {
        (stack, config["Properties"]["FunctionName"]["Ref"])
        for stack, _, config in prod.resources("AWS::Lambda::EventInvokeConfig")
        if config["Properties"]["MaximumRetryAttempts"] == 0
        and config["Properties"]["Qualifier"] == "$LATEST"
    }
    assert once == functions
