"""The section [application]."""

from collections.abc import Iterator
from math import ceil

from pydantic import Field

from instandt_cdk.settings.section import EmailAddress, Section, Word

MIB_PER_GIB = 1024

# The frontend reads this number of bytes, and JavaScript has whole numbers up to 2^53 only.
LARGEST_STORAGE_GIB = 2**53 // 2**30 - 1

# What 32 bits hold: 68 years.
MOST_SECONDS = 2**31 - 1

# "Maximum file size for HTTP GET, POST, and PUT requests": 20 GB (Amazon CloudFront Developer Guide,
# "Quotas", as long as it named one for uploads).
LARGEST_UPLOAD_MIB = 20 * MIB_PER_GIB

LONGEST_DRAIN_MINUTES = 60
"""The longest deregistration delay of a load balancer ("Edit target group attributes for your Application
Load Balancer")."""

# 10 Mbit/s.
_SLOW_UPLOAD_MIB_PER_MINUTE = 10_000_000 / 8 / 1024**2 * 60


class ApplicationSettings(Section):
    """Settings of instaNDT itself."""

    email_sender: EmailAddress
    """The sender address of instaNDT's e-mails. It must be verified in SES."""

    upload_limit_mib: int = Field(default=1024, ge=1, le=LARGEST_UPLOAD_MIB)
    """The largest file a user may upload, in MiB. CloudFront accepts at most 20 GiB."""

    upload_minutes: int | None = Field(default=None, ge=1, le=LONGEST_DRAIN_MINUTES)
    """How long an upload may take without being cut when its container is replaced, in minutes. A release
    takes that much longer while somebody uploads. If left out, the time that the largest upload takes at
    10 Mbit/s, at most 60."""

    storage_limit_gib: int = Field(default=100, ge=1, le=LARGEST_STORAGE_GIB)
    """How much an organisation may store by default, in GiB."""

    email_token_seconds: int = Field(default=3600, ge=60, le=MOST_SECONDS)
    """How long a token that was sent by e-mail is valid, in seconds."""

    email_verification_seconds: int = Field(default=86400, ge=60, le=MOST_SECONDS)
    """How long the link that verifies an e-mail address is valid, in seconds."""

    commit_hash: Word = "unknown"
    """The commit that the images were built from. The application shows it."""

    grafana_loki: bool = False
    """Whether the application also sends its logs to Grafana Loki."""

    @property
    def longest_upload_minutes(self) -> int:
        """How long an upload may go on when its container is replaced."""
        usual = ceil(self.upload_limit_mib / _SLOW_UPLOAD_MIB_PER_MINUTE)
        return self.upload_minutes or min(usual, LONGEST_DRAIN_MINUTES)

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """The largest upload must fit into the storage limit."""
        if self.upload_limit_mib > self.storage_limit_gib * MIB_PER_GIB:
            yield (
                "upload_limit_mib",
                f"is more than storage_limit_gib = {self.storage_limit_gib} lets an organisation store; "
                "lower it or raise storage_limit_gib",
            )
