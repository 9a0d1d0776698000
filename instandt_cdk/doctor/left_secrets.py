"""Secrets that outlived their stack: their names are taken when the next one is created."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from instandt_cdk.changes.deployed import is_deployed
from instandt_cdk.doctor.finding import Finding, failed, good
from instandt_cdk.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_secretsmanager import SecretsManagerClient


def none_in_the_way(
    secrets: "SecretsManagerClient", cloudformation: "CloudFormationClient", settings: Settings
) -> Iterator[Finding]:
    """No secret has a name that the stack needs when it is created."""
    names = settings.names
    if is_deployed(cloudformation, names.stack("Secrets")):
        return
    wanted = [names.registry_login(settings.registry.source)]
    if settings.acme:
        wanted.append(names.acme_state)
    free = True
    for name in filter(None, wanted):
        try:
            secret = secrets.describe_secret(SecretId=name)
        except secrets.exceptions.ResourceNotFoundException:
            continue
        free = False
        state = (
            "is scheduled for deletion, and its name is taken until then"
            if "DeletedDate" in secret
            else "is left over from an earlier deployment, so a new one could not create it"
        )
        yield failed(
            f"{name} {state}",
            f"`aws secretsmanager delete-secret --force-delete-without-recovery --secret-id {name}`",
        )
    if free:
        yield good("no secret is left over from an earlier deployment")
