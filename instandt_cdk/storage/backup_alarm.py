"""The alarm for a backup that was not made."""

from collections.abc import Sequence

from aws_cdk import aws_events as events
from constructs import Construct

from instandt_cdk.operations import Advice, Operations


def watch_backups(scope: Construct, *, backed_up: Sequence[str], operations: Operations) -> None:
    """Tell the operator when AWS Backup fails to back something up, whichever plan wants it.

    Source: "Monitoring AWS Backup events using Amazon EventBridge", AWS Backup Developer Guide.

    Args:
        scope: The alarm's parent.
        backed_up: The ARNs of what holds data.
        operations: Those of the region.
    """
    operations.watch_events(
        scope,
        "BackupFailed",
        Advice(
            alarm="backup-failed",
            section="backup-failed",
            meaning="AWS Backup could not back up the database or the media, so the newest backup is older "
            "than it should be.",
            remedy="Read why in the jobs of AWS Backup, as the guide shows; mend it, and start the backup by "
            "hand.",
        ),
        pattern=events.EventPattern(
            source=["aws.backup"],
            detail_type=["Backup Job State Change", "Copy Job State Change"],
            detail={
                "state": ["ABORTED", "EXPIRED", "FAILED"],
                "resourceArn": list(backed_up),
            },
        ),
    )
