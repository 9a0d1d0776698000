"""Collect what a vendor's support would ask for in one file, which begins with the most probable cause.

Every secret is taken out. What cannot be collected is noted; the rest is collected all the same.
"""

import argparse
import datetime as dt
import io
import os
import sys
import tarfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from instandt_cdk.commands.bundle import redaction
from instandt_cdk.commands.bundle.causes import Cause, causes
from instandt_cdk.commands.bundle.collectors import ROOT, Collector, collectors
from instandt_cdk.commands.bundle.evidence import Evidence
from instandt_cdk.commands.bundle.redaction import Redaction
from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.doctor.credentials import OF_ANOTHER_ACCOUNT, belong_to_account

HELP = "collect what support would ask for, without secrets, and name the most probable cause"
DIRECTORY = ROOT / ".cache" / "bundles"
SUMMARY = "summary.md"
LONGEST_SECONDS = 50.0
"""Of all collecting; what has not ended by then is left out."""
LARGEST_BYTES = 2 * 1024**2
"""Of one file; its end is cut off."""
LONGEST = 2000
"""The most characters that the summary quotes."""
MOST_CAUSES = 6
NO_CAUSE = (
    "Nothing was found that is wrong: say in your words what you see, and send this file along."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the file goes."""
    parser.add_argument(
        "--directory", type=Path, default=DIRECTORY, help="where the file is written"
    )


def run(environment: Deployed, given: argparse.Namespace) -> int:
    """Write the bundle, and print the most probable cause and the file."""
    file = given.settings_file
    _refuse_another_account(environment)
    taken_out = redaction.of_environment(environment)
    collected, gaps = collect(collectors(environment, file=file), seconds=LONGEST_SECONDS)
    # The summary cuts long words off, and half a secret would not be found: so they are cleaned before.
    evidence = {name: one.in_other_words(taken_out.clean) for name, one in collected.items()}
    found = list(causes(sign for one in evidence.values() for sign in one.signs))
    files = {SUMMARY: summary(environment, found, evidence, gaps, taken_out)}
    files |= {name: one.text for name, one in evidence.items()}
    bundle = write(environment, files, taken_out, directory=given.directory)
    sys.stdout.write(taken_out.clean(f"{found[0].sentence if found else NO_CAUSE}\n"))
    sys.stdout.write(f"\n{bundle}\nhas the evidence, {len(files)} files. {taken_out.told}\n")
    return 0


def _refuse_another_account(environment: Deployed) -> None:
    """Nothing of another account may be collected; without credentials the rest is.

    Raises:
        CommandError: The credentials belong to another account.
    """
    for finding in belong_to_account(environment.client("sts"), environment.settings.aws):
        if finding.text.startswith(OF_ANOTHER_ACCOUNT):
            raise CommandError(f"credentials: {finding.text}; {finding.remedy}")


def collect(
    wanted: Mapping[str, Collector], *, seconds: float
) -> tuple[dict[str, Evidence], dict[str, str]]:
    """Run all collectors at the same time.

    Returns:
        What was found, by the files' names, and why some are missing.
    """
    found: dict[str, Evidence] = {}
    gaps = dict.fromkeys(wanted, f"not finished within {seconds:.0f} s")

    def collect_one(name: str, collector: Collector) -> None:
        try:
            found[name] = collector()
        except Exception as error:  # whatever happens to one, the others are collected
            gaps[name] = f"{type(error).__name__}: {error}"

    # Threads that the end of the process need not wait for.
    threads = [
        threading.Thread(target=collect_one, args=one, daemon=True) for one in wanted.items()
    ]
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    ended = {name: found[name] for name in wanted if name in found}
    return ended, {name: gap for name, gap in gaps.items() if name not in ended}


def summary(
    environment: Deployed,
    found: list[Cause],
    evidence: Mapping[str, Evidence],
    gaps: Mapping[str, str],
    taken_out: Redaction,
) -> str:
    """Return the first file, which begins with the most probable cause."""
    lines = [NO_CAUSE]
    if found:
        first = found[0]
        where = next(name for name, one in evidence.items() if first.sign in one.signs)
        lines = [first.sentence, "", f"This is {first.how_sure}. From {where}:", ""]
        lines += [f"    {line}" for line in first.sign.words[:LONGEST].splitlines()]
    if found[1:]:
        lines += ["", "Besides:", "", *(f"- {cause.sentence}" for cause in found[1:MOST_CAUSES])]
    settings, now = environment.settings, dt.datetime.now(dt.UTC)
    lines += [
        "",
        f"Environment {settings.environment} in {settings.aws.region} of account {settings.aws.account}, "
        f"instaNDT {settings.app_version}, {now:%Y-%m-%d %H:%M} UTC.",
        "",
        *(f"- {name}: {len(one.text)} characters" for name, one in evidence.items()),
        *(f"- {name} is missing: {gap}" for name, gap in gaps.items()),
        "",
        taken_out.told,
        "",
    ]
    return "\n".join(lines)


def write(
    environment: Deployed, files: Mapping[str, str], taken_out: Redaction, *, directory: Path
) -> Path:
    """Write the files, without secrets, into an archive that only this user can read."""
    directory.mkdir(parents=True, exist_ok=True)
    now = dt.datetime.now(dt.UTC)
    name = f"{environment.settings.names.prefix}-{now:%Y%m%dT%H%M%SZ}"
    target = directory / f"{name}.tar.gz"
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with (
        os.fdopen(descriptor, "wb") as stream,
        tarfile.open(fileobj=stream, mode="w:gz") as archive,
    ):
        for file, text in files.items():
            content = taken_out.clean(text).encode()[:LARGEST_BYTES]
            member = tarfile.TarInfo(f"{name}/{file}")
            member.size, member.mtime = len(content), int(now.timestamp())
            archive.addfile(member, io.BytesIO(content))
    return target
