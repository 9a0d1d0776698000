"""What was found, as the operator reads it."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from instandt_cdk.changes.harms import Harm
from instandt_cdk.changes.stacks import Address, Json


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One way in which a deployment would hurt, with all resources that it would hurt so."""

    harm: Harm
    things: Mapping[Address, str]
    """The resources with their types, and with their names if these are in the template."""
    causes: Mapping[str, tuple[Json, Json]]
    """The settings that changed, with their values before and after; None where it was not set."""

    @property
    def text(self) -> str:
        """What would happen and why, in one sentence."""
        causes = " and ".join(
            f"{key} = {_written(after)} (deployed: {_written(before)})"
            for key, (before, after) in self.causes.items()
        )
        return f"{causes or 'This version of the application'} would {self.would}"

    @property
    def would(self) -> str:
        """What would happen."""
        kinds = Counter(self.things.values())
        things = ", ".join(
            f"{kind} ({number})" if number > 1 else kind for kind, number in kinds.items()
        )
        return self.harm.would.format(things=f"{things} of {self._stacks}")

    @property
    def _stacks(self) -> str:
        names = {address.place.name for address in self.things}
        return names.pop() if len(names) == 1 else f"{len(names)} stacks"


def _written(value: Json) -> str:
    return "not set" if value is None else json.dumps(value)
