"""The embedded AWS's evaluator judges the conditions and patterns that our policies use as AWS does."""

from collections.abc import Iterator
from typing import Any

from tests.permissions.world import world
from tests.support.choices import EVERYTHING
from tests.support.synthesis import as_list

# In documented cases it decided these as AWS does ("IAM JSON policy elements: Condition operators", IAM User
# Guide).
OPERATORS = {
    "ArnEquals",
    "ArnLike",
    "Bool",
    "ForAllValues:StringEquals",
    "Null",
    "StringEquals",
    "StringLike",
}
ELEMENTS = {"Action", "Condition", "Effect", "Principal", "Resource", "Sid"}


def _statements() -> Iterator[dict[str, Any]]:
    for choice in EVERYTHING:
        policies = world(choice).policies
        for group in (policies.of_identity, policies.of_resource):
            for found in group.values():
                yield from (grant.document["Statement"][0] for grant in found)


def test_policies_use_nothing_that_it_judges_otherwise() -> None:
    for statement in _statements():
        assert set(statement) <= ELEMENTS
        assert "${" not in str(statement), "it knows no policy variables"
        for operator, conditions in statement.get("Condition", {}).items():
            assert operator in OPERATORS
            for value in (value for values in conditions.values() for value in as_list(values)):
                if operator.startswith("Arn"):
                    # AWS compares field by field; it lets a wildcard go on beyond a colon.
                    assert "*" not in ":".join(value.split(":")[:5]), value


def test_no_policy_is_overlooked() -> None:
    known = {
        "AWS::EFS::FileSystem",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
    }
    known |= {"AWS::KMS::Key", "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy"}
    for choice in EVERYTHING:
        for thing in world(choice).account.things:
            assert thing.type in known or "'Effect': 'Allow'" not in str(thing.properties), thing
            # Inline policies of a role would be a property that nobody reads here.
            assert thing.type != "AWS::IAM::Role" or "Policies" not in thing.properties
