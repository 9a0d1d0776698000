"""Entry point of the function, which creates, renews and deletes the certificate."""

import logging
import time
from collections.abc import Mapping
from typing import Any

import boto3

import custom_resource
from certificate import acm, lock
from certificate.ensure import Clients, ensure
from certificate.errors import CertificateError
from certificate.request import RENEW, CertificateRequest

LOG = logging.getLogger("certificate")

NOTHING = "none"
"""The physical id if the certificate could not be created."""

ANSWER_SECONDS = 20.0
"""Seconds reserved for saving, importing and answering."""


def handle(event: Mapping[str, Any], context: custom_resource.Context) -> None:
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
    if event["RequestType"] == RENEW:
        _run(event, deadline=deadline)
        return
    data: dict[str, str] = {}
    failure = None
    try:
        arn = _run(event, deadline=deadline)
        if arn is not None:
            physical_id, data = arn, {"CertificateArn": arn}
    except CertificateError as error:
        failure = str(error)
        LOG.error("%s", failure)
    except Exception as error:
        # Answer in any case: otherwise CloudFormation would wait for an hour.
        LOG.exception("The certificate failed unexpectedly")
        failure = f"{type(error).__name__}: {error}. See the function's log."
    custom_resource.respond(event, physical_id=physical_id, failure=failure, data=data)


def _run(event: Mapping[str, Any], *, deadline: float) -> str | None:
    """Do what is asked, when no other run does; return the certificate's ARN, or None if it was deleted."""
    kind, properties = event["RequestType"], event["ResourceProperties"]
    physical_id = event.get("PhysicalResourceId", NOTHING)
    arn = physical_id if physical_id.startswith("arn:") else None
    clients = Clients(
        acm=boto3.client("acm"),
        route53=boto3.client("route53"),
        secrets=boto3.client("secretsmanager"),
    )
    if kind != "Delete":
        CertificateRequest.from_properties(properties)  # or say what is wrong before anything else
    with lock.turn(
        boto3.client("dynamodb"),
        table=properties["LockTable"],
        name=properties["CertificateName"],
        deadline=deadline,
    ) as turn:
        if kind == "Delete":
            # A creation that failed, or was not heard of, has no ARN but may have left a certificate.
            arn = arn or acm.find(clients.acm, arn=turn.arn, name=properties["CertificateName"])
            if arn is not None:
                acm.delete(clients.acm, arn, deadline=deadline)
            return None
        if kind == RENEW:
            # An update may have come between the schedule's event and this run.
            properties = turn.properties or properties
        turn.arn = ensure(
            CertificateRequest.from_properties(properties),
            arn=arn or turn.arn,
            is_renewal=kind == RENEW,
            clients=clients,
            deadline=deadline,
        )
        turn.properties = properties
        return turn.arn


def _set_up_logging() -> None:
    logging.basicConfig()
    LOG.setLevel(logging.INFO)
    # At DEBUG these log whole requests, with the private key for ACM and Authorization headers.
    for name in ("boto3", "botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
