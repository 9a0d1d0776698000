"""Asks before something is lost."""

import os
import sys

from instandt_cdk.commands.deployed import CommandError


def confirm(name: str) -> None:
    """Have a name typed, or take it from the environment variable CONFIRM.

    Args:
        name: Of what is lost or replaced.

    Raises:
        CommandError: It was not typed.
    """
    if name in [given.strip() for given in os.environ.get("CONFIRM", "").split(",")]:
        return
    if not sys.stdin.isatty():
        raise CommandError(f'If that is what you want, set CONFIRM="{name}". Nothing was changed.')
    try:
        typed = input(f"If that is what you want, type {name}: ")
    except EOFError:
        typed = ""
    if typed.strip() != name:
        raise CommandError(f"This is not {name}. Nothing was changed.")
