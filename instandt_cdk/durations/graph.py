"""What waits for what in a deployment, and the longest way through it.

What only refers to a resource may be begun a little before that is complete, for some types; it is counted as
if it waited ("How we sped up AWS CloudFormation deployments with optimistic stabilization", AWS DevOps Blog).
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, NamedTuple, Self

from instandt_cdk.durations import typical
from instandt_cdk.durations.typical import Duration

Json = Any

BEGIN, END = "<begin>", "<end>"
"""The steps with which every stack begins and ends; no logical id looks like that."""


class Step(NamedTuple):
    """A resource that is made, or a stack's beginning or end."""

    stack: str
    """The stack's name in the account."""
    logical_id: str


@dataclass(frozen=True, kw_only=True)
class Graph:
    """The steps of a deployment with their durations, and the steps that each waits for."""

    durations: Mapping[Step, Duration]
    waits_for: Mapping[Step, Collection[Step]]
    titles: Mapping[str, str]
    """What the application calls a stack, such as "Storage", by its name in the account."""
    standing: Collection[Step] = ()
    """What is there already and stays as it is."""
    changing: Collection[Step] = ()
    """What is there already and is changed."""

    @classmethod
    def synthesized(cls, assembly: Path) -> Self:
        """Read what the CDK has synthesized, for a first deployment.

        Args:
            assembly: The CDK's output folder.
        """
        manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
        stacks = {
            title: artifact
            for title, artifact in manifest["artifacts"].items()
            if artifact["type"] == "aws:cloudformation:stack"
        }
        names = {title: stack["properties"]["stackName"] for title, stack in stacks.items()}
        durations: dict[Step, Duration] = {}
        waits_for: dict[Step, Collection[Step]] = {}
        for title, stack in stacks.items():
            file = assembly / stack["properties"]["templateFile"]
            resources = json.loads(file.read_text(encoding="utf-8"))["Resources"]
            begin, end = Step(names[title], BEGIN), Step(names[title], END)
            durations[begin] = typical.beginning()
            durations[end] = Duration(minutes=0, source="no step of its own")
            before = [names[other] for other in stack.get("dependencies", ()) if other in names]
            waits_for[begin] = [Step(other, END) for other in before]
            for logical_id, resource in resources.items():
                step = Step(names[title], logical_id)
                durations[step] = typical.duration(resource["Type"], resource.get("Properties", {}))
                needed = {*_references(resource)} & resources.keys()
                waits_for[step] = [begin, *(Step(names[title], one) for one in sorted(needed))]
            waits_for[end] = [begin, *(Step(names[title], one) for one in sorted(resources))]
        titles = {name: title for title, name in names.items()}
        return cls(durations=durations, waits_for=waits_for, titles=titles)

    def given(self, *, standing: Collection[Step], changing: Collection[Step]) -> Self:
        """The same for a deployment to an environment that is there."""
        return replace(self, standing=standing, changing=changing)

    def minutes(self, step: Step) -> float:
        """How long a step typically takes."""
        if step in self.standing:
            return 0
        row = self.durations[step]
        if step in self.changing:
            return typical.others().minutes if row.changed is None else row.changed
        return row.minutes

    def name(self, step: Step) -> str | None:
        """What people call it; None for steps that nobody waits for."""
        return self.durations[step].name

    @cached_property
    def remaining(self) -> Mapping[Step, float]:
        """The minutes from the end of each step to the end of the deployment."""
        left = dict.fromkeys(self.waits_for, 0.0)
        for step in reversed(self._order):
            for needed in self.waits_for[step]:
                left[needed] = max(left[needed], self.minutes(step) + left[step])
        return left

    @cached_property
    def following(self) -> Mapping[Step, Step]:
        """After each step, the one with the longest way to the end of the deployment."""
        next_steps: dict[Step, Step] = {}
        for step, before in self.waits_for.items():
            for needed in before:
                rival = next_steps.get(needed)
                if rival is None or self._way(step) > self._way(rival):
                    next_steps[needed] = step
        return next_steps

    @property
    def longest_way(self) -> list[Step]:
        """The steps that decide how long the deployment takes, in order."""
        step: Step | None = max(
            (one for one, before in self.waits_for.items() if not before), key=self._way
        )
        way = []
        while step:
            way.append(step)
            step = self.following.get(step)
        return way

    @property
    def total(self) -> float:
        """How long the deployment typically takes, in minutes."""
        return sum(map(self.minutes, self.longest_way))

    @property
    def most_at_once(self) -> int:
        """How many stacks are deployed at the same time at most, if nothing limits it."""
        ends: dict[Step, float] = {}
        for step in self._order:
            start = max((ends[needed] for needed in self.waits_for[step]), default=0.0)
            ends[step] = start + self.minutes(step)
        begun = {stack: ends[Step(stack, BEGIN)] for stack in self.titles}
        return max(
            sum(begun[other] <= moment < ends[Step(other, END)] for other in begun)
            for moment in begun.values()
        )

    @cached_property
    def _order(self) -> list[Step]:
        return list(TopologicalSorter(self.waits_for).static_order())

    def _way(self, step: Step) -> float:
        return self.minutes(step) + self.remaining[step]


def _references(resource: Mapping[str, Json]) -> Iterator[str]:
    """The logical ids that a resource names, and some names that are none."""
    depends = resource.get("DependsOn", [])
    yield from [depends] if isinstance(depends, str) else depends
    yield from _named(resource.get("Properties", {}))


def _named(value: Json) -> Iterator[str]:
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from re.findall(r"\$\{([^}.!]+)", text)
        case dict():
            for item in value.values():
                yield from _named(item)
        case list():
            for item in value:
                yield from _named(item)
