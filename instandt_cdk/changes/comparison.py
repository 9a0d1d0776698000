"""Compare an environment as it is deployed with its settings."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from instandt_cdk.changes import deployed
from instandt_cdk.changes.deployed import Clients
from instandt_cdk.changes.examination import examine
from instandt_cdk.changes.finding import Finding
from instandt_cdk.changes.stacks import Place, Stacks
from instandt_cdk.names import STACKS
from instandt_cdk.settings import Settings
from instandt_cdk.settings.limits.regions import EDGE_REGION

PROJECT = Path(__file__).parents[2]


def compare(settings: Settings, clients: Clients) -> list[Finding]:
    """Find out what a deployment of the settings would hurt, the worst first. AWS is only read.

    Args:
        settings: The settings.
        clients: Returns a client for a region.

    Raises:
        BotoCoreError: AWS could not be reached.
        ClientError: AWS refused a request.
        OSError: The settings could not be synthesized; the message is the CDK's.
    """
    before = deployed.stacks(clients, _places(settings))
    if not before.templates:
        return []
    with TemporaryDirectory() as assembly:
        _synthesize(settings.environment, Path(assembly))
        return examine(before, Stacks.synthesized(Path(assembly)))


def _places(settings: Settings) -> Iterator[Place]:
    """Where the environment's stacks are."""
    regions = {"Edge": EDGE_REGION, "Replica": settings.storage.replica_region}
    for stack in STACKS:
        if region := regions.get(stack, settings.aws.region):
            yield Place(region, settings.names.stack(stack))


def _synthesize(environment: str, assembly: Path) -> None:
    # Node.js may be the one that was installed with the Python packages.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    cli = PROJECT / "node_modules" / ".bin" / "cdk"
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
