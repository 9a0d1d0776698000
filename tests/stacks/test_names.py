"""Environments can live side by side in one account and region."""

from typing import Any

from instandt_cdk.names import STACKS, Names
from tests.support import ROOT
from tests.support.synthesis import Synthesis, synthesize

# Properties that name other things than the resource, or name it within another one of the environment's.
OTHER_NAMES = {
    "DBName",
    "HostedZoneName",
    "MetricName",
    "PolicyName",
    "ServiceName",
}


def _names(properties: dict[str, Any]) -> set[str]:
    """What the resource is called in its account, if the template says so."""
    return {
        value
        for key, value in properties.items()
        if isinstance(value, str)
        and key not in OTHER_NAMES
        and key.endswith(("Name", "Family", "Identifier", "Prefix"))
    }


# A parameter group's family is its engine; what a custom resource is told is no name of its own.
WITHOUT_NAME = ("AWS::RDS::DBParameterGroup", "Custom::")


def _all(synthesis: Synthesis) -> set[tuple[str, str]]:
    return {
        (resource["Type"], name)
        for _, _, resource in synthesis.resources()
        if not resource["Type"].startswith(WITHOUT_NAME)
        for name in _names(resource.get("Properties", {}))
    }


def test_no_two_environments_give_things_the_same_name(prod: Synthesis) -> None:
    mine, others = _all(prod), _all(synthesize("dev"))
    assert len(mine) > 10
    assert mine & others == set()


def test_each_task_has_a_name_that_says_whose_it_is(prod: Synthesis) -> None:
    assert {
        task["Properties"]["Family"] for _, _, task in prod.resources("AWS::ECS::TaskDefinition")
    } == {f"instandt-prod-services-{name}" for name in ("frontend", "backend", "migration")}


def test_the_stacks_are_known_by_name() -> None:
    assert set(synthesize("local").templates) == set(STACKS)


def test_the_readme_names_the_token_s_parameter() -> None:
    assert Names("prod").token_parameter in (ROOT / "README.md").read_text()
