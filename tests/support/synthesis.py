"""The application synthesized for the tests: once an environment, without the Lambda functions' wheels."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aws_cdk as cdk

from instandt_cdk import compliance, deployment, settings
from tests.support import ROOT

STACKS = ("Network", "Egress", "Cluster", "Secrets", "Storage", "Ingress", "Services", "Edge")
"""What production has; settings may add to them, or leave the ways out to an existing VPC."""

STATEFUL_TYPES = (
    "AWS::Backup::BackupVault",
    "AWS::RDS::DBInstance",
    "AWS::S3::Bucket",
    "AWS::EFS::FileSystem",
    "AWS::KMS::Key",
    "AWS::SecretsManager::Secret",
)
"""What holds data, or opens it."""

SYNTHESES = "INSTANDT_SYNTHESES"
"""The environment variable with the folder in which the workers of a test run keep what they synthesize."""

Template = dict[str, Any]
Resource = dict[str, Any]


@dataclass(frozen=True)
class Synthesis:
    """What a synth leaves behind."""

    directory: Path
    templates: Mapping[str, Template]

    def resources(self, *types: str) -> Iterator[tuple[str, str, Resource]]:
        """All resources of the types, or all: stack, logical id, resource."""
        for stack, template in self.templates.items():
            for logical_id, resource in template["Resources"].items():
                if not types or resource["Type"] in types:
                    yield stack, logical_id, resource

    def acceptances(self) -> dict[tuple[str, str], str]:
        """Everything accepted in the code: construct and rule, with the reason."""
        return {
            (path.removeprefix("/"), without_pack(rule)): reason
            for stack in self.templates
            for path, entries in self.read(f"{stack}.metadata.json").items()
            for entry in entries
            if entry["type"] == "aws:cdk:acknowledged-rules"
            for rule, reason in entry["data"].items()
            # The CDK accepts findings of its own validator on its own constructs.
            if not rule.startswith("CloudFormation-Validate::")
        }

    def read(self, file: str) -> Any:  # noqa: ANN401 - JSON
        """Read one of the other files."""
        return json.loads((self.directory / file).read_text())


def without_pack(rule: str) -> str:
    """A rule's id without the pack that it is in: "S1" of "AwsSolutions::AwsSolutions-S1"."""
    return rule.partition("::")[2].partition("-")[2]


def as_list(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """One or several, as a list: policies write either."""
    return value if isinstance(value, list) else [value]


@cache
def synthesize(environment: str, *, app_version: str | None = None) -> Synthesis:
    """Synthesize an environment as app.py does."""
    return synthesize_settings(
        settings.load(ROOT / "environments", environment, app_version=app_version)
    )


def synthesize_settings(values: settings.Settings) -> Synthesis:
    """Synthesize settings as app.py does, with cdk.json's flags; a finding that is not accepted raises.

    Once a test run: what one worker has synthesized, the others find.
    """
    name = sha256(values.model_dump_json().encode()).hexdigest()
    directory = Path(os.environ[SYNTHESES]) / name
    if not directory.exists():
        with TemporaryDirectory(dir=directory.parent) as unfinished:
            output = Path(unfinished) / name
            _synthesize(values, output, with_rule_packs=True)
            # Another worker may have been faster.
            with suppress(OSError):
                output.rename(directory)
    return Synthesis(directory, _templates(directory))


def bare_templates(values: settings.Settings) -> Mapping[str, Template]:
    """Synthesize without the rule packs, which takes most of a synth's time, and keep nothing else."""
    with TemporaryDirectory() as directory:
        _synthesize(values, Path(directory), with_rule_packs=False)
        return _templates(Path(directory))


def assemble(values: settings.Settings, output: Path) -> None:
    """Synthesize what can be deployed, with the functions' wheels and without the rule packs."""
    _synthesize(values, output, with_rule_packs=False, with_wheels=True)


def _templates(directory: Path) -> dict[str, Template]:
    manifest = json.loads((directory / "manifest.json").read_text())
    return {
        stack: json.loads((directory / artifact["properties"]["templateFile"]).read_text())
        for stack, artifact in manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    }


def _synthesize(
    values: settings.Settings, output: Path, *, with_rule_packs: bool, with_wheels: bool = False
) -> None:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    if not with_wheels:
        context["aws:cdk:bundling-stacks"] = []
    app = cdk.App(context=context, outdir=str(output))
    if with_rule_packs:
        compliance.register(app)
    deployment.build(app, values)
    app.synth()
