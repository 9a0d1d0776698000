"""Compare an environment as it is deployed with its settings."""

from collections.abc import Iterator

from instandt_cdk.changes import deployed
from instandt_cdk.changes.deployed import Clients
from instandt_cdk.changes.examination import examine
from instandt_cdk.changes.finding import Finding
from instandt_cdk.changes.stacks import Place
from instandt_cdk.changes.synthesis import synthesized
from instandt_cdk.names import STACKS
from instandt_cdk.settings import Settings
from instandt_cdk.settings.limits.regions import EDGE_REGION


def compare(settings: Settings, clients: Clients) -> list[Finding]:
    """Find out what a deployment of the settings would hurt, the worst first. AWS is only read.

    Args:
        settings: The settings.
        clients: Returns a client for a region.

    Raises:
        BotoCoreError: AWS could not be reached.
        ClientError: AWS refused a request.
        OSError: The settings could not be synthesized; the message is the CDK's.
    """
    before = deployed.stacks(clients, places(settings))
    if not before.templates:
        return []
    return examine(before, synthesized(settings.environment))


def places(settings: Settings) -> Iterator[Place]:
    """Where the environment's stacks are."""
    regions = {"Edge": EDGE_REGION, "Replica": settings.storage.replica_region}
    for stack in STACKS:
        if region := regions.get(stack, settings.aws.region):
            yield Place(region, settings.names.stack(stack))
