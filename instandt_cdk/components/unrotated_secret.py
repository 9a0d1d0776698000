"""Secrets that Secrets Manager does not rotate."""

from aws_cdk import aws_secretsmanager as secretsmanager

from instandt_cdk.compliance import accept


def accept_unrotated(secret: secretsmanager.ISecret, reason: str) -> None:
    """Accept what every such secret is found with, for the reason that it is not rotated."""
    accept(
        secret,
        {
            "SMG4": reason,
            "SecretsManagerRotationEnabled": reason,
            "SecretsManagerUsingKMSKey": "AWS's own key for secrets encrypts it and is rotated; who may "
            "read it is decided by the permissions on the secret, which no other account has.",
        },
    )
