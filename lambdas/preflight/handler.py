"""Entry point of the function, which runs the three checks for CloudFormation, and one of them daily."""

from collections.abc import Callable, Mapping
from typing import Any

import boto3

from custom_resource import is_rollback, respond
from preflight import delegation, ecr, images
from preflight.errors import PreflightError
from preflight.login import Login, LoginError
from preflight.registry import Registry
from preflight.requests import LOOK, ImagesInEcr, ImagesInRegistry, RegistryAccess, ZoneDelegation

Properties = Mapping[str, Any]


def handle(event: dict[str, Any], _context: object) -> None:
    """Run the check that the custom resource's type names.

    Deletion does nothing, because the check created nothing. A rollback is not checked: it must not fail
    because of something that was right, or not checked yet, when the old version was deployed.

    The schedule asks daily whether the registry still takes the token, which may have expired.

    Raises:
        PreflightError: The daily look failed. Lambda counts it as an error of the function.
    """
    if event["RequestType"] == LOOK:
        _registry_access(event["ResourceProperties"])
        print("Daily look: the registry takes the token")
        return
    physical_id = event["ResourceType"].rpartition("::")[2]
    failure = None
    try:
        if event["RequestType"] != "Delete" and not is_rollback(
            event, cloudformation=boto3.client("cloudformation")
        ):
            _CHECKS[physical_id](event["ResourceProperties"])
    except PreflightError as error:
        failure = str(error)
    except Exception as error:
        respond(
            event,
            physical_id=physical_id,
            failure=f"The check failed unexpectedly with {type(error).__name__}; the log of the function "
            "has details.",
        )
        raise
    print(f"{physical_id}: {failure or 'passed'}")
    respond(event, physical_id=physical_id, failure=failure)


def _registry_access(properties: Properties) -> None:
    wanted = RegistryAccess.from_properties(properties)
    images.check_access(wanted, registry=_registry(wanted))


def _images_available(properties: Properties) -> None:
    if "Location" in properties:
        mirrored = ImagesInEcr.from_properties(properties)
        ecr.check_available(mirrored, client=boto3.client("ecr", region_name=mirrored.region))
    else:
        wanted = ImagesInRegistry.from_properties(properties)
        images.check_available(wanted, registry=_registry(wanted))


def _zone_delegation(properties: Properties) -> None:
    delegation.check(ZoneDelegation.from_properties(properties), route53=boto3.client("route53"))


def _registry(wanted: RegistryAccess) -> Registry:
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=wanted.credentials_arn)
    try:
        login = Login.read(secret["SecretString"], token_key=wanted.token_key)
    except LoginError as error:
        raise PreflightError(
            f"The secret {secret['Name']} {error}; write it as "
            f'{{"username": …, "{wanted.token_key}": …}}, and deploy again.'
        ) from None
    return Registry(host=wanted.host, login=login)


_CHECKS: Mapping[str, Callable[[Properties], None]] = {
    "RegistryAccess": _registry_access,
    "ImagesAvailable": _images_available,
    "ZoneDelegation": _zone_delegation,
}
