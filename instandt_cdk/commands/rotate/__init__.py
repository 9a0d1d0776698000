"""Replace the database's login, or the JWT keys, and the tasks that use them: `make rotate ENV=prod`.

Secrets Manager rotates the login by itself every `database.rotation_days`; this does it now. The JWT keys are
replaced on demand only, because that signs everybody out. What is done so far can be read from the labels of
the secrets' versions, so the same command goes on when it was interrupted.
"""

import argparse

from instandt_cdk.commands.deployed import Deployed
from instandt_cdk.commands.rotate import database, jwt

HELP = "replace the database's login or the JWT keys"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is replaced."""
    parser.add_argument(
        "--what",
        choices=("database", "jwt"),
        default="database",
        help='"jwt" signs everybody out',
    )


def run(environment: Deployed, given: argparse.Namespace) -> int:
    """Replace it; return 0."""
    {"database": database.rotate, "jwt": jwt.rotate}[given.what](environment)
    return 0
