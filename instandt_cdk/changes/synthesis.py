"""Synthesize an environment's settings with the CDK CLI. Whoever imports this need not load the CDK."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from instandt_cdk.changes.stacks import Stacks

PROJECT = Path(__file__).parents[2]


def synthesized(environment: str) -> Stacks:
    """Return the stacks that the settings of an environment give. No network is needed.

    Args:
        environment: The name of a file in environments/.

    Raises:
        OSError: The settings could not be synthesized; the message is the CDK's.
    """
    with TemporaryDirectory() as assembly:
        synthesize(environment, Path(assembly))
        return Stacks.synthesized(Path(assembly))


def synthesize(environment: str, assembly: Path, *, app_version: str | None = None) -> None:
    """Synthesize the settings of an environment into a folder. No network is needed.

    Args:
        environment: The name of a file in environments/.
        assembly: The folder.
        app_version: The version of instaNDT, if it is not the one in the file.

    Raises:
        OSError: The settings could not be synthesized; the message is the CDK's.
    """
    # Node.js may be the one that was installed with the Python packages.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    cli = PROJECT / "node_modules" / ".bin" / "cdk"
    command = [str(cli), "synth", "--quiet", f"--context=env={environment}", f"--output={assembly}"]
    if app_version:
        command.append(f"--context=app_version={app_version}")
    ended = subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise OSError(f"cdk synth failed: {ended.stderr.strip()}")
