"""Whether SES sends instaNDT's e-mails, and to which addresses."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from instandt_cdk.doctor.finding import Finding, failed, good, warning

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


def is_verified(ses: "SESV2Client", *, sender: str, region: str) -> Iterator[Finding]:
    """The sender address, its domain or a parent domain is verified in the region."""
    for identity in _identities(sender):
        try:
            found = ses.get_email_identity(EmailIdentity=identity)
        except ses.exceptions.NotFoundException:
            continue
        if found.get("VerifiedForSendingStatus"):
            yield good(f"{identity} is verified")
            return
    yield failed(
        f'neither application.email_sender = "{sender}" nor its domain is verified in {region}, so SES '
        "would send no e-mail",
        f"`aws sesv2 create-email-identity --region {region} --email-identity {sender}`, then follow "
        "the link in the e-mail from AWS",
    )


def is_out_of_the_sandbox(ses: "SESV2Client", *, region: str) -> Iterator[Finding]:
    """SES sends to all addresses, not only to verified ones."""
    account = ses.get_account()
    if not account.get("SendingEnabled"):
        yield failed(
            f"sending is paused for this account in {region}",
            "see the account dashboard of the SES console for the reason and the remedy",
        )
    elif not account.get("ProductionAccessEnabled"):
        yield warning(
            f"the account is in the SES sandbox in {region}: only verified addresses get e-mails",
            "request production access on the account dashboard of the SES console",
        )
    else:
        yield good("the account is out of the sandbox")


def _identities(sender: str) -> Iterator[str]:
    """Return the address, its domain and all parent domains.

    A verified domain verifies everything below it ("Verified identities in Amazon SES", Amazon SES
    Developer Guide).
    """
    yield sender
    labels = sender.rpartition("@")[2].split(".")
    for first in range(len(labels) - 1):
        yield ".".join(labels[first:])
