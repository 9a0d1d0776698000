"""The outputs of a deployment that are for people.

The CDK CLI also prints those by which the stacks refer to each other.
"""

import json
from pathlib import Path

BETWEEN_STACKS = "PublishOutput"
"""How the CDK begins the names of outputs that other stacks refer to."""


def listed(file: Path) -> str:
    """The outputs that are for people, a line for each.

    Args:
        file: What `cdk deploy --outputs-file` wrote.
    """
    wanted = {
        name: value
        for outputs in json.loads(file.read_text(encoding="utf-8")).values()
        for name, value in outputs.items()
        if not name.startswith(BETWEEN_STACKS)
    }
    return "".join(f"  {name:<17} {value}\n" for name, value in sorted(wanted.items()))
