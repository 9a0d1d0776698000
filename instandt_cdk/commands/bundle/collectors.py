"""What the bundle collects, a file for each collector."""

import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from instandt_cdk.commands.bundle import containers, stacks
from instandt_cdk.commands.bundle.evidence import Evidence, Sign, Source, written
from instandt_cdk.commands.deployed import Deployed
from instandt_cdk.commands.smoke import account, api, public
from instandt_cdk.commands.smoke.site import Site
from instandt_cdk.commands.smoke.verdict import Broken, LeftOut
from instandt_cdk.doctor import report
from instandt_cdk.doctor.finding import Mark

ROOT = Path(__file__).parents[3]
Collector = Callable[[], Evidence]
EMBEDDED = "local"
"""The environment on the embedded AWS. The doctor would look for its domain in the public DNS, and miss much
of what an account has."""


def collectors(environment: Deployed, *, file: Path) -> Mapping[str, Collector]:
    """Return all collectors by the names of their files.

    Args:
        environment: What is deployed.
        file: Its settings.
    """
    return {
        "stacks.json": partial(stacks.stacks, environment),
        "migration.json": partial(stacks.migration, environment),
        "services.json": partial(containers.services, environment),
        "stopped-tasks.json": partial(containers.stopped_tasks, environment),
        "logs.txt": partial(containers.logs, environment),
        "alarms.json": partial(alarms, environment),
        "certificate.json": partial(certificate, environment),
        "database.json": partial(database, environment),
        "versions.txt": partial(versions, environment),
        "site.txt": partial(site, environment),
        "doctor.txt": partial(doctor, environment),
        "settings.toml": lambda: Evidence(file.read_text(encoding="utf-8")),
    }


def alarms(environment: Deployed) -> Evidence:
    """All alarms of the environment; those that are on are signs."""
    found = list(account.all_alarms(environment))
    on = [one for one in found if one["StateValue"] == "ALARM"]
    said = (f"{one['AlarmName']}: {one.get('AlarmDescription', '')}" for one in on)
    return written(found, (Sign(Source.ALARM, text) for text in said))


def certificate(environment: Deployed) -> Evidence:
    """The load balancer's certificate, without its key."""
    found = account.balancer_certificate(environment)
    try:
        public.remaining(found["NotBefore"], found["NotAfter"])
    except Broken as error:
        return written(found, [Sign(Source.CERTIFICATE, f"the load balancer's is {error}")])
    return written(found)


def database(environment: Deployed) -> Evidence:
    """The database and what happened to it within a day."""
    rds, name = environment.client("rds"), environment.resource("Storage", "AWS::RDS::DBInstance")
    instance = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    status = instance["DBInstanceStatus"]
    signs = [Sign(Source.DATABASE, f"{name} is {status}")] if account.is_down(status) else []
    try:
        events = rds.describe_events(
            SourceIdentifier=name, SourceType="db-instance", Duration=24 * 60
        )["Events"]
    except rds.exceptions.ClientError as error:
        events = [str(error)]
    return written({"instance": instance, "events": events}, signs)


def versions(environment: Deployed) -> Evidence:
    """What should run, what runs, and with what this was looked at."""
    settings = environment.settings
    lines = [f"settings: app_version = {settings.app_version}"]
    signs = []
    try:
        parameter, running = account.versions(environment)
        lines += [f"parameter: {parameter}", *(f"{name}: {tag}" for name, tag in running)]
        if different := [(name, tag) for name, tag in running if tag != parameter]:
            run = ", ".join(f"the {name} runs {tag}" for name, tag in different)
            signs.append(Sign(Source.VERSION, f"the parameter says {parameter}, but {run}"))
    except Broken as error:
        lines.append(f"running: {error}")
        signs.append(Sign(Source.SERVICE, str(error)))
    lines += [f"Python {sys.version}", platform.platform(), *_project()]
    return Evidence("\n".join(lines) + "\n", tuple(signs))


def _project() -> Iterator[str]:
    """The commit of this project and the version of the CDK CLI, as far as files tell."""
    head = ROOT / ".git" / "HEAD"
    if head.is_file():
        reference = head.read_text(encoding="utf-8").strip().removeprefix("ref: ")
        commit = ROOT / ".git" / reference
        yield f"commit: {commit.read_text().strip() if commit.is_file() else reference}"
    yield (ROOT / "package.json").read_text(encoding="utf-8")


def site(environment: Deployed) -> Evidence:
    """What the site answers from here; nothing is uploaded."""
    settings = environment.settings
    there = Site.of_environment(settings.site.domain)
    lines, signs = [], []
    for name, look in {
        "names": partial(public.names, there, settings),
        "TLS": partial(public.tls, there),
        "expiry": partial(public.expiry, there),
        "firewall": partial(public.firewall, there),
        "page": partial(public.page, there),
        "API": partial(api.answers, there, settings),
    }.items():
        try:
            lines.append(f"✓ {name}: {look()}")
        except LeftOut as reason:
            lines.append(f"- {name}: {reason}")
        except (Broken, OSError) as error:
            lines.append(f"✗ {name}: {error}")
            signs.append(Sign(Source.SITE, f"{error}"))
    return Evidence("\n".join(lines) + "\n", tuple(signs))


def doctor(environment: Deployed) -> Evidence:
    """All findings of `make doctor`."""
    if environment.settings.environment == EMBEDDED:
        return Evidence("The doctor is not asked about the embedded AWS.\n")
    found = list(report.examine(environment.settings))
    lines = [
        f"{one.mark} {one.subject}: {one.text}{f' → {one.remedy}' if one.remedy else ''}"
        for one in found
    ]
    signs = (
        Sign(
            Source.CREDENTIALS if one.subject == "credentials" else Source.DOCTOR,
            f"{one.text}; {one.remedy}",
        )
        for one in found
        if one.mark is Mark.FAILED
    )
    return Evidence("\n".join(lines) + "\n", tuple(signs))
