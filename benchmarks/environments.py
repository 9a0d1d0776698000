"""Synthesize production so many times in one process, each under a name of its own.

python -m benchmarks.environments 10 [--without-packs]
"""

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import aws_cdk as cdk

from instandt_cdk import compliance, deployment, settings

ROOT = Path(__file__).parents[1]


def synthesize(count: int, *, checked: bool) -> None:
    """Synthesize as app.py does.

    Args:
        count: How many environments.
        checked: With the rule packs; the CDK's own validator always runs.
    """
    production = settings.load(ROOT / "environments", "prod")
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    for number in range(count):
        with TemporaryDirectory(prefix="instandt-benchmark-") as directory:
            app = cdk.App(context=flags, outdir=directory)
            if checked:
                compliance.register(app)
            environment = f"{production.environment}-{number}"
            deployment.build(app, production.model_copy(update={"environment": environment}))
            app.synth()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--without-packs", action="store_true")
    arguments = parser.parse_args()
    synthesize(arguments.count, checked=not arguments.without_packs)
