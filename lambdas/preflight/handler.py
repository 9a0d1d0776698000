"""Entry point of the function: CloudFormation's requests for the three checks."""

from collections.abc import Callable, Mapping
from typing import Any

import boto3

from custom_resource import is_rollback, respond
from preflight import delegation, ecr, images
from preflight.errors import PreflightError
from preflight.registry import Registry

Properties = Mapping[str, Any]


def handle(event: dict[str, Any], _context: object) -> None:
    """Check what the custom resource's type asks for.

    Nothing is made, so there is nothing to delete. A rollback passes without a look: it must not fail for
    what was true, or was never asked, when its version was deployed.
    """
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
            "says more.",
        )
        raise
    print(f"{physical_id}: {failure or 'all is well'}")
    respond(event, physical_id=physical_id, failure=failure)


def _registry_access(properties: Properties) -> None:
    images.check_access(images.Project.from_properties(properties), registry=_registry(properties))


def _images_available(properties: Properties) -> None:
    if "CredentialsArn" in properties:
        project = images.Project.from_properties(properties)
        images.check_available(project, registry=_registry(properties))
    else:
        repositories = ecr.Repositories.from_properties(properties)
        client = boto3.client("ecr", region_name=repositories.region)
        ecr.check_available(repositories, client=client)


def _zone_delegation(properties: Properties) -> None:
    delegation.check(
        delegation.Zone(identifier=properties["HostedZoneId"], name=properties["HostedZoneName"]),
        route53=boto3.client("route53"),
    )


def _registry(properties: Properties) -> Registry:
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=properties["CredentialsArn"])
    return Registry.from_secret(secret["SecretString"], host=properties["Host"])


_CHECKS: Mapping[str, Callable[[Properties], None]] = {
    "RegistryAccess": _registry_access,
    "ImagesAvailable": _images_available,
    "ZoneDelegation": _zone_delegation,
}
