"""Secrets that Secrets Manager does not rotate."""

from aws_cdk import aws_secretsmanager as secretsmanager

from instandt_cdk.compliance import accept


def accept_unrotated(secret: secretsmanager.ISecret, reason: str) -> None:
    """Accept that a secret is not rotated."""
    accept(secret, {"SMG4": reason, "SecretsManagerRotationEnabled": reason})
