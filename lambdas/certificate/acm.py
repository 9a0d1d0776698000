"""The certificate in AWS Certificate Manager. Its ARN stays the same as long as the resource exists."""

import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from certificate.errors import CertificateError
from certificate.lineage import Lineage, fingerprint

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient

TAG = "instandt:certificate"
"""The tag by which a certificate is found; its value names the certificate."""


def find(acm: "ACMClient", *, arn: str | None, name: str) -> str | None:
    """Return the ARN of the certificate, or None if there is none.

    Args:
        acm: Client for ACM.
        arn: The ARN that CloudFormation knows. If it is None or gone, the tag is searched for.
        name: The tag's value.

    Raises:
        CertificateError: Several certificates have the tag.
    """
    if arn and _exists(acm, arn):
        return arn
    tagged = []
    # Without this filter only certificates with RSA keys are listed ("Filters", ACM API Reference).
    pages = acm.get_paginator("list_certificates").paginate(
        Includes={"keyTypes": ["EC_prime256v1"]}
    )
    for page in pages:
        for summary in page["CertificateSummaryList"]:
            tags = acm.list_tags_for_certificate(CertificateArn=summary["CertificateArn"])["Tags"]
            if {"Key": TAG, "Value": name} in tags:
                tagged.append(summary["CertificateArn"])
    if len(tagged) > 1:
        raise CertificateError(
            f"Several certificates have the tag {TAG}={name}: {', '.join(tagged)}. "
            "Delete those that no load balancer uses."
        )
    return tagged[0] if tagged else None


def put(acm: "ACMClient", *, arn: str | None, name: str, lineage: Lineage) -> str:
    """Import the certificate unless ACM already has it, and return its ARN.

    Args:
        acm: Client for ACM.
        arn: The certificate to replace; None imports a new one.
        name: The tag's value for a new certificate. A replaced one keeps its tags.
        lineage: Certificate, chain and key, which must be checked and saved already.

    Raises:
        CertificateError: ACM refused the certificate.
    """
    if arn is None:
        return _import(acm, lineage, Tags=[{"Key": TAG, "Value": name}])
    present = acm.get_certificate(CertificateArn=arn)["Certificate"].encode()
    if fingerprint(present) != lineage.fingerprint:
        _import(acm, lineage, CertificateArn=arn)
    return arn


def delete(acm: "ACMClient", arn: str, *, deadline: float) -> None:
    """Delete the certificate, if it exists.

    A load balancer releases its certificate some time after its listener was deleted, so a
    certificate that is in use is tried again.

    Args:
        acm: Client for ACM.
        arn: The certificate's ARN.
        deadline: When to give up, in seconds of the monotonic clock.

    Raises:
        CertificateError: The certificate was still in use at the deadline.
    """
    pause = 1.0
    while True:
        try:
            acm.delete_certificate(CertificateArn=arn)
        except acm.exceptions.ResourceNotFoundException:
            return
        except (acm.exceptions.ResourceInUseException, acm.exceptions.ConflictException):
            if time.monotonic() + pause > deadline:
                users = acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"]
                raise CertificateError(
                    f"The certificate {arn} is still in use by {', '.join(users) or 'something'}. "
                    "Remove it there and delete again."
                ) from None
            time.sleep(pause)
            pause = min(2 * pause, 15.0)
        else:
            return


def _import(acm: "ACMClient", lineage: Lineage, **target: Any) -> str:  # noqa: ANN401 - of boto3
    try:
        return acm.import_certificate(
            Certificate=lineage.certificate,
            CertificateChain=lineage.chain,
            PrivateKey=lineage.private_key,
            **target,
        )["CertificateArn"]
    except ClientError as error:
        remedy = "Remove the cause"
        if error.response["Error"]["Code"] == "LimitExceededException":
            remedy = (
                "Delete imported certificates that nothing uses, or raise ACM's quotas: there is one for "
                "all certificates and one for a year"
            )
        raise CertificateError(
            f"ACM refused the certificate: {error}. It is kept in the state secret. {remedy}, then "
            "deploy again: it is imported then, and no new one is ordered."
        ) from None


def _exists(acm: "ACMClient", arn: str) -> bool:
    try:
        acm.describe_certificate(CertificateArn=arn)
    except acm.exceptions.ResourceNotFoundException:
        return False
    return True
