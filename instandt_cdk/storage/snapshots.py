"""Daily snapshots of the database, besides the backups that RDS makes itself for a restore to a time."""

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.operations import Operations
from instandt_cdk.shared.snapshot_vault import SnapshotVault

_BACKUP_POLICY = (
    "arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
)
_UNFINISHED = ("Failed", "Expired", "Aborted")


class SnapshotPlan(Construct):
    """The plan by which AWS Backup makes snapshots, keeps them, and copies them to another region.

    The database is named, and so is backed up whatever the account's choice of services for AWS Backup
    ("UpdateRegionSettings", AWS Backup API Reference). RDS itself makes the backups for a restore to a time,
    and only one of the two can ("Amazon RDS and AWS Backup", AWS Backup Developer Guide).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        vault: SnapshotVault,
        copies_arn: str | None,
        kept_days: int,
        operations: Operations,
    ) -> None:
        """Make the plan.

        Args:
            scope: Its parent.
            construct_id: Its id.
            name: The plan's.
            vault: Where the snapshots are kept.
            copies_arn: The vault of another region for copies; None for no copies.
            kept_days: How long snapshots and copies are kept.
            operations: Who is told of a failure.
        """
        super().__init__(scope, construct_id)
        kept = cdk.Duration.days(kept_days)
        self._plan = backup.BackupPlan(self, "Plan", backup_plan_name=name, backup_vault=vault)
        self._plan.add_rule(
            backup.BackupPlanRule(
                rule_name="Daily",
                # After RDS's own backup, and away from the maintenance: RDS refuses snapshots during either.
                schedule_expression=events.Schedule.cron(hour="5", minute="0"),
                delete_after=kept,
                copy_actions=[
                    backup.BackupPlanCopyActionProps(
                        destination_backup_vault=backup.BackupVault.from_backup_vault_arn(
                            self, "Copies", copies_arn
                        ),
                        delete_after=kept,
                    )
                ]
                if copies_arn
                else None,
            )
        )
        self._role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),
            description="AWS Backup, making snapshots of instaNDT's database",
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name(
                    "service-role/AWSBackupServiceRolePolicyForBackup"
                )
            ],
        )
        accept(
            self._role,
            {
                f"IAM4[Policy::{_BACKUP_POLICY}]": "AWS's own policy for just this, which follows what AWS "
                "Backup does; nobody else can take the role."
            },
        )
        operations.watch(self._unfinished(vault))

    def cover(self, instance: rds.DatabaseInstance) -> None:
        """Make snapshots of the database. This comes after the plan, because a rollback cannot delete it."""
        backup.BackupSelection(
            instance,
            "Snapshots",
            backup_plan=self._plan,
            resources=[backup.BackupResource.from_rds_database_instance(instance)],
            role=self._role,
            disable_default_backup_policy=True,
        )

    def _unfinished(self, vault: SnapshotVault) -> cloudwatch.Alarm:
        """The alarm for a snapshot or a copy that was not made.

        Source: "AWS Backup metrics with CloudWatch", AWS Backup Developer Guide.
        """
        of_vault = {"BackupVaultName": vault.backup_vault_name}
        counts = {
            **{f"jobs{end}": _metric(f"NumberOfBackupJobs{end}", of_vault) for end in _UNFINISHED},
            "copies": _metric("NumberOfCopyJobsFailed", {"ResourceType": "RDS"}),
        }
        return cloudwatch.Alarm(
            self,
            "Unfinished",
            alarm_description="A daily snapshot of the database, or its copy to another region, was not "
            "made. Look into AWS Backup's list of jobs, which says why.",
            metric=cloudwatch.MathExpression(
                expression=" + ".join(f"FILL({name}, 0)" for name in counts),
                using_metrics=counts,
                period=cdk.Duration.hours(1),
                label="Snapshots that were not made",
            ),
            threshold=1,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


def _metric(name: str, dimensions: dict[str, str]) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/Backup",
        metric_name=name,
        dimensions_map=dimensions,
        statistic="Sum",
        period=cdk.Duration.hours(1),
    )
