"""Print the picture: `python -m instandt_cdk.diagram cdk.out`."""

import sys
from pathlib import Path

from instandt_cdk.changes.stacks import Stacks
from instandt_cdk.diagram.layout import drawing

if __name__ == "__main__":
    sys.stdout.write(drawing(Stacks.synthesized(Path(sys.argv[1]))).svg())
