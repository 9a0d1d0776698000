"""The section [operations]."""

from typing import Literal

from pydantic import field_validator

from instandt_cdk.settings.section import EmailAddress, Section, refused

# "PutRetentionPolicy", Amazon CloudWatch Logs API Reference.
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653
]


class OperationsSettings(Section):
    """How the environment is kept."""

    log_retention_days: RetentionDays = 365
    """How long logs are kept, in days: one of the periods that CloudWatch Logs offers."""

    removal_policy: Literal["retain", "destroy"] = "retain"
    """What becomes of images, database and secrets when their stack is deleted: "retain" keeps them and
    protects their stacks from deletion; "destroy" deletes everything, for trials only."""

    alarm_email: EmailAddress | None = None
    """Who gets an e-mail when an alarm goes off; without it alarms only show in CloudWatch."""

    @property
    def is_protected(self) -> bool:
        """Whether data, and the stacks that hold it, resist deletion."""
        return self.removal_policy == "retain"

    @field_validator("log_retention_days", mode="before")
    @classmethod
    def _no_truth_value(cls, value: object) -> object:
        # For Python, and so for Literal, true is 1.
        if isinstance(value, bool):
            raise refused("is not a whole number; write digits, without quotes and without a point")
        return value
