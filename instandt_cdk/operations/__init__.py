"""How things are kept and watched: keys, logs, alarms, and what becomes of data when its stack is deleted."""

from instandt_cdk.operations.alarms import Advice
from instandt_cdk.operations.key import OperationsKey, let_logs_use
from instandt_cdk.operations.logs import Logs
from instandt_cdk.operations.operations import Operations
from instandt_cdk.operations.queries import save_query
from instandt_cdk.operations.removal import name_of_its_own, removal_policy, skip_emptying

__all__ = [
    "Advice",
    "Logs",
    "Operations",
    "OperationsKey",
    "let_logs_use",
    "name_of_its_own",
    "removal_policy",
    "save_query",
    "skip_emptying",
]
