"""Print the outputs of a deployment that are for people: `python -m instandt_cdk.outputs FILE`.

The CDK CLI also prints those by which the stacks refer to each other.
"""

import json
import sys
from pathlib import Path

BETWEEN_STACKS = "PublishOutput"
"""How the CDK begins the names of outputs that other stacks refer to."""


def wanted(file: Path) -> dict[str, str]:
    """The outputs that are for people.

    Args:
        file: What `cdk deploy --outputs-file` wrote.
    """
    return {
        name: value
        for outputs in json.loads(file.read_text(encoding="utf-8")).values()
        for name, value in outputs.items()
        if not name.startswith(BETWEEN_STACKS)
    }


if __name__ == "__main__":
    for name, value in sorted(wanted(Path(sys.argv[1])).items()):
        sys.stdout.write(f"  {name:<17} {value}\n")
