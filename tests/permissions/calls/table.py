"""What the modules of the table share."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import wraps
from typing import Any

from tests.permissions.account import Account, Stack, Thing
from tests.permissions.decisions import Call, Caller

Calls = Iterator[Call]
Row = Callable[[Account], Calls]

ECS = "Amazon ECS Developer Guide"


def page(title: str, guide: str) -> Callable[[Row], Row]:
    """Say which page of AWS's documentation the calls are from."""

    def decorate(row: Row) -> Row:
        @wraps(row)
        def sourced(account: Account) -> Calls:
            return (replace(call, source=f'"{title}", {guide}') for call in row(account))

        return sourced

    return decorate


def role(arn: str) -> Caller:
    """A session of a role of the templates."""
    account, _, name = arn.removeprefix("arn:aws:iam::").partition(":role/")
    return Caller(name, f"arn:aws:sts::{account}:assumed-role/{name}/session", account)


def service(principal: str) -> Caller:
    """A service of AWS: "logs.eu-central-1", for example."""
    name = f"{principal}.amazonaws.com"
    return Caller(name, service=name)


def on_behalf_of(thing: Thing) -> dict[str, Any]:
    """What a service says about the resource for which it calls.

    Source: "The confused deputy problem", IAM User Guide.
    """
    return {"aws:SourceAccount": thing.stack.account, "aws:SourceArn": thing.arn}


def each(
    caller: Caller, actions: Iterable[str], on: str, context: dict[str, Any] | None = None
) -> Calls:
    """The same caller does several things to one resource."""
    return (caller.does(action, on, context) for action in actions)


def stream(group: str) -> str:
    """A stream in the log group whose ARN, which ends in ":*", is given."""
    return f"{group.removesuffix('*')}log-stream:some/stream"


def log_group(stack: Stack, name: str) -> str:
    """The ARN of a log group by its name."""
    return stack.arn("logs:{region}:{account}:log-group:{name}:*", name=name)


def reads(account: Account, reader: Caller, secret_arn: str) -> Calls:
    """Reading a secret, and using its key as Secrets Manager does for the reader.

    Source: "Secret encryption and decryption in AWS Secrets Manager", AWS Secrets Manager User Guide.
    """
    yield reader.does("secretsmanager:GetSecretValue", secret_arn)
    yield from uses_key(account, reader, secret_arn, "kms:Decrypt")


def uses_key(account: Account, caller: Caller, secret_arn: str, *actions: str) -> Calls:
    """Using the key of a secret, if it is not AWS's own or the operator's."""
    secret = account.at(secret_arn)
    if secret and (key := secret.properties.get("KmsKeyId")):
        context = {
            "kms:ViaService": f"secretsmanager.{secret.stack.region}.amazonaws.com",
            "kms:EncryptionContext:SecretARN": secret_arn,
        }
        yield from each(caller, actions, key, context)
