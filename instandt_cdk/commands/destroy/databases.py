"""Databases, of which a final snapshot is kept where the removal policy keeps data."""

import time
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.commands.destroy.stacks import StackThere, keeps

POLL_SECONDS = 10
MINUTES = 60
INSTANCE = "AWS::RDS::DBInstance"
GROUP = "AWS::RDS::DBSubnetGroup"


def instances(environment: Deployed) -> list[Any]:
    """Return the database and what a restore has left beside it: all instances in its subnets."""
    groups = set(environment.resources("Storage", GROUP).values())
    pages = environment.client("rds").get_paginator("describe_db_instances").paginate()
    return [
        instance
        for page in pages
        for instance in page["DBInstances"]
        if instance["DBSubnetGroup"]["DBSubnetGroupName"] in groups
    ]


def retire(environment: Deployed, stack: StackThere) -> Iterator[str]:
    """Delete the databases before their stack, which could not delete the subnet group that they use.

    Where the stack keeps its database, RDS first takes a final snapshot of each ("Deleting a DB instance",
    Amazon RDS User Guide). It holds what the automated backups hold, so they go. Where the stack deletes it,
    only what a restore has left beside it is deleted here.

    Raises:
        CommandError: A database was not gone after an hour.
    """
    resources = stack.template.get("Resources", {}).values()
    kept = any(keeps(resource) for resource in resources if resource["Type"] == INSTANCE)
    own = set(environment.resources("Storage", INSTANCE).values())
    found = {instance["DBInstanceIdentifier"] for instance in instances(environment)}
    going = sorted(found if kept else found - own)
    for name in going:
        _delete(environment.client("rds"), name, final_snapshot=f"{name}-final" if kept else None)
        snapshot = f", with {name}-final as its final snapshot" if kept else ""
        yield f"Deleting the database {name}{snapshot}; that typically takes 5 to 15 minutes."
    for name in going:
        _await_end(environment.client("rds"), name)
        yield f"The database {name} is deleted."


def _delete(client: Any, name: str, *, final_snapshot: str | None) -> None:  # noqa: ANN401 - boto3's are dynamic
    """Begin with the deletion when RDS is done with what it does, such as taking the protection off."""
    last = {"FinalDBSnapshotIdentifier": final_snapshot} if final_snapshot else {}
    for _ in _looks():
        (instance,) = client.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        if instance["DBInstanceStatus"] == "deleting":
            return
        try:
            client.delete_db_instance(
                DBInstanceIdentifier=name,
                SkipFinalSnapshot=not last,
                DeleteAutomatedBackups=True,
                **last,
            )
        except ClientError as error:
            if error.response["Error"].get("Code") != "InvalidDBInstanceState":
                raise
        else:
            return
    raise CommandError(f"The database {name} is busy since {MINUTES} minutes; try again later.")


def _await_end(client: Any, name: str) -> None:  # noqa: ANN401 - boto3's are dynamic
    for _ in _looks():
        try:
            client.describe_db_instances(DBInstanceIdentifier=name)
        except ClientError as error:
            if error.response["Error"].get("Code") == "DBInstanceNotFound":
                return
            raise
    raise CommandError(f"The database {name} is not deleted after {MINUTES} minutes; try again.")


def _looks() -> Iterator[None]:
    """One look after the other, for an hour."""
    deadline = time.monotonic() + MINUTES * 60
    while time.monotonic() < deadline:
        yield
        time.sleep(POLL_SECONDS)
