"""What secrets have in common."""

from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from instandt_cdk.compliance import accept


def for_other_stacks(
    scope: Construct, construct_id: str, secret: secretsmanager.ISecret
) -> secretsmanager.ISecret:
    """A view of a secret under a key of ours, for other stacks to grant reading on.

    A grant on the secret itself would name the reader in the policy of the secret's key, and so turn the
    references between the stacks round. Who is granted reading here needs the key's `grant_decrypt` too.
    """
    return secretsmanager.Secret.from_secret_complete_arn(scope, construct_id, secret.secret_arn)


def accept_unrotated(secret: secretsmanager.ISecret, reason: str) -> None:
    """Accept that Secrets Manager does not rotate a secret."""
    accept(secret, {"SMG4": reason, "SecretsManagerRotationEnabled": reason})
