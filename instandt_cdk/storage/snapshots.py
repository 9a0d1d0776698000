"""Daily snapshots of the database, besides the backups that RDS makes itself for a restore to a time."""

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.shared.snapshot_vault import SnapshotVault

_BACKUP_POLICY = (
    "arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
)


class SnapshotPlan(Construct):
    """The plan by which AWS Backup makes snapshots, keeps them, and copies them to another region.

    The database need not be there yet: AWS Backup looks for it when a backup is due, and checks no more
    before than the ARN's form and region (hashicorp/terraform-provider-aws#7382 selects what does not exist).
    It is named, and so is backed up whatever the account's choice of services for AWS Backup
    ("UpdateRegionSettings", AWS Backup API Reference). RDS itself makes the backups for a restore to a time,
    and only one of the two can ("Amazon RDS and AWS Backup", AWS Backup Developer Guide).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        database: str,
        vault: SnapshotVault,
        copies_arn: str | None,
        kept_days: int,
    ) -> None:
        """Make the plan.

        Args:
            scope: Its parent.
            construct_id: Its id.
            name: The plan's.
            database: The identifier that the instance has or gets.
            vault: Where the snapshots are kept.
            copies_arn: The vault of another region for copies; None for no copies.
            kept_days: How long snapshots and copies are kept.
        """
        super().__init__(scope, construct_id)
        kept = cdk.Duration.days(kept_days)
        plan = backup.BackupPlan(self, "Plan", backup_plan_name=name, backup_vault=vault)
        plan.add_rule(
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
        role = iam.Role(
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
            role,
            {
                f"IAM4[Policy::{_BACKUP_POLICY}]": "AWS's own policy for just this, which follows what AWS "
                "Backup does; nobody else can take the role."
            },
        )
        arn = cdk.Stack.of(self).format_arn(
            service="rds",
            resource="db",
            resource_name=database,
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        backup.BackupSelection(
            self,
            "Database",
            backup_plan=plan,
            resources=[backup.BackupResource.from_arn(arn)],
            role=role,
            disable_default_backup_policy=True,
        )
