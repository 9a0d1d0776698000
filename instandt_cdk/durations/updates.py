"""How long a deployment takes to an environment that is there."""

from instandt_cdk.changes.difference import Fate, changes
from instandt_cdk.changes.stacks import Stacks
from instandt_cdk.durations.graph import BEGIN, Graph, Step


def update(graph: Graph, before: Stacks, after: Stacks) -> Graph:
    """Return the graph with nothing to do for what stays as it is.

    Args:
        graph: For a first deployment.
        before: The stacks as they are deployed; none before a first deployment.
        after: The stacks as they would be.
    """
    fates = {
        Step(change.address.place.name, change.address.logical_id): change.fate
        for change in changes(before, after)
    }
    there = {Step(place.name, logical_id) for place, logical_id in before.resources}
    standing = there - fates.keys()
    # The CDK CLI leaves a stack alone in which nothing changes.
    busy = {step.stack for step in graph.waits_for if step in fates or _is_new(step, there)}
    standing |= {Step(stack, BEGIN) for stack in graph.titles if stack not in busy}
    changing = {step for step, fate in fates.items() if fate is Fate.CHANGED}
    return graph.given(standing=standing, changing=changing)


def _is_new(step: Step, there: set[Step]) -> bool:
    return step not in there and not step.logical_id.startswith("<")
