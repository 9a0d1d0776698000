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
    # Node.js may be the one that was installed with the Python packages.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    cli = PROJECT / "node_modules" / ".bin" / "cdk"
    with TemporaryDirectory() as assembly:
        ended = subprocess.run(
            [cli, "synth", "--quiet", f"--context=env={environment}", f"--output={assembly}"],
            cwd=PROJECT,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise OSError(f"cdk synth failed: {ended.stderr.strip()}")
        return Stacks.synthesized(Path(assembly))
