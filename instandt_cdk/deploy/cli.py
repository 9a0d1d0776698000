"""How the CDK CLI is called."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from instandt_cdk.settings import Settings

PROJECT = Path(__file__).parents[2]
CLI = str(PROJECT / "node_modules" / ".bin" / "cdk")


def deploy_command(settings: Settings) -> list[str]:
    """The command that deploys all stacks, independent ones at the same time.

    The CLI does not ask whether wider permissions are wanted: when it deploys several stacks at once it
    cannot, and would end instead.
    """
    return [
        CLI,
        "deploy",
        "--all",
        f"--context=env={settings.environment}",
        "--concurrency=4",
        "--require-approval=never",
    ]


def deploy_one_command(stack: str, *, assembly: Path) -> list[str]:
    """The command that deploys one stack, by its construct id, of what is synthesized already."""
    return [
        CLI,
        "deploy",
        stack,
        "--exclusively",
        f"--app={assembly}",
        "--require-approval=never",
    ]


def environment(settings: Settings, *, token: str | None) -> Mapping[str, str]:
    """The environment variables of the command.

    The CLI takes every option from a variable, too. The token comes in one, because everybody on the machine
    can see the options of a running command.

    Args:
        settings: The environment's.
        token: The registry's access token; None to keep the one in the account.
    """
    variables = dict(os.environ)
    # Node.js may be the one that was installed with the Python packages.
    variables["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    if token:
        variables["CDK_PARAMETERS"] = f"{settings.names.token_parameter}={token}"
    return variables
