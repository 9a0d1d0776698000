"""Cluster: what containers run on, apart from what a release changes."""

import aws_cdk as cdk
from constructs import Construct

from instandt_cdk.cluster.ec2_cluster import Ec2Cluster
from instandt_cdk.network.stack import NetworkStack
from instandt_cdk.settings import Settings


class ClusterStack(cdk.Stack):
    """Cluster: ECS cluster and its instances.

    They start while the database is being made, and have joined the cluster before a task needs them. No
    release touches this stack, so none replaces an instance.
    """

    cluster: Ec2Cluster

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment,
        settings: Settings,
        network: NetworkStack,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            stack_name=settings.names.stack(construct_id),
            description="Cluster: ECS cluster and its instances.",
        )
        self.cluster = Ec2Cluster(
            self,
            "Cluster",
            vpc=network.vpc,
            settings=settings,
            operations=network.operations,
        )
