"""Ask all checks at the same time, and show what they find in their order."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import dns.resolver
from botocore.exceptions import BotoCoreError

from instandt_cdk import doctor
from instandt_cdk.doctor.clients import Clients
from instandt_cdk.doctor.finding import Check, Finding, Mark, warning
from instandt_cdk.settings import Settings

SUBJECT_WIDTH = len("virtual CPUs")
CONCURRENT_CHECKS = 10
DNS_SECONDS = 8


def examine(settings: Settings) -> Iterator[Finding]:
    """Everything there is to say, as soon as it is known."""
    resolver = dns.resolver.get_default_resolver()
    resolver.lifetime = DNS_SECONDS
    world = doctor.of_the_world(resolver, settings)
    try:
        aws = Clients.make(settings.aws.region, deployed=settings.regions)
    except BotoCoreError as error:
        yield Finding(Mark.FAILED, str(error), "mend the AWS CLI's configuration", "credentials")
        yield from asked(world)
        return
    whose = doctor.of_the_operator(aws, settings).findings()
    yield from whose
    if all(finding.mark is Mark.GOOD for finding in whose):
        yield from asked([*doctor.of_the_account(aws, resolver, settings), *world])
    else:
        yield from asked(world)
        yield warning("was not looked at", "come with credentials of it").about("account")


def asked(checks: Iterable[Check]) -> Iterator[Finding]:
    """The findings of checks that run side by side, in the checks' order."""
    with ThreadPoolExecutor(CONCURRENT_CHECKS) as pool:
        for findings in pool.map(Check.findings, checks):
            yield from findings


def show(findings: Iterable[Finding]) -> int:
    """Print a line each, the remedy below, a summary at the end; return the exit code."""
    marks = []
    for finding in findings:
        marks.append(finding.mark)
        print(f"  {finding.mark} {finding.subject:<{SUBJECT_WIDTH}} {finding.text}", flush=True)  # noqa: T201
        if finding.remedy:
            print(f"    {'':<{SUBJECT_WIDTH}} → {finding.remedy}", flush=True)  # noqa: T201
    failures, warnings = marks.count(Mark.FAILED), marks.count(Mark.WARNING)
    if failures:
        print(f"{_count(failures, 'failure')}, {_count(warnings, 'warning')}: not ready to deploy")  # noqa: T201
        return 1
    print(f"ready to deploy, {_count(warnings, 'warning')}")  # noqa: T201
    return 0


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
