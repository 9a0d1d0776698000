"""The section [operations]."""

from typing import Annotated, Literal

from pydantic import field_validator

from instandt_cdk.settings.section import EmailAddress, Section, Text, refused

# The periods that CloudWatch Logs offers ("PutRetentionPolicy", Amazon CloudWatch Logs API Reference).
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653
]


class OperationsSettings(Section):
    """Logs, alarms and removal."""

    log_retention_days: RetentionDays = 365
    """How long logs are kept, in days."""

    removal_policy: Literal["retain", "destroy"] = "retain"
    """What happens to media, database and secrets when their stack is deleted. "retain" keeps them and
    protects their stacks from deletion. "destroy" deletes everything; use it for trials only."""

    alarm_email: EmailAddress | None = None
    """The address that gets an e-mail when an alarm goes off; if left out, acme.email. AWS first asks it
    twice, once for each region, whether it wants them, and forgets it after two days without an answer."""

    guide_url: (
        Annotated[
            str,
            Text(
                r"https://[A-Za-z0-9._~:/@!$&'()*+,;=%-]+[^/]",
                "the URL of a folder, with https and without / at its end",
                "https://git.example.com/instandt-cdk/blob/main/docs",
                longest=200,
            ),
        ]
        | None
    ) = None
    """Where your colleagues read the folder docs/ of this project, without / at the end. Each alarm then
    links to its section there; without it, an alarm names file and section."""

    def guide(self, section: str) -> str:
        """Return where the operator's guide says more about an alarm."""
        return f"{self.guide_url or 'docs'}/alarms.md#{section}"

    @property
    def is_protected(self) -> bool:
        """Whether data and its stacks are protected from deletion."""
        return self.removal_policy == "retain"

    @field_validator("log_retention_days", mode="before")
    @classmethod
    def _whole_number(cls, value: object) -> object:
        # In Python True and 1.0 equal 1, so Literal would accept them.
        if type(value) is not int:
            raise refused("is not a whole number; write digits, without quotes and without a point")
        return value
