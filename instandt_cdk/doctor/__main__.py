"""Check an environment: `python -m instandt_cdk.doctor prod`."""

import argparse
import sys
from pathlib import Path

from instandt_cdk.doctor import report
from instandt_cdk.settings import SettingsError, load

ENVIRONMENTS = Path(__file__).parents[2] / "environments"


def main(arguments: list[str], *, directory: Path = ENVIRONMENTS) -> int:
    """Return the exit code: 1 if something failed, 0 if there are at most warnings."""
    parser = argparse.ArgumentParser(prog="python -m instandt_cdk.doctor", description=__doc__)
    parser.add_argument("environment", help="the name of a file in environments/, without .toml")
    try:
        settings = load(directory, parser.parse_args(arguments).environment)
    except SettingsError as error:
        sys.exit(str(error))
    return report.show(report.examine(settings))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
