"""The section [application]."""

from collections.abc import Iterator

from pydantic import Field

from instandt_cdk.settings.section import EmailAddress, Section, Word

MIB_PER_GIB = 1024

# "Maximum file size for HTTP GET, POST, and PUT requests": 20 GB (Amazon CloudFront Developer Guide,
# "Quotas", as long as it named one for uploads).
LARGEST_UPLOAD_MIB = 20 * MIB_PER_GIB


class ApplicationSettings(Section):
    """Settings of instaNDT itself."""

    email_sender: EmailAddress
    """The sender address of instaNDT's e-mails. It must be verified in SES."""

    upload_limit_mib: int = Field(default=1024, ge=1, le=LARGEST_UPLOAD_MIB)
    """The largest file a user may upload, in MiB. CloudFront accepts at most 20 GiB."""

    storage_limit_gib: int = Field(default=100, ge=1)
    """How much an organisation may store by default, in GiB."""

    email_token_seconds: int = Field(default=3600, ge=60)
    """How long a token that was sent by e-mail is valid, in seconds."""

    email_verification_seconds: int = Field(default=86400, ge=60)
    """How long the link that verifies an e-mail address is valid, in seconds."""

    commit_hash: Word = "unknown"
    """The commit that the images were built from. The application shows it."""

    grafana_loki: bool = False
    """Whether the application also sends its logs to Grafana Loki."""

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """The largest upload must fit into the storage limit."""
        if self.upload_limit_mib > self.storage_limit_gib * MIB_PER_GIB:
            yield (
                "upload_limit_mib",
                f"is more than storage_limit_gib = {self.storage_limit_gib} lets an organisation store; "
                "lower it or raise storage_limit_gib",
            )
