"""Whatever can carry a tag says which application and environment it belongs to."""

from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from tests.support.choices import synthesized
from tests.support.synthesis import Synthesis, synthesize

# A changed tag on a VPC origin fails the deployment while it is attached (aws/aws-cdk#34629).
UNTAGGED = {"AWS::CloudFront::VpcOrigin"}
# The CDK's own function that empties buckets passes on no tags.
EMPTYING = "CustomS3AutoDeleteObjectsCustomResourceProvider"


def _tags_property(kind: str) -> str | None:
    """The property that carries a resource's tags, as CloudFormation's registry has it."""
    if kind.startswith("Custom::"):
        return None
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    tagging = schema.get("tagging", {"taggable": True})
    name: str = tagging.get("tagProperty", "/properties/Tags").rpartition("/")[2]
    return name if tagging.get("taggable", True) and name in schema["properties"] else None


def _tags(value: Any) -> dict[str, str]:  # noqa: ANN401 - a list or a mapping, or nothing
    return {tag["Key"]: tag["Value"] for tag in value} if isinstance(value, list) else value or {}


@pytest.mark.parametrize("name", ["dev", "prod", "instances", "files", "copy"])
def test_everything_that_can_be_tagged_is(name: str) -> None:
    is_environment = name in ("dev", "prod")
    synthesis: Synthesis = synthesize(name) if is_environment else synthesized(name)
    belongs = {"Application": "instandt", "Environment": name if is_environment else "prod"}
    tagged = 0
    for stack, logical_id, resource in synthesis.resources():
        key = _tags_property(resource["Type"])
        if key and resource["Type"] not in UNTAGGED and not logical_id.startswith(EMPTYING):
            tags = _tags(resource["Properties"].get(key))
            assert belongs.items() <= tags.items(), (stack, logical_id)
            tagged += 1
    assert tagged > 80


def test_a_vpc_origin_has_no_tag_that_could_change(prod: Synthesis) -> None:
    ((_, _, origin),) = prod.resources("AWS::CloudFront::VpcOrigin")
    assert "Tags" not in origin["Properties"]


def test_what_is_started_later_has_the_tags_too(prod: Synthesis) -> None:
    for _, logical_id, group in prod.resources("AWS::AutoScaling::AutoScalingGroup"):
        assert all(tag["PropagateAtLaunch"] for tag in group["Properties"]["Tags"]), logical_id
    for _, logical_id, service in prod.resources("AWS::ECS::Service"):
        assert service["Properties"]["PropagateTags"] == "SERVICE", logical_id
