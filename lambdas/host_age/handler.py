"""Entry point of the function, which measures how old the oldest instance is.

Auto Scaling replaces instances by their age, and publishes no metric of it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3

from host_age.metric import ENVIRONMENT, GROUPS, NAME, NAMESPACE

SECONDS_A_DAY = 24 * 60 * 60


def handle(event: dict[str, Any], _context: object) -> None:
    """Publish the age of the oldest instance of some auto scaling groups, in days; 0 if there is none."""
    now = datetime.now(UTC)
    days = max(
        ((now - launched).total_seconds() / SECONDS_A_DAY for launched in _launches(event[GROUPS])),
        default=0.0,
    )
    boto3.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {
                "MetricName": NAME,
                "Dimensions": [{"Name": ENVIRONMENT, "Value": event[ENVIRONMENT]}],
                "Value": days,
            }
        ],
    )
    print(f"The oldest instance is {days:.1f} days old")


def _launches(groups: list[str]) -> Iterator[datetime]:
    """When the groups' instances were launched, those that are about to end included."""
    pages = (
        boto3.client("ec2")
        .get_paginator("describe_instances")
        .paginate(
            Filters=[
                # "Tag Auto Scaling groups and instances", Amazon EC2 Auto Scaling User Guide.
                {"Name": "tag:aws:autoscaling:groupName", "Values": groups},
                {"Name": "instance-state-name", "Values": ["pending", "running"]},
            ]
        )
    )
    for page in pages:
        for reservation in page["Reservations"]:
            for instance in reservation["Instances"]:
                yield instance["LaunchTime"]
