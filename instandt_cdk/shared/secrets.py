"""What secrets have in common."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from instandt_cdk.compliance import accept


def for_other_stacks(
    scope: Construct, construct_id: str, secret: secretsmanager.ISecret
) -> secretsmanager.ISecret:
    """A view of a secret under a key of ours, for other stacks to grant reading on.

    A grant on the secret itself would name the reader in the policy of the secret's key, and so turn the
    references between the stacks round. Who is granted reading here needs `let_decrypt` too.
    """
    return secretsmanager.Secret.from_secret_complete_arn(scope, construct_id, secret.secret_arn)


def let_read(
    reader: iam.IGrantable, secret: secretsmanager.ISecret, *, key: kms.IKey | None = None
) -> None:
    """Let somebody read a secret, and nothing else about it.

    Args:
        reader: Who.
        secret: What.
        key: Encrypts it, unless AWS's own key does.
    """
    iam.Grant.add_to_principal(
        grantee=reader,
        actions=["secretsmanager:GetSecretValue"],
        resource_arns=[secret.secret_arn],
    )
    if key is not None:
        let_decrypt(reader, key)


def let_decrypt(reader: iam.IGrantable, key: kms.IKey, *actions: str) -> None:
    """Let Secrets Manager use a key when somebody reads secrets, and nobody else for them.

    Source: "Secret encryption and decryption in AWS Secrets Manager", AWS Secrets Manager User Guide.

    Args:
        reader: Who reads.
        key: Encrypts the secrets.
        actions: What reading does not need, but writing does.
    """
    region = cdk.Stack.of(key).region
    reader.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["kms:Decrypt", *actions],
            resources=[key.key_arn],
            conditions={
                "StringEquals": {"kms:ViaService": f"secretsmanager.{region}.amazonaws.com"}
            },
        )
    )


def accept_unrotated(secret: secretsmanager.ISecret, reason: str) -> None:
    """Accept that Secrets Manager does not rotate a secret."""
    accept(secret, {"SMG4": reason, "SecretsManagerRotationEnabled": reason})
