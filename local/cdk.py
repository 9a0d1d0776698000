"""Runs the project's own CDK CLI against the emulated AWS."""

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from instandt_cdk.deploy import cli
from local.environment import PROJECT, Environment

LOG_TAIL_LINES = 15
QUIET = ("--no-color", "--no-notices", "--no-version-reporting")


class CdkError(Exception):
    """The CDK CLI ended with an error; `last_lines` are the end of what it printed."""

    def __init__(self, message: str, *, last_lines: str = "") -> None:
        super().__init__(message)
        self.last_lines = last_lines


def bootstrap(env: Environment, *, regions: Sequence[str]) -> None:
    """Prepare regions for deployments.

    Raises:
        CdkError: The CLI failed.
    """
    account = env.settings.aws.account
    environments = [f"aws://{account}/{region}" for region in regions]
    # In a directory without cdk.json, which would make the CLI synthesize the whole application first.
    _run(env, [cli.CLI, "bootstrap", *environments], directory=env.directory)


def deploy(env: Environment, *, token: str, on_line: Callable[[str], None]) -> None:
    """Deploy all stacks with the registry's access token, independent ones at the same time.

    Raises:
        CdkError: The CLI failed.
    """
    _run(
        env,
        [
            *cli.deploy_command(env.settings),
            f"--context=app_version={env.settings.app_version}",
            f"--output={env.assembly}",
            "--progress=events",
        ],
        token=token,
        on_line=on_line,
    )


def destroy(env: Environment, *, on_line: Callable[[str], None]) -> None:
    """Destroy all stacks of the last deployment, if there was one.

    Raises:
        CdkError: The CLI failed.
    """
    if not (env.assembly / "manifest.json").exists():
        return
    options = ["--all", "--force", f"--app={env.assembly}", "--progress=events"]
    _run(env, [cli.CLI, "destroy", *options], on_line=on_line)


def _run(
    env: Environment,
    command: Sequence[str],
    *,
    token: str | None = None,
    on_line: Callable[[str], None] = lambda _: None,
    directory: Path = PROJECT,
) -> None:
    with env.deploy_log.open("a", buffering=1) as log:
        log.write(f"$ cdk {command[1]}\n")
        with subprocess.Popen(
            [*command, *QUIET],
            cwd=directory,
            env=cli.environment(env.settings, token=token),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                for line in process.stdout or ():
                    log.write(line)
                    on_line(line)
            except BaseException:
                # When this command is interrupted, the CLI has to end too. `node` may be a wrapper that
                # starts the real one, so the signal goes to the whole group of processes.
                os.killpg(process.pid, signal.SIGTERM)
                raise
        if process.returncode:
            raise CdkError(
                f"cdk {command[1]} ended with exit code {process.returncode}",
                last_lines="\n".join(env.deploy_log.read_text().splitlines()[-LOG_TAIL_LINES:]),
            )
