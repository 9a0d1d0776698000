"""Run all checks at the same time, and show their findings in order."""

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
    """Run the checks, and return each finding as soon as it is known.

    Without valid credentials only the public checks run.
    """
    resolver = dns.resolver.get_default_resolver()
    resolver.lifetime = DNS_SECONDS
    public = doctor.public_checks(resolver, settings)
    try:
        aws = Clients.make(settings.aws.region, stack_regions=settings.regions)
    except BotoCoreError as error:
        yield Finding(Mark.FAILED, str(error), "correct the AWS CLI's configuration", "credentials")
        yield from run_all(public)
        return
    credentials = doctor.credentials_check(aws, settings).findings()
    yield from credentials
    if all(finding.mark is Mark.GOOD for finding in credentials):
        yield from run_all([*doctor.account_checks(aws, resolver, settings), *public])
    else:
        yield from run_all(public)
        yield warning("was not checked", "use credentials of the account").about("account")


def run_all(checks: Iterable[Check]) -> Iterator[Finding]:
    """Run the checks at the same time, and return their findings in the order of the checks."""
    with ThreadPoolExecutor(CONCURRENT_CHECKS) as pool:
        for findings in pool.map(Check.findings, checks):
            yield from findings


def show(findings: Iterable[Finding]) -> int:
    """Print each finding with its remedy, then a summary; return the exit code."""
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
