"""Deploy an environment: `python -m instandt_cdk.deploy prod`."""

import argparse
import os
import sys
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from instandt_cdk.changes import deployed
from instandt_cdk.changes.comparison import places
from instandt_cdk.deploy import cli, consent
from instandt_cdk.deploy.failed_creations import lift_protection
from instandt_cdk.deploy.operations_under_way import await_end
from instandt_cdk.deploy.run import run
from instandt_cdk.doctor import credentials_check, left_secrets_check
from instandt_cdk.doctor.clients import Clients, cloudformation_in_any_region
from instandt_cdk.doctor.finding import Mark
from instandt_cdk.progress import say
from instandt_cdk.settings import Settings, SettingsError, load

ENVIRONMENTS = cli.PROJECT / "environments"
INTERRUPTED = 130
UNTOUCHED = "Nothing was changed."


def main(arguments: list[str], *, directory: Path = ENVIRONMENTS) -> int:
    """Deploy; return the exit code of the CDK CLI.

    The registry's access token is in the environment variable GITLAB_TOKEN, at least the first time.
    """
    parser = argparse.ArgumentParser(
        prog="python -m instandt_cdk.deploy",
        description=__doc__,
        epilog="All further options are for `cdk deploy`, such as --no-rollback.",
    )
    parser.add_argument("environment", help="the name of a file in environments/, without .toml")
    given, options = parser.parse_known_args(arguments)
    try:
        settings = load(directory, given.environment)
    except SettingsError as error:
        sys.exit(str(error))
    try:
        aws = Clients.make(settings.aws.region, stack_regions=settings.regions)
        prepare(settings, aws)
        before = deployed.stacks(cloudformation_in_any_region(), places(settings))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"AWS could not be asked before the deployment: {error}")
    try:
        return run(settings, aws.cloudformation, before, options)
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted. What CloudFormation has begun goes on without you.\n")
        return INTERRUPTED
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"AWS could not be asked what has become of the deployment: {error}")


def prepare(settings: Settings, aws: Clients) -> None:
    """Wait until nothing goes on, look at what is deployed, and clear what would keep the CLI from deploying.

    Raises:
        SystemExit: There are no credentials of the environment's account, a secret is in the way, or the
            settings would hurt what runs.
        BotoCoreError: AWS could not be reached.
        ClientError: AWS refused a request.
    """
    for finding in credentials_check(aws, settings).findings():
        if finding.mark is not Mark.GOOD:
            sys.exit(f"{finding.subject}: {finding.text}; {finding.remedy}\n{UNTOUCHED}")
    for line in await_end(aws.cloudformation, settings.names):
        say(line)
    for finding in left_secrets_check(aws, settings).findings():
        if finding.mark is Mark.FAILED:
            sys.exit(f"{finding.subject}: {finding.text}; {finding.remedy}\n{UNTOUCHED}")
    _obtain_consent(settings)
    for line in lift_protection(aws.cloudformation, settings.names):
        say(line)


def _obtain_consent(settings: Settings) -> None:
    try:
        for line in consent.obtain(
            settings,
            cloudformation_in_any_region(),
            confirmed=[name.strip() for name in os.environ.get("CONFIRM", "").split(",")],
            ask=input if sys.stdin.isatty() else None,
        ):
            say(line)
    except consent.RefusedError as refused:
        sys.exit(f"{refused}\n{UNTOUCHED}")
    except OSError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
