"""Hands the terminal over to the AWS CLI, which opens sessions with Session Manager's plugin."""

import os
import shutil
from collections.abc import Sequence
from typing import NoReturn

from instandt_cdk.commands.deployed import CommandError

AWS = "aws"
PLUGIN = "session-manager-plugin"
HOW_TO_INSTALL = {
    AWS: "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
    PLUGIN: "https://docs.aws.amazon.com/systems-manager/latest/userguide/"
    "session-manager-working-with-install-plugin.html",
}


def check_programs() -> None:
    """Make sure that both programs are on this machine.

    Raises:
        CommandError: One is missing. The message says where to get it.
    """
    missing = [name for name in HOW_TO_INSTALL if not shutil.which(name)]
    if missing:
        where = "; ".join(f"{name}: {HOW_TO_INSTALL[name]}" for name in missing)
        raise CommandError(f"A session needs what this machine does not have; install {where}")


def hand_over(arguments: Sequence[str], *, region: str) -> NoReturn:
    """Replace this process by the AWS CLI with these arguments.

    The plugin then has the terminal to itself: Ctrl-C goes to the other side and ends nothing here.
    """
    os.execvp(AWS, [AWS, "--region", region, *arguments])  # noqa: S606 - there is no shell
