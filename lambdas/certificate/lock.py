"""Lets one run at a time work on a certificate, whichever machine it is on.

CloudFormation may deliver a request twice at once, and a schedule may run beside an update. A reserved
concurrency of one would not do: a new account may have a quota of ten concurrent executions, and AWS reserves
none of the last ones ("Configuring reserved concurrency", AWS Lambda Developer Guide).

Conditional writes let only one run acquire an item ("Distributed locking with the DynamoDB Lock Client",
Amazon DynamoDB Developer Guide). A run that is killed leaves the item behind, with the time when AWS has
ended the run for certain. No heartbeat is needed, because a run knows how long it can last.
"""

import datetime as dt
import json
import logging
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from certificate.errors import CertificateError
from certificate.request import LOCK_KEY

Client = Any
"""A client for DynamoDB."""

LOG = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0

MARGIN_SECONDS = 60.0
"""How much the clocks of two machines may differ, and how long a run may answer after its deadline."""

_NAMES = {"#owner": "Owner", "#until": "Until"}


@dataclass
class Turn:
    """The time in which one run has the certificate to itself, and what the run before has left."""

    arn: str | None = None
    """The certificate's ARN. The lists of ACM may show it only seconds later."""
    properties: Mapping[str, Any] | None = None
    """CloudFormation's latest properties. The event of a renewal may be older than they are."""


@contextmanager
def turn(dynamodb: Client, *, table: str, name: str, deadline: float) -> Iterator[Turn]:
    """Wait until no other run works on the certificate, and keep others out until the end.

    Args:
        dynamodb: Client for DynamoDB.
        table: The table with the locks.
        name: The certificate's name.
        deadline: When to stop waiting, in seconds of the monotonic clock. AWS ends the run soon after it.

    Raises:
        CertificateError: Another run did not end in time.
    """
    owner = str(uuid.uuid4())
    mine = _acquire(dynamodb, table, name, owner=owner, deadline=deadline)
    try:
        yield mine
    finally:
        _release(dynamodb, table, name, owner=owner, left=mine)


def _acquire(dynamodb: Client, table: str, name: str, *, owner: str, deadline: float) -> Turn:
    while True:
        now = time.time()
        until = now + deadline - time.monotonic() + MARGIN_SECONDS
        try:
            # The owner is in the condition because a write whose answer was lost is repeated by the client.
            answer = dynamodb.update_item(
                TableName=table,
                Key={LOCK_KEY: {"S": name}},
                UpdateExpression="SET #owner = :owner, #until = :until",
                ConditionExpression="attribute_not_exists(#until) OR #until < :now OR #owner = :owner",
                ExpressionAttributeNames=_NAMES,
                ExpressionAttributeValues={
                    ":owner": {"S": owner},
                    ":until": {"N": f"{until:.0f}"},
                    ":now": {"N": f"{now:.0f}"},
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except dynamodb.exceptions.ConditionalCheckFailedException as error:
            if time.monotonic() + PAUSE_SECONDS > deadline:
                held: dict[str, Any] = error.response.get("Item", {})
                raise CertificateError(_still_held(name, float(held["Until"]["N"]))) from None
            time.sleep(PAUSE_SECONDS)
        else:
            left = answer["Attributes"].get("Left", {"S": "{}"})
            return Turn(**json.loads(left["S"]))


def _release(dynamodb: Client, table: str, name: str, *, owner: str, left: Turn) -> None:
    try:
        dynamodb.update_item(
            TableName=table,
            Key={LOCK_KEY: {"S": name}},
            UpdateExpression="SET #left = :left REMOVE #owner, #until",
            ConditionExpression="#owner = :owner",
            ExpressionAttributeNames={**_NAMES, "#left": "Left"},
            ExpressionAttributeValues={
                ":owner": {"S": owner},
                ":left": {"S": json.dumps(asdict(left))},
            },
        )
    except (BotoCoreError, ClientError) as error:
        # The certificate is as it should be. The next run waits until the lock expires.
        LOG.warning("The lock of %s was not released: %s", name, error)


def _still_held(name: str, until: float) -> str:
    moment = dt.datetime.fromtimestamp(until, dt.UTC)
    return (
        f"Another run is working on the certificate {name}, or AWS ended it before it could say that it is "
        f"done. Try again after {moment:%Y-%m-%dT%H:%M:%SZ}: it is over by then."
    )
