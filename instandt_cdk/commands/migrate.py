"""Run the database migration of the deployed version again, and wait for its outcome."""

import argparse
import json
import sys
import time

from instandt_cdk.commands.deployed import CommandError, Deployed

HELP = "run the database migration again"
POLL_SECONDS = 5
RUNNING = "RUNNING"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It takes none but the environment."""


def run(environment: Deployed, _given: argparse.Namespace) -> int:
    """Start the state machine; return 0 when the migration has succeeded."""
    machines = environment.resources("Services", "AWS::StepFunctions::StateMachine")
    (machine,) = (arn for name, arn in machines.items() if name.startswith("Migration"))
    client = environment.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=machine)["executionArn"]
    sys.stdout.write("The migration has started; its log is in the output ReadMigrationLog.\n")
    while (found := client.describe_execution(executionArn=execution))["status"] == RUNNING:
        time.sleep(POLL_SECONDS)
    if found["status"] != "SUCCEEDED":
        raise CommandError(f"The migration {found['status'].lower()}: {found.get('cause', '')}")
    sys.stdout.write(f"{json.dumps(found.get('output'))}\n")
    return 0
