"""The data that the stack, the state machine and the function exchange."""

from dataclasses import dataclass
from typing import Any

from custom_resource import Properties

REQUEST, TASK, ERROR = "request", "task", "error"
"""The keys of an execution's data: CloudFormation's request, if there is one, and the result of
`ecs:runTask.sync`, which is the task or an error."""

ALREADY_RUNS = "MigrationAlreadyRuns"
"""The error of an execution that found a task of another one."""


@dataclass(frozen=True, kw_only=True)
class MigrationRequest(Properties):
    """The custom resource's properties."""

    version: str
    """The image's tag or digest."""
    release: str
    """The version of instaNDT, which tells an older image from a newer one; a digest does not."""
    state_machine_arn: str


@dataclass(frozen=True, kw_only=True)
class ReportRequest(Properties):
    """The state machine's last step, as input of the function."""

    execution: Any
    """The execution's data, a mapping; in the state machine's definition, the path to it."""
    container: str
    """The container's name."""
    log_group: str
    """The name of the container's log group."""
