"""Open psql on the bastion, as a login that may only read. Its transcript goes to CloudWatch.

Nobody sees a password: the bastion proves to the database who it is, with its own role. A session is better
than a forwarded port, because AWS keeps no transcript of what goes through a port ("Logging session
activity", AWS Systems Manager User Guide).
"""

import argparse

from instandt_cdk.commands import session
from instandt_cdk.commands.deployed import Deployed

HELP = "open psql on the bastion, to read"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It takes none but the environment."""


def run(environment: Deployed, _given: argparse.Namespace) -> int:
    """Hand the terminal over to psql."""
    return session.start(environment, document="SessionsPsql")
