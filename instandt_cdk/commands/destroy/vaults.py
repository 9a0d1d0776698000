"""Vaults of AWS Backup, which cannot be deleted with snapshots in them."""

import time
from collections.abc import Iterator
from typing import Any

from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.commands.destroy.stacks import StackThere, keeps

VAULT = "AWS::Backup::BackupVault"
POLL_SECONDS = 10
MINUTES = 30


def empty(environment: Deployed, stack: StackThere) -> Iterator[str]:
    """Delete the snapshots in the stack's vaults, unless the stack keeps the vault.

    Source: "DeleteBackupVault", AWS Backup API Reference.

    Raises:
        CommandError: A vault was not empty after half an hour.
    """
    client = environment.client("backup", region=stack.place.region)
    resources = stack.template.get("Resources", {})
    for logical_id, name in environment.resources(stack.title, VAULT).items():
        if keeps(resources.get(logical_id, {})):
            continue
        deadline = time.monotonic() + MINUTES * 60
        while points := snapshots(client, name):
            for point in points:
                if point.get("Status") != "DELETING":
                    client.delete_recovery_point(
                        BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"]
                    )
                    yield f"{stack.title}: deleting a snapshot in the vault {name}"
            if time.monotonic() > deadline:
                raise CommandError(
                    f"The vault {name} is not empty after {MINUTES} minutes; try again."
                )
            time.sleep(POLL_SECONDS)


def snapshots(client: Any, vault: str) -> list[Any]:  # noqa: ANN401 - boto3's are dynamic
    """Return the recovery points in a vault."""
    paginator = client.get_paginator("list_recovery_points_by_backup_vault")
    pages = paginator.paginate(BackupVaultName=vault)
    return [point for page in pages for point in page["RecoveryPoints"]]
