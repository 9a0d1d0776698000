"""Brings the local environment up, or to another version."""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import cdk, site, stacks
from local.daemon import DaemonError
from local.environment import PROJECT, Environment
from local.parts import Parts, PortTakenError
from local.progress import Progress

LOG_TAIL_LINES = 15


class UpError(Exception):
    """The environment did not come up; the message says why and what to do."""


def up(env: Environment, *, token: str) -> None:
    """Start what does not run yet, deploy, wait for the site, and print where everything is.

    Args:
        env: The environment.
        token: The registry's access token.

    Raises:
        UpError: It failed. What was started goes on running, to be looked at or deployed to again.
    """
    started = time.monotonic()
    version = env.settings.app_version
    print(f"instaNDT {version} on an embedded AWS, everything on 127.0.0.1\n")
    _start_parts(env)
    _bootstrap(env)
    _deploy(env, version=version, token=token)
    try:
        seen = site.wait_for(env, version=version)
    except site.SiteError as error:
        raise UpError(
            f"{error}. The servers' logs are in {_relative(env.run_directory)}."
        ) from None
    _report(env, seen, seconds=time.monotonic() - started)


def _start_parts(env: Environment) -> None:
    env.run_directory.mkdir(parents=True, exist_ok=True)
    parts = Parts(env).all
    try:
        for part in parts:
            part.check_ports()
        for part in parts:
            was_running = part.daemon.running
            with _step(part.title, remark="already runs" if was_running else ""):
                part.start()
    except (PortTakenError, DaemonError) as error:
        raise UpError(str(error)) from None


def _bootstrap(env: Environment) -> None:
    if regions := stacks.unbootstrapped_regions(env):
        with _step("CDK bootstrap", remark=", ".join(regions)), _explained(env):
            cdk.bootstrap(env, regions=regions)


def _deploy(env: Environment, *, version: str, token: str) -> None:
    print(f"\nDeploying (every detail is in {_relative(env.deploy_log)})")
    with _explained(env):
        progress = Progress(prefix=env.stack_prefix)
        cdk.deploy(env, version=version, token=token, on_line=progress.feed)


@contextmanager
def _explained(env: Environment) -> Iterator[None]:
    """Raise an error of the CDK CLI with the reasons that CloudFormation gives."""
    # CloudFormation's times are less exact than the clock's.
    since = dt.datetime.now(dt.UTC).replace(microsecond=0)
    try:
        yield
    except cdk.CdkError as error:
        reasons = stacks.failures(env, since=since)
        if reasons:
            containers = _relative(env.directory / "containers")
            reasons.append(f"What the containers printed is in {containers}.")
        else:
            lines = env.deploy_log.read_text().splitlines()
            reasons.append("\n".join(lines[-LOG_TAIL_LINES:]))
        raise UpError("\n\n".join([f"{error}.", *reasons])) from None


@contextmanager
def _step(title: str, *, remark: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    print(f"  ✓ {title:<14} {time.monotonic() - started:5.1f} s   {remark}".rstrip(), flush=True)


def _report(env: Environment, seen: site.Site, *, seconds: float) -> None:
    outputs = stacks.outputs(env)
    migration = site.last_migration(stacks.migration_state_machine(outputs))
    root = _relative(env.root)
    credentials = f"AWS_ACCESS_KEY_ID={env.settings.aws.account} AWS_SECRET_ACCESS_KEY=local"
    print(f"""
instaNDT {seen.versions["frontend"]} is up after {seconds:.0f} s.

  Site         {seen.address}
  Certificate  for {", ".join(seen.names)}
               issued by {seen.issuer}, valid until {seen.certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC
  Migration    {migration}, schema {seen.versions["schema"]} since {seen.migrated_at}
  Images       s3://{outputs["MediaBucketName"]}

  Look around  curl --cacert {root} {seen.address}
               curl --cacert {root} --data-binary @FILE '{seen.address}api/media?name=FILE'
               {credentials} AWS_REGION={env.settings.aws.region} \\
                 aws --endpoint-url {env.endpoint_url} ecs list-services --cluster {outputs["ClusterName"]}
               {_relative(env.run_directory)}/*.log and python -m local status
  Browser      trust {root} as an authority for web sites
  Upgrade      make local VERSION=2.0.0     (a version that ends in -broken has a failing migration)
  Stop         make local-down
""")


def _relative(path: Path) -> str:
    return str(path.relative_to(PROJECT))
