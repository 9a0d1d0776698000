"""Bring the former version of instaNDT back: its tasks. The schema of the database stays as it is."""

import argparse
import json
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from instandt_cdk.changes import deployed as as_deployed
from instandt_cdk.changes.stacks import Place, Stacks, Template
from instandt_cdk.changes.synthesis import synthesize
from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.deploy import cli
from instandt_cdk.progress import say

HELP = "bring the former version back; the database's schema stays"
STACK = "Services"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It takes none but the environment."""


def run(environment: Deployed, _given: argparse.Namespace) -> int:
    """Deploy the stack of the services with the former version, and nothing else; return the exit code."""
    settings = environment.settings
    if settings.registry.image_digests:
        raise CommandError(
            f"The settings of {settings.environment} name images by their digests, and no former ones are "
            "known: write app_version and the digests of the former version into the settings, and `make "
            f"deploy ENV={settings.environment}`."
        )
    _require_rest(environment)
    history = _history(environment)
    current = history[-1]
    former = version_before(current, history)
    if settings.app_version != current == version_before(settings.app_version, history):
        say(f"{current} runs already, the version before {settings.app_version}.")
        return _end(environment, current)
    if former is None:
        raise CommandError(
            f"{settings.environment} has run no version before {current}: write the version that you want "
            f"into the settings, and `make deploy ENV={settings.environment}`."
        )
    say(
        f"{settings.environment} runs {current}. Its tasks are replaced by those of {former}; no migration "
        "runs, and the schema stays."
    )
    return _deploy(environment, current=current, former=former)


def version_before(version: str, history: Sequence[str]) -> str | None:
    """Return the version that ran before a version was deployed for the first time, or None.

    A version that was deployed and taken back is in the history, too, before the one that came back.

    Args:
        version: The version.
        history: All values of the version's parameter, the first one first.
    """
    if version not in history:
        return None
    earlier = history[: history.index(version)]
    return earlier[-1] if earlier else None


def _require_rest(environment: Deployed) -> None:
    """Refuse while CloudFormation works on the stack: it may be about to go back by itself."""
    name = environment.settings.names.stack(STACK)
    (stack,) = environment.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    if stack["StackStatus"].endswith("_IN_PROGRESS"):
        raise CommandError(
            f"{name} is {stack['StackStatus']}. If the deployment fails, CloudFormation brings the former "
            "version back itself. To end it now: `aws cloudformation cancel-update-stack --region "
            f"{environment.settings.aws.region} --stack-name {name}`."
        )


def _history(environment: Deployed) -> list[str]:
    """The versions of which the parameter told, the first one first; the last 100 of them are kept."""
    pages = environment.client("ssm").get_paginator("get_parameter_history")
    values = [
        (one["Version"], one["Value"])
        for page in pages.paginate(Name=environment.settings.names.version_parameter)
        for one in page["Parameters"]
    ]
    return [value for _, value in sorted(values)]


def _deploy(environment: Deployed, *, current: str, former: str) -> int:
    """Synthesize the former version, look that the stack differs in nothing else, and deploy exactly that."""
    settings = environment.settings
    with TemporaryDirectory() as directory:
        assembly = Path(directory)
        try:
            synthesize(settings.environment, assembly, app_version=former)
        except OSError as error:
            raise CommandError(str(error)) from None
        _require_only_versions(environment, Stacks.synthesized(assembly), {current, former})
        ended = subprocess.run(
            cli.deploy_one_command(STACK, assembly=assembly),
            cwd=cli.PROJECT,
            env=cli.environment(settings, token=None),
            check=False,
        )
    if ended.returncode:
        raise CommandError(
            f"{former} could not be brought back, for the reason above; {current} is what runs."
        )
    say(f"\n{former} runs.")
    return _end(environment, former)


def _require_only_versions(environment: Deployed, after: Stacks, versions: set[str]) -> None:
    settings = environment.settings
    place = Place(settings.aws.region, settings.names.stack(STACK))
    before = as_deployed.stacks(
        lambda region: environment.client("cloudformation", region=region), [place]
    )
    other = differences(before.templates[place], after.templates[place], versions)
    if other:
        raise CommandError(
            f"The settings, or this project, have changed since the last deployment: in {place.name}, "
            f"{', '.join(other)} would change as well. Undo that and give the command again, or write "
            f"the former version into the settings and `make deploy ENV={settings.environment}`, which "
            "deploys both."
        )


def differences(before: Template, after: Template, versions: Iterable[str]) -> list[str]:
    """Return the logical ids of resources that differ in more than the version."""

    def comparable(template: Template, logical_id: str) -> str:
        text = json.dumps(template["Resources"].get(logical_id), sort_keys=True)
        # One version may begin like the other.
        for version in sorted(versions, key=len, reverse=True):
            text = text.replace(version, "VERSION")
        return text

    return sorted(
        logical_id
        for logical_id in before["Resources"].keys() | after["Resources"].keys()
        if comparable(before, logical_id) != comparable(after, logical_id)
    )


def _end(environment: Deployed, version: str) -> int:
    """Tell what is left to do."""
    settings = environment.settings
    if settings.app_version != version:
        say(
            f"The settings of {settings.environment} still name {settings.app_version}: write app_version = "
            f'"{version}" there, or the next deployment brings {settings.app_version} back.'
        )
    return 0
