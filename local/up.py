"""Brings the local environment up, or to another version."""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import cdk, site, stacks
from local.environment import PROJECT, Environment
from local.parts import parts
from local.progress import Progress


def up(env: Environment, *, token: str) -> None:
    """Start what does not run yet, deploy, wait for the site, and print where everything is.

    Whatever fails, the servers go on running, to be looked at or deployed to again.

    Args:
        env: The environment.
        token: The registry's access token.

    Raises:
        DaemonError: A server did not start.
        CdkError: A deployment failed.
        SiteError: The site does not show what was deployed.
    """
    started = time.monotonic()
    version = env.settings.app_version
    print(f"instaNDT {version} on an embedded AWS, everything on 127.0.0.1\n")
    _start_parts(env)
    _deploy(env, token=token)
    seen = site.wait_for(env, version=version)
    _report(env, seen, seconds=time.monotonic() - started)


def _start_parts(env: Environment) -> None:
    env.run_directory.mkdir(parents=True, exist_ok=True)
    all_parts = parts(env)
    for part in all_parts:
        part.check_ports()
    for part in all_parts:
        with _step(part.title, remark="already runs" if part.daemon.running else ""):
            part.start()


def _deploy(env: Environment, *, token: str) -> None:
    with _explained(env):
        if regions := stacks.unbootstrapped_regions(env):
            with _step("CDK bootstrap", remark=", ".join(regions)):
                cdk.bootstrap(env, regions=regions)
        print(f"\nDeploying (every detail is in {_relative(env.deploy_log)})")
        cdk.deploy(env, token=token, on_line=Progress(prefix=env.settings.names.prefix).feed)


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
            containers = _relative(env.run_directory / "containers")
            reasons.append(f"What the containers printed is in {containers}.")
        message = "\n\n".join([f"{error}.", *(reasons or [error.last_lines])])
        raise cdk.CdkError(message) from None


@contextmanager
def _step(title: str, *, remark: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    print(f"  ✓ {title:<14} {time.monotonic() - started:5.1f} s   {remark}".rstrip(), flush=True)


def _report(env: Environment, seen: site.Site, *, seconds: float) -> None:
    outputs = stacks.outputs(env)
    migration = stacks.last_migration(outputs)
    root, logs = _relative(env.root), _relative(env.run_directory)
    credentials = f"AWS_ACCESS_KEY_ID={env.settings.aws.account} AWS_SECRET_ACCESS_KEY=local"
    print(f"""
instaNDT {seen.versions["frontend"]} is up after {seconds:.0f} s.

  Site         {env.site_url}
  Certificate  for {", ".join(seen.names)}
               issued by {seen.issuer}, valid until {seen.certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC
  Migration    {migration}, schema {seen.versions["schema"]} since {seen.migrated_at}
  Media        s3://{outputs["MediaBucketName"]}

  Look around  curl --cacert {root} {env.site_url}
               curl --cacert {root} --data-binary @FILE '{env.site_url}api/media?name=FILE'
               {credentials} AWS_REGION={env.settings.aws.region} \\
                 aws --endpoint-url {env.endpoint_url} ecs list-services --cluster {outputs["ClusterName"]}
               make local-status
  Logs         {logs}/*.log and {logs}/containers/*.log
  Browser      trust {root} as an authority for web sites
  Upgrade      make local VERSION=2.0.0     (a version that ends in -broken has a failing migration)
  Stop         make local-down
""")


def _relative(path: Path) -> str:
    return str(path.relative_to(PROJECT))
