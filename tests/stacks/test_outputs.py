"""A deployment ends with what an operator needs: where the site is, how to look into it, what runs."""

import json
import re
from pathlib import Path

import pytest

from instandt_cdk.outputs import BETWEEN_STACKS, listed
from tests.support.choices import synthesized
from tests.support.synthesis import Synthesis

COMMANDS = {
    "RunMigration": r"stepfunctions start-execution --state-machine-arn \{MigrationStateMachine\w+}",
}
FACTS = {"SiteUrl", "AppVersion", "ClusterName", "DatabaseEndpoint"}


def _outputs(synthesis: Synthesis) -> dict[str, str]:
    """For people, with references as {LogicalId}."""
    return {
        name: "".join(map(_text, parts))
        for template in synthesis.templates.values()
        for name, output in template.get("Outputs", {}).items()
        if not name.startswith(BETWEEN_STACKS)
        for value in [output["Value"]]
        for parts in [value["Fn::Join"][1] if "Fn::Join" in value else [value]]
    }


def _text(part: str | dict[str, str | list[str]]) -> str:
    if isinstance(part, str):
        return part
    (reference,) = part.values()
    return f"{{{reference if isinstance(reference, str) else reference[0]}}}"


@pytest.mark.parametrize(
    ("choice", "images"), [(None, "MediaBucketName"), ("files", "MediaFileSystemId")]
)
def test_outputs_are_what_an_operator_needs_and_nothing_else(
    prod: Synthesis, choice: str | None, images: str
) -> None:
    outputs = _outputs(synthesized(choice) if choice else prod)
    assert set(outputs) == {*COMMANDS, *FACTS, images}
    for name, command in COMMANDS.items():
        assert re.fullmatch(rf"aws --region eu-central-1 {command}", outputs[name]), outputs[name]
    assert outputs["SiteUrl"] == "https://instandt.example.com"
    assert outputs["AppVersion"] == "1.0.0"


def test_they_are_told_apart_from_those_between_the_stacks(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    edge = {"SiteUrl": "https://instandt.example.com", "PublishOutputRefVpc8378EB38": "vpc-1"}
    file.write_text(json.dumps({"instandt-prod-edge": edge, "instandt-prod-network": {}}))
    assert listed(file).split() == ["SiteUrl", "https://instandt.example.com"]
