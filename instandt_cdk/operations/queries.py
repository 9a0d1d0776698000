"""Saved queries of logs, for what operators ask most."""

from collections.abc import Sequence

from aws_cdk import aws_logs as logs
from constructs import Construct

from instandt_cdk.names import Names


def save_query(
    scope: Construct,
    construct_id: str,
    *,
    names: Names,
    question: str,
    groups: Sequence[str],
    commands: Sequence[str],
) -> None:
    """Save a query, which the console lists in the environment's folder.

    Args:
        scope: Its parent, in the region of the logs.
        construct_id: Its id.
        names: The environment's.
        question: What it answers, which is its name.
        groups: The names of the log groups that it reads.
        commands: Its commands, each of which gets what the one before found ("CloudWatch Logs Insights query
            syntax", Amazon CloudWatch Logs User Guide).
    """
    logs.CfnQueryDefinition(
        scope,
        construct_id,
        name=names.saved_query(question),
        log_group_names=list(groups),
        query_string="\n| ".join(commands),
    )
