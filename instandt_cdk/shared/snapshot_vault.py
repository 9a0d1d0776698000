"""A vault of AWS Backup: where snapshots of the database are kept."""

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_kms as kms
from constructs import Construct

from instandt_cdk.names import Names
from instandt_cdk.operations import name_of_its_own, removal_policy
from instandt_cdk.settings import OperationsSettings


class SnapshotVault(backup.BackupVault):
    """A vault, from which snapshots go when they expire, and by nobody's hand before."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        key: kms.IKey,
        operations: OperationsSettings,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            # The library's name would be the same in every environment, and a vault with snapshots outlives
            # its stack.
            backup_vault_name=name_of_its_own(cdk.Stack.of(scope), names.prefix),
            encryption_key=key,
            block_recovery_point_deletion=operations.is_protected,
            removal_policy=removal_policy(operations),
        )
