"""Log groups. All are made here, so all are encrypted and have the environment's retention."""

from dataclasses import dataclass

from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from instandt_cdk.operations.removal import removal_policy
from instandt_cdk.settings import OperationsSettings


@dataclass(frozen=True, kw_only=True)
class Logs:
    """Makes log groups that are encrypted with a key and kept for as long as the settings say."""

    key: kms.IKey
    settings: OperationsSettings

    def group(
        self, scope: Construct, construct_id: str, *, name: str | None = None
    ) -> logs.LogGroup:
        """Make a log group.

        Args:
            scope: The construct that writes the logs.
            construct_id: The id.
            name: Only where the service that writes dictates it.
        """
        group = logs.LogGroup(
            scope,
            construct_id,
            log_group_name=name,
            encryption_key=self.key,
            removal_policy=removal_policy(self.settings),
        )
        resource = group.node.default_child
        assert isinstance(resource, logs.CfnLogGroup)  # noqa: S101 - narrows the type
        # The library knows the periods by name, the settings by their number of days.
        resource.retention_in_days = self.settings.log_retention_days
        return group
