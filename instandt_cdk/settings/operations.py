"""The section [operations]."""

from typing import Literal

from pydantic import field_validator

from instandt_cdk.settings.section import EmailAddress, Section, refused

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
    """The address that gets an e-mail when an alarm goes off. Without it, alarms only appear in
    CloudWatch."""

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
