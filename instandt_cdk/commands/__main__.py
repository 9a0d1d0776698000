"""What operators do with an environment that runs: `python -m instandt_cdk.commands migrate prod`."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from instandt_cdk.commands import (
    bundle,
    cost,
    destroy,
    logs,
    migrate,
    psql,
    readers,
    restore,
    rollback,
    rotate,
    session,
    shell,
    smoke,
)
from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.doctor.credentials import belong_to_account
from instandt_cdk.doctor.finding import Mark
from instandt_cdk.settings import SettingsError, load

ENVIRONMENTS = Path(__file__).parents[2] / "environments"
INTERRUPTED = 130


class Command(Protocol):
    """A module with a command."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser, /) -> None:
        """Add what it takes besides the environment."""

    def run(self, environment: Deployed, given: argparse.Namespace, /) -> int:
        """Run it; return the exit code."""


COMMANDS: Mapping[str, Command] = {
    "bundle": bundle,
    "cost": cost,
    "destroy": destroy,
    "logs": logs,
    "migrate": migrate,
    "psql": psql,
    "readers": readers,
    "restore": restore,
    "rollback": rollback,
    "rotate": rotate,
    "session": session,
    "shell": shell,
    "smoke": smoke,
}
WITHOUT_AWS = {"bundle", "cost"}
"""The commands that can be given without credentials."""


def main(arguments: list[str], *, directory: Path = ENVIRONMENTS) -> int:
    """Run a command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m instandt_cdk.commands", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True)
    for name, command in COMMANDS.items():
        of_command = subparsers.add_parser(name, help=command.HELP, description=command.__doc__)
        of_command.add_argument(
            "environment", help="the name of a file in environments/, without .toml"
        )
        command.add_arguments(of_command)
    given = parser.parse_args(arguments)
    given.settings_file = directory / f"{given.environment}.toml"
    try:
        environment = Deployed(settings=load(directory, given.environment))
        if given.command not in WITHOUT_AWS:
            _require_credentials(environment)
        return COMMANDS[given.command].run(environment, given)
    except (SettingsError, CommandError) as error:
        sys.exit(str(error))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"AWS refused or could not be reached: {error}")
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted. What AWS has begun goes on without you.\n")
        return INTERRUPTED


def _require_credentials(environment: Deployed) -> None:
    for finding in belong_to_account(environment.client("sts"), environment.settings.aws):
        if finding.mark is not Mark.GOOD:
            raise CommandError(f"credentials: {finding.text}; {finding.remedy}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
