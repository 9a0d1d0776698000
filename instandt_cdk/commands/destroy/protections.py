"""What protects an environment from deletion, and how to take that off."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from instandt_cdk.commands.deployed import Deployed
from instandt_cdk.commands.destroy import databases
from instandt_cdk.commands.destroy.stacks import StackThere

_PROTECTION = "deletion_protection.enabled"


@dataclass(frozen=True)
class Protection:
    """Something that AWS does not delete."""

    text: str
    """A sentence."""
    lift: Callable[[], object]


def protections(environment: Deployed, stacks: Sequence[StackThere]) -> Iterator[Protection]:
    """Find what is protected, of the stacks and in them."""
    for stack in stacks:
        if stack.is_protected:
            client = environment.client("cloudformation", region=stack.place.region)
            yield Protection(
                f"The stack {stack.place.name} is protected from deletion.",
                partial(
                    client.update_termination_protection,
                    StackName=stack.identifier,
                    EnableTerminationProtection=False,
                ),
            )
        if stack.title == "Ingress":
            yield from _balancers(environment, stack)
        if stack.title == "Storage":
            yield from _databases(environment, stack)


def _balancers(environment: Deployed, stack: StackThere) -> Iterator[Protection]:
    client: Any = environment.client("elbv2", region=stack.place.region)
    for arn in environment.resources(
        stack.title, "AWS::ElasticLoadBalancingV2::LoadBalancer"
    ).values():
        attributes = client.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        if {"Key": _PROTECTION, "Value": "true"} in attributes:
            yield Protection(
                f"The load balancer {arn.split('/')[2]} is protected from deletion.",
                partial(
                    client.modify_load_balancer_attributes,
                    LoadBalancerArn=arn,
                    Attributes=[{"Key": _PROTECTION, "Value": "false"}],
                ),
            )


def _databases(environment: Deployed, stack: StackThere) -> Iterator[Protection]:
    client: Any = environment.client("rds", region=stack.place.region)
    for instance in databases.instances(environment):
        if instance["DeletionProtection"]:
            name = instance["DBInstanceIdentifier"]
            yield Protection(
                f"The database {name} is protected from deletion.",
                partial(
                    client.modify_db_instance,
                    DBInstanceIdentifier=name,
                    DeletionProtection=False,
                    ApplyImmediately=True,
                ),
            )
