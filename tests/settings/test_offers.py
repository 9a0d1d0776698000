"""What is known of AWS's offers without an account agrees with what cfn-lint and the SDK know."""

import json
import re
from importlib.resources import files
from typing import Any, get_args

import pytest
from botocore.loaders import Loader

from instandt_cdk.settings import DatabaseSettings, TaskSettings
from instandt_cdk.settings.cluster import instances_needed
from instandt_cdk.settings.limits.countries import COUNTRIES
from instandt_cdk.settings.limits.instance_types import INSTANCE_TYPES
from instandt_cdk.settings.limits.postgresql import INSTANCE_SIZES, NOT_OFFERED
from instandt_cdk.settings.limits.regions import CLOUDFRONT_PREFIX_LISTS

VERSIONS: tuple[str, ...] = get_args(DatabaseSettings.model_fields["engine_version"].annotation)

CFN_LINT = files("cfnlint.data.schemas.extensions")


def _json(directory: str, file: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((CFN_LINT / directory / file).read_text())


def _is_postgresql(rule: dict[str, Any]) -> bool:
    return bool(rule["if"]["properties"].get("Engine", {}).get("const") == "postgres")


def _offered(rule: dict[str, Any]) -> set[str]:
    return set(rule["then"]["properties"]["DBInstanceClass"]["enum"])


def _classes() -> set[str]:
    return {f"db.{family}.{size}" for family, sizes in INSTANCE_SIZES.items() for size in sizes}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_class_is_offered_for_the_version(version: str) -> None:
    rules = _json("aws_rds_dbinstance", "db_instance_class.json")["allOf"]
    offered = {
        minor: _offered(rule)
        for rule in rules
        if _is_postgresql(rule)
        for minor in range(50)
        if re.search(rule["if"]["properties"]["EngineVersion"]["pattern"], f"{version}.{minor}")
    }
    # RDS begins with a recent one.
    assert _classes() <= offered[max(offered)]


@pytest.mark.parametrize("region", CLOUDFRONT_PREFIX_LISTS)
def test_every_class_is_offered_in_the_region(region: str) -> None:
    rules = _json("aws_rds_dbinstance", "dbinstanceclass_enum.json")[region]["allOf"]
    offered = set().union(*(_offered(rule) for rule in rules if _is_postgresql(rule)))
    lacking = {name.split(".")[1] for name in _classes() - offered}
    assert lacking == set(NOT_OFFERED.get(region, ()))


def test_the_major_versions_can_be_created() -> None:
    (known,) = [
        rule["then"]["properties"]["EngineVersion"]["enum"]
        for rule in _json("aws_rds_dbinstance", "engine_version.json")["allOf"]
        if _is_postgresql(rule)
    ]
    assert set(VERSIONS) <= set(known)


@pytest.mark.parametrize("region", CLOUDFRONT_PREFIX_LISTS)
def test_every_instance_type_is_offered_in_the_region(region: str) -> None:
    offered = _json("aws_ec2_instance", "instancetype_enum.json")[region]["enum"]
    assert set(INSTANCE_TYPES) <= set(offered)


def test_a_container_takes_an_interface_beside_the_instances_own() -> None:
    small = TaskSettings(cpu=128, memory_mib=128)
    large = INSTANCE_TYPES["m6i.large"]
    assert [instances_needed([small] * count, large) for count in (0, 1, 2, 3, 4, 5)] == [
        0, 1, 1, 2, 2, 3,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cpu", "memory_mib", "instances"),
    [
        (128, 128, 1),
        (1366, 128, 2),
        (128, 7577, 2),
        (2048, 128, 2),
        (4096, 128, 3),
        (128, 15000, 3),
    ],
)
def test_containers_share_processors_and_memory(cpu: int, memory_mib: int, instances: int) -> None:
    task = TaskSettings(cpu=cpu, memory_mib=memory_mib)
    assert instances_needed([task] * 3, INSTANCE_TYPES["m6i.xlarge"]) == instances


def test_the_countries_are_those_of_the_firewall() -> None:
    model = Loader().load_service_model("wafv2", "service-2")
    assert set(model["shapes"]["CountryCode"]["enum"]) == COUNTRIES
