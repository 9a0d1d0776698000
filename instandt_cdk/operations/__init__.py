"""How things are kept and watched: keys, logs, alarms, and what becomes of data when its stack is deleted."""

from instandt_cdk.operations.key import OperationsKey, let_logs_use
from instandt_cdk.operations.logs import Logs
from instandt_cdk.operations.operations import Operations
from instandt_cdk.operations.removal import (
    removal_policy,
    removal_policy_of_named,
    skip_emptying,
)

__all__ = [
    "Logs",
    "Operations",
    "OperationsKey",
    "let_logs_use",
    "removal_policy",
    "removal_policy_of_named",
    "skip_emptying",
]
