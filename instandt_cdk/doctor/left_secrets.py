"""Secrets that no stack holds any longer: their names are taken when a stack creates them again.

They outlive a stack that was deleted, and a change of the setting that needed them.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from instandt_cdk.changes.deployed import is_deployed, resources
from instandt_cdk.doctor.finding import Finding, failed, good
from instandt_cdk.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_secretsmanager import SecretsManagerClient


def none_in_the_way(
    secrets: "SecretsManagerClient", cloudformation: "CloudFormationClient", settings: Settings
) -> Iterator[Finding]:
    """No secret has a name that the stack Secrets needs for one that it does not hold yet."""
    names = settings.names
    wanted = {names.registry_login(settings.registry.source)}
    if settings.acme:
        wanted.add(names.acme_state)
    free = True
    for name in sorted(filter(None, wanted - secret_names(cloudformation, names.stack("Secrets")))):
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


def secret_names(cloudformation: "CloudFormationClient", stack: str) -> set[str]:
    """Return the names of the secrets that the stack holds; none if it is not deployed.

    An ARN ends in the secret's name, a hyphen and six characters ("What's in a Secrets Manager secret?",
    AWS Secrets Manager User Guide).
    """
    if not is_deployed(cloudformation, stack):
        return set()
    arns = resources(cloudformation, stack, "AWS::SecretsManager::Secret").values()
    return {arn.rpartition(":")[2][:-7] for arn in arns}
