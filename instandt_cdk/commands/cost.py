"""Estimate what an environment costs in a month. Nothing is asked: neither AWS nor any other server."""

import argparse
import sys
from datetime import UTC, datetime

from instandt_cdk.changes.synthesis import synthesized
from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.cost import prices
from instandt_cdk.cost.estimate import Estimate
from instandt_cdk.cost.report import report

HELP = "estimate what it costs in a month, without asking AWS"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It takes none but the environment."""


def run(environment: Deployed, _given: argparse.Namespace) -> int:
    """Synthesize the settings and print the estimate; return 0."""
    name = environment.settings.environment
    # The estimate alone goes to the standard output, for those who keep it.
    sys.stderr.write("Synthesizing the settings, which takes some seconds …\n")
    try:
        stacks = synthesized(name)
    except OSError as error:
        raise CommandError(str(error)) from None
    listed = prices.load()
    today = datetime.now(tz=UTC).date()
    sys.stdout.write(report(Estimate.of(stacks, listed), listed, environment=name, today=today))
    return 0
