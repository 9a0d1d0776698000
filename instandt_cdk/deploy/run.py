"""Runs the CDK CLI, tells what it waits for, and in the end what has become of it."""

import argparse
import datetime as dt
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from instandt_cdk import outputs
from instandt_cdk.changes import Stacks
from instandt_cdk.deploy import cli, waiting
from instandt_cdk.deploy.failures import failures
from instandt_cdk.doctor.stacks import deployed
from instandt_cdk.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

OUTPUTS = cli.PROJECT / ".cache" / "outputs"
"""A file for each environment, because two may be deployed at once."""

Clients = Mapping[str, "CloudFormationClient"]
"""A client for each region with stacks."""


def run(settings: Settings, cloudformation: Clients, before: Stacks, options: Sequence[str]) -> int:
    """Deploy; return the exit code of the CDK CLI.

    Args:
        settings: The environment's.
        cloudformation: A client for each region with stacks.
        before: The stacks as they are deployed.
        options: Further ones for the CLI.

    Raises:
        BotoCoreError: AWS could not be reached.
        ClientError: AWS refused a request.
    """
    written = OUTPUTS / f"{settings.environment}.json"
    OUTPUTS.mkdir(parents=True, exist_ok=True)
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--output", default=str(cli.PROJECT / "cdk.out"))
    # What CloudFormation does is told below; the CLI only prints the errors of resources.
    parser.add_argument("--progress", default="errors-only")
    given, others = parser.parse_known_args(options)
    command = [
        *cli.deploy_command(settings),
        f"--outputs-file={written}",
        f"--output={given.output}",
        f"--progress={given.progress}",
        *others,
    ]
    variables = cli.environment(settings, token=os.environ.get("GITLAB_TOKEN"))
    # CloudFormation's times are less exact than the clock's.
    since = dt.datetime.now(dt.UTC).replace(microsecond=0)
    changed = _changed(cloudformation, settings)
    with waiting.told(
        cloudformation, settings.names, before=before, assembly=cli.PROJECT / given.output
    ):
        ended = subprocess.run(command, cwd=cli.PROJECT, env=variables, check=False)
    if ended.returncode:
        for region, name in _changed(cloudformation, settings):
            for reason in failures(cloudformation[region], name, since=since):
                sys.stderr.write(f"\n{reason}\n")
        return ended.returncode
    if _changed(cloudformation, settings) == changed:
        sys.stdout.write("\nNothing has changed since the last deployment.\n")
    sys.stdout.write(f"\n{outputs.listed(written)}")
    return 0


def _changed(cloudformation: Clients, settings: Settings) -> Mapping[tuple[str, str], object]:
    """When each stack was changed last, by region and name."""
    return {
        (region, stack["StackName"]): stack.get("LastUpdatedTime", stack["CreationTime"])
        for region, client in cloudformation.items()
        for stack in deployed(client, settings.names)
    }
