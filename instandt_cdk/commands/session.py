"""Open a shell on the bastion, inside the network. Its transcript goes to CloudWatch."""

import argparse

from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.commands.terminal import check_programs, hand_over
from instandt_cdk.progress import say

HELP = "open a shell on the bastion, inside the network"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It takes none but the environment."""


def run(environment: Deployed, _given: argparse.Namespace) -> int:
    """Hand the terminal over to a session."""
    return start(environment, document="SessionsShell")


def start(environment: Deployed, *, document: str) -> int:
    """Hand the terminal over to a session on the bastion.

    Args:
        environment: The bastion's.
        document: How the logical id of the session's document begins.

    Raises:
        CommandError: A program is missing here, or no bastion runs.
    """
    check_programs()
    name = environment.resource("Services", "AWS::SSM::Document", beginning=document)
    instance = _bastion(environment)
    say(f"A session on {instance}; exit ends it.")
    hand_over(
        ["ssm", "start-session", "--target", instance, "--document-name", name],
        region=environment.settings.aws.region,
    )


def _bastion(environment: Deployed) -> str:
    """Return the id of the bastion's instance.

    Raises:
        CommandError: There is none just now.
    """
    group = environment.resource(
        "Services", "AWS::AutoScaling::AutoScalingGroup", beginning="Bastion"
    )
    described = environment.client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=[group]
    )
    for instance in described["AutoScalingGroups"][0]["Instances"]:
        if instance["LifecycleState"] == "InService":
            return str(instance["InstanceId"])
    raise CommandError(
        f"No instance of {group} is in service: it is just being replaced, so try again in a few minutes, or "
        "look at the group's activity in EC2."
    )
