"""A stand-in for the application: it synthesizes the stacks that a test has written."""

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_COPY = "import os, shutil, sys; shutil.copytree(sys.argv[1], os.environ['CDK_OUTDIR'], dirs_exist_ok=True)"


def application(assembly: Path) -> str:
    """Return the command, for the variable CDK_APP, that synthesizes what a folder holds."""
    return shlex.join([sys.executable, "-c", _COPY, str(assembly)])


def write_application(
    directory: Path, stacks: Mapping[str, dict[str, Any]], *, account: str, region: str
) -> str:
    """Write it, and return its command for the variable CDK_APP.

    Args:
        directory: Where.
        stacks: Templates by the stacks' names.
        account: The stacks' account.
        region: The stacks' region.
    """
    assembly = directory / "assembly"
    assembly.mkdir(exist_ok=True)
    artifacts = {}
    for name, template in stacks.items():
        (assembly / f"{name}.json").write_text(json.dumps(template))
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{account}/{region}",
            "properties": {"templateFile": f"{name}.json", "stackName": name},
        }
    manifest = {"version": "48.0.0", "artifacts": artifacts}
    (assembly / "manifest.json").write_text(json.dumps(manifest))
    return application(assembly)
