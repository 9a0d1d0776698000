"""Log groups: always explicit, with the environment's retention."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from instandt_cdk.components.removal import removal_policy
from instandt_cdk.settings import OperationsSettings


def log_group(
    scope: Construct, construct_id: str, *, operations: OperationsSettings, name: str | None = None
) -> logs.LogGroup:
    """A log group that keeps its entries as long as the settings say.

    Args:
        scope: The construct that writes the logs.
        construct_id: The id.
        operations: Retention and removal.
        name: Only where the service that writes dictates it.
    """
    group = logs.LogGroup(
        scope, construct_id, log_group_name=name, removal_policy=removal_policy(operations)
    )
    resource = group.node.default_child
    assert isinstance(resource, logs.CfnLogGroup)  # noqa: S101 - narrows the type
    resource.retention_in_days = operations.log_retention_days
    return group
