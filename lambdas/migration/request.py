"""Starts the migration that CloudFormation requests. The report answers CloudFormation later."""

import json
from typing import TYPE_CHECKING, Any

import boto3

from custom_resource import is_rollback, respond
from migration.downgrade import is_older
from migration.protocol import REQUEST, MigrationRequest

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_stepfunctions import SFNClient

PHYSICAL_ID = "database-migration"
"""It never changes, because a migration is run and never replaced or deleted."""


def handle(event: dict[str, Any], _context: object) -> None:
    """Handle a request of CloudFormation for the custom resource."""
    try:
        if needs_migration(event, cloudformation=boto3.client("cloudformation")):
            start(event, stepfunctions=boto3.client("stepfunctions"))
            return
    except Exception as error:
        respond(
            event,
            physical_id=PHYSICAL_ID,
            failure=f"The database migration could not be started: {error}",
        )
        raise
    respond(event, physical_id=PHYSICAL_ID)


def needs_migration(event: dict[str, Any], *, cloudformation: "CloudFormationClient") -> bool:
    """Whether the request needs a migration; deletions, rollbacks and older versions do not.

    A rollback sends an update with the old version, whose migration does not know the new schema. So the
    schema stays as it is: unchanged if the new version's migration failed, otherwise migrated. It stays as
    well when an operator goes back to an older version.
    """
    if event["RequestType"] == "Delete" or is_rollback(event, cloudformation=cloudformation):
        return False
    new, old = (
        event.get(key, {}).get("Release", "")
        for key in ("ResourceProperties", "OldResourceProperties")
    )
    if is_older(new, old=old):
        print(f"{new} is older than {old}: its migration does not run, the schema stays as it is")
        return False
    return True


def start(event: dict[str, Any], *, stepfunctions: "SFNClient") -> None:
    """Start the state machine once per request, because CloudFormation may send a request twice."""
    wanted = MigrationRequest.from_properties(event["ResourceProperties"])
    try:
        stepfunctions.start_execution(
            stateMachineArn=wanted.state_machine_arn,
            name=event["RequestId"],
            input=json.dumps({REQUEST: event}),
        )
    except stepfunctions.exceptions.ExecutionAlreadyExists:
        print(f"request {event['RequestId']} was handled before")
    else:
        print(f"migration to {wanted.version} started")
