"""Show who in the account may read the environment's secrets, the database's password among them.

IAM is asked for each user and role, so people count as well as the application's own roles. Not asked are the
policies of an organization, which could only take permissions away.
"""

import argparse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from instandt_cdk.commands.deployed import Deployed
from instandt_cdk.progress import say

HELP = "show who may read the environment's secrets"
OF_AWS = "/aws-service-role/"
"""The path of roles that only a service of AWS can use ("Create a service-linked role", IAM User Guide)."""
AT_ONCE = 4
"""Questions to IAM, which answers few in a second."""


class Secret(NamedTuple):
    """A secret and the key that encrypts it."""

    arn: str
    key_arn: str | None
    """None for AWS's own key, which everybody in the account may use through Secrets Manager."""

    @property
    def name(self) -> str:
        """Its name, without the six characters that Secrets Manager adds."""
        return self.arn.rpartition(":")[2].rpartition("-")[0]


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It takes none but the environment."""


def run(environment: Deployed, _given: argparse.Namespace) -> int:
    """Print each secret's readers; return 0."""
    secrets = list(_secrets(environment))
    principals = list(_principals(environment))
    say(f"Asking IAM about {len(principals)} users and roles …")
    for secret in secrets:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            may = pool.map(
                lambda arn, secret=secret: _may_read(environment, arn, secret), principals
            )
            readers = [arn for arn, allowed in zip(principals, may, strict=True) if allowed]
        say(f"\n{secret.name}")
        for arn in readers:
            say(f"  {arn.rpartition(':')[2]}")
        if not readers:
            say("  nobody")
    return 0


def _secrets(environment: Deployed) -> Iterator[Secret]:
    """The secrets of the stacks, and the one in which RDS keeps the password of the database's master."""
    client = environment.client("secretsmanager")
    for stack in ("Secrets", "Storage"):
        for arn in environment.resources(stack, "AWS::SecretsManager::Secret").values():
            yield Secret(arn, client.describe_secret(SecretId=arn).get("KmsKeyId"))
    name = environment.resource("Storage", "AWS::RDS::DBInstance")
    (database,) = environment.client("rds").describe_db_instances(DBInstanceIdentifier=name)[
        "DBInstances"
    ]
    if kept := database.get("MasterUserSecret"):
        yield Secret(kept["SecretArn"], kept.get("KmsKeyId"))


def _principals(environment: Deployed) -> Iterator[str]:
    """The ARNs of all users and roles that anybody can act as."""
    iam = environment.client("iam")
    for operation, kind in (("list_users", "Users"), ("list_roles", "Roles")):
        for page in iam.get_paginator(operation).paginate():
            yield from (one["Arn"] for one in page[kind] if not one["Path"].startswith(OF_AWS))


def _may_read(environment: Deployed, principal: str, secret: Secret) -> bool:
    """Whether both the secret may be read and its key used for that.

    Source: "Secret encryption and decryption in AWS Secrets Manager", AWS Secrets Manager User Guide.
    """
    through = f"secretsmanager.{environment.settings.aws.region}.amazonaws.com"
    context = {
        "ContextKeyName": "kms:ViaService",
        "ContextKeyValues": [through],
        "ContextKeyType": "string",
    }
    iam = environment.client("iam")
    return _allowed(iam, principal, "secretsmanager:GetSecretValue", secret.arn) and (
        secret.key_arn is None
        or _allowed(iam, principal, "kms:Decrypt", secret.key_arn, ContextEntries=[context])
    )


def _allowed(iam: Any, principal: str, action: str, resource: str, **context: Any) -> bool:  # noqa: ANN401 - boto3's are dynamic
    answer = iam.simulate_principal_policy(
        PolicySourceArn=principal, ActionNames=[action], ResourceArns=[resource], **context
    )
    return all(one["EvalDecision"] == "allowed" for one in answer["EvaluationResults"])
