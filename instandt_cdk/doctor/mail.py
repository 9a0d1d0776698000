"""Whether SES sends instaNDT's e-mails, and to whom."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from instandt_cdk.doctor.finding import Finding, failed, good, warning

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


def is_verified(ses: "SESV2Client", *, sender: str, region: str) -> Iterator[Finding]:
    """The sender, its domain or one above it is verified in the region."""
    for identity in _identities(sender):
        try:
            found = ses.get_email_identity(EmailIdentity=identity)
        except ses.exceptions.NotFoundException:
            continue
        if found.get("VerifiedForSendingStatus"):
            yield good(f"{identity} is verified")
            return
    yield failed(
        f'neither application.email_sender = "{sender}" nor its domain is verified in {region}, so that '
        "no e-mail would be sent",
        f"`aws sesv2 create-email-identity --region {region} --email-identity {sender}`, and follow the "
        "link in the e-mail that comes",
    )


def is_out_of_the_sandbox(ses: "SESV2Client", *, region: str) -> Iterator[Finding]:
    """E-mails go to everybody, not only to verified addresses."""
    account = ses.get_account()
    if not account.get("SendingEnabled"):
        yield failed(
            f"sending is paused for this account in {region}",
            "the SES console's account dashboard tells why, and how to have it resumed",
        )
    elif not account.get("ProductionAccessEnabled"):
        yield warning(
            f"the account is in SES's sandbox in {region}: only verified addresses get e-mails",
            "request production access on the SES console's account dashboard",
        )
    else:
        yield good("the account is out of the sandbox")


def _identities(sender: str) -> Iterator[str]:
    """The address, its domain, and those above.

    A verified domain verifies everything below it ("Verified identities in Amazon SES", Amazon SES
    Developer Guide).
    """
    yield sender
    labels = sender.rpartition("@")[2].split(".")
    for first in range(len(labels) - 1):
        yield ".".join(labels[first:])
