"""Entry point of the function: a certificate is requested, renewed or deleted."""

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
"""Physical id of a certificate that could not be created."""

ANSWER_SECONDS = 20.0
"""Time kept for saving, importing and answering, whatever else takes long."""


class Context(Protocol):
    """What of Lambda's context object is used."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda kills the function."""


def handle(event: Mapping[str, Any], context: Context) -> None:
    """Answer a request of CloudFormation's, or renew on schedule.

    Args:
        event: CloudFormation's request; or `{"RequestType": "Renew", "PhysicalResourceId": ARN,
            "ResourceProperties": {…}}` from the schedule.
        context: Lambda's.

    Raises:
        CertificateError: A renewal failed, which counts as an error of the function.
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
        # CloudFormation would wait an hour for an answer that never comes.
        LOG.exception("The certificate failed unexpectedly")
        failure = f"{type(error).__name__}: {error}. The function's log says more."
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
    # At DEBUG these log whole requests: the private key on its way to ACM, Authorization headers.
    for name in ("boto3", "botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
