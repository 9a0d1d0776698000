"""Run the database migration of the deployed version again, and wait for its outcome."""

import argparse
import json
import time
from typing import Any

from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.progress import say

HELP = "run the database migration again"
POLL_SECONDS = 2
TELL_SECONDS = 30
RUNNING = "RUNNING"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It takes none but the environment."""


def run(environment: Deployed, _given: argparse.Namespace) -> int:
    """Start the state machine, unless it runs; return 0 when the migration has succeeded."""
    client = environment.client("stepfunctions")
    machine = environment.resource(
        "Services", "AWS::StepFunctions::StateMachine", beginning="Migration"
    )
    log = environment.resource("Services", "AWS::Logs::LogGroup", beginning="MigrationTask")
    running = client.list_executions(stateMachineArn=machine, statusFilter=RUNNING)["executions"]
    if running:
        raise CommandError(
            f"A migration runs already, since {running[0]['startDate']:%H:%M:%S}: wait for its end. Two at a "
            "time could harm the database."
        )
    execution = client.start_execution(stateMachineArn=machine)["executionArn"]
    began = time.monotonic()
    say(
        "The migration has started. Its log: aws logs tail --follow --region "
        f"{environment.settings.aws.region} {log}"
    )
    ended = _await_end(client, execution, began)
    if ended["status"] != "SUCCEEDED":
        raise CommandError(_reason(ended))
    say(f"The migration has succeeded after {time.monotonic() - began:.0f} s.")
    return 0


def _await_end(client: Any, execution: str, began: float) -> dict[str, Any]:  # noqa: ANN401 - boto3's are dynamic
    told = began
    while True:
        found: dict[str, Any] = client.describe_execution(executionArn=execution)
        if found["status"] != RUNNING:
            return found
        if time.monotonic() - told >= TELL_SECONDS:
            told = time.monotonic()
            say(f"It has been running for {told - began:.0f} s.")
        time.sleep(POLL_SECONDS)


def _reason(ended: dict[str, Any]) -> str:
    """Why an execution did not succeed: what the function reports, with the last lines of the log."""
    cause = ended.get("cause") or ""
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, TypeError, KeyError):
        words = f"The migration ended as {ended['status']}: {ended.get('error', '')} {cause}"
        return f"{words.strip()}. What it did is in the state machine's last execution."
