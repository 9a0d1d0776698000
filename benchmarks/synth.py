"""Measure what a synth costs: `make bench`.

CPU seconds of a process and all its children, for the clock on the wall tells of the machine's other work
too. Medians, since the first run of each kind fills caches.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

RUNS = 5
ENVIRONMENTS = (1, 10, 50)


def cpu_seconds(command: Sequence[str]) -> float:
    """The CPU time of a command that succeeds, user's and system's, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _environments(count: int, *options: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.environments", str(count), *options]


def _resources(directory: Path) -> int:
    templates = directory.glob("*.template.json")
    return sum(len(json.loads(template.read_text())["Resources"]) for template in templates)


def main() -> None:
    """Print the figures."""
    with TemporaryDirectory(prefix="instandt-benchmark-") as directory:
        command = ["npx", "cdk", "synth", "--quiet", "-c", "env=prod", "--output", directory]
        whole = median(cpu_seconds(command) for _ in range(RUNS))
        resources = _resources(Path(directory))
    print(f"npx cdk synth -c env=prod, with all rule packs and the validator, median of {RUNS}")
    print(
        f"  {whole:6.2f} CPU s for {resources} resources: {100 * whole / resources:.2f} s per 100"
    )

    one = median(cpu_seconds(_environments(1)) for _ in range(RUNS))
    unchecked = median(cpu_seconds(_environments(1, "--without-packs")) for _ in range(RUNS))
    print("\nthe application alone, without the CLI")
    print(f"  {unchecked:6.2f} CPU s with the CDK's validator")
    print(f"  {one:6.2f} CPU s with the rule packs, too: {one / unchecked:.2f} times as much")

    print("\nenvironments in one process")
    for count in ENVIRONMENTS:
        total = one if count == 1 else cpu_seconds(_environments(count))
        print(
            f"  {count:3d}: {total:6.1f} CPU s, {total / one:4.1f} times one, "
            f"{total / count:.2f} s an environment"
        )


if __name__ == "__main__":
    main()
