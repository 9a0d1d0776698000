"""Entry point of the function, which creates, renews and deletes the certificate."""

import logging
import time
from collections.abc import Mapping
from typing import Any, Protocol

import boto3

import custom_resource
from certificate import acm
from certificate.ensure import Clients, ensure
from certificate.errors import CertificateError
from certificate.request import RENEW, CertificateRequest

LOG = logging.getLogger("certificate")

NOTHING = "none"
"""The physical id if the certificate could not be created."""

ANSWER_SECONDS = 20.0
"""Seconds reserved for saving, importing and answering."""


class Context(Protocol):
    """The part of Lambda's context object that is used."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda kills the function."""


def handle(event: Mapping[str, Any], context: Context) -> None:
    """Handle a request of CloudFormation or of the renewal schedule.

    Args:
        event: CloudFormation's request; or `{"RequestType": "Renew", "PhysicalResourceId": ARN,
            "ResourceProperties": {…}}` from the schedule.
        context: Lambda's context object.

    Raises:
        CertificateError: A renewal failed. Lambda counts it as an error of the function.
    """
    _set_up_logging()
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - ANSWER_SECONDS
    physical_id = event.get("PhysicalResourceId", NOTHING)
    arn = physical_id if physical_id.startswith("arn:") else None
    if event["RequestType"] == RENEW:
        _ensure(event, arn=arn, may_create=False, deadline=deadline)
        return
    data: dict[str, str] = {}
    failure = None
    try:
        if event["RequestType"] == "Delete":
            if arn is not None:
                acm.delete(boto3.client("acm"), arn, deadline=deadline)
        else:
            physical_id = _ensure(event, arn=arn, may_create=True, deadline=deadline)
            data = {"CertificateArn": physical_id}
    except CertificateError as error:
        failure = str(error)
        LOG.error("%s", failure)
    except Exception as error:
        # Answer in any case: otherwise CloudFormation would wait for an hour.
        LOG.exception("The certificate failed unexpectedly")
        failure = f"{type(error).__name__}: {error}. See the function's log."
    custom_resource.respond(event, physical_id=physical_id, failure=failure, data=data)


def _ensure(event: Mapping[str, Any], *, arn: str | None, may_create: bool, deadline: float) -> str:
    properties = event["ResourceProperties"]
    return ensure(
        CertificateRequest.from_properties(properties),
        arn=arn,
        may_create=may_create,
        email_changed=event.get("OldResourceProperties", properties).get("Email")
        != properties["Email"],
        clients=Clients(acm=boto3.client("acm"), secrets=boto3.client("secretsmanager")),
        deadline=deadline,
    )


def _set_up_logging() -> None:
    logging.basicConfig()
    LOG.setLevel(logging.INFO)
    # At DEBUG these log whole requests, with the private key for ACM and Authorization headers.
    for name in ("boto3", "botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
