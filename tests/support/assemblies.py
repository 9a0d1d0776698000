"""A stand-in for the application: it synthesizes the stacks that a test has written."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_APPLICATION = """
import os, pathlib, shutil
here = pathlib.Path(__file__).parent
shutil.copytree(here / "assembly", os.environ["CDK_OUTDIR"], dirs_exist_ok=True)
"""


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
    application = directory / "application.py"
    application.write_text(_APPLICATION)
    return f"{sys.executable} {application}"
