"""An ECS cluster on EC2 instances; ECS adds and removes instances as the tasks need them."""

import aws_cdk as cdk
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from instandt_cdk.cluster.drain_limit import DrainLimit
from instandt_cdk.cluster.instances import instances
from instandt_cdk.compliance import accept, logical_id
from instandt_cdk.operations import Advice, Operations
from instandt_cdk.settings import Settings

_RECOMMENDED = "/aws/service/ecs/optimized-ami/amazon-linux-2023{}/recommended/image_id"

MACHINE_IMAGES = {
    ec2.InstanceArchitecture.X86_64: _RECOMMENDED.format(""),
    ec2.InstanceArchitecture.ARM_64: _RECOMMENDED.format("/arm64"),
}
"""The parameters with the newest machine image for ECS ("Retrieving Amazon ECS-optimized Linux AMI metadata",
Amazon ECS Developer Guide)."""

SPARE_MINUTES = 15
"""What draining may take beyond the longest upload or migration: new instances start, and tasks on them."""


class Ec2Cluster(Construct):
    """A cluster with an auto scaling group as its capacity provider."""

    cluster: ecs.ICluster
    capacity_provider: str
    capacity: IDependable
    """Whatever runs tasks must depend on it: the association of the provider with the cluster has to be
    created before the tasks and deleted after them."""
    reservation: cloudwatch.Metric
    """What the tasks need of the instances, in percent; above 100, some wait for an instance."""
    group: autoscaling.AutoScalingGroup

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        settings: Settings,
        operations: Operations,
    ) -> None:
        super().__init__(scope, construct_id)
        cluster = ecs.Cluster(
            self,
            "Resource",
            cluster_name=settings.names.cluster,
            vpc=vpc,
            container_insights_v2=ecs.ContainerInsights.ENABLED,
        )
        self.group = self._instances(cluster, vpc, settings)
        DrainLimit(
            self,
            "DrainLimit",
            group=self.group,
            limit=cdk.Duration.minutes(
                max(settings.application.longest_upload_minutes, settings.migration.timeout_minutes)
                + SPARE_MINUTES
            ),
            operations=operations,
        )
        provider = self._provide_capacity(self.group)
        self.capacity_provider = provider.ref
        self.capacity = ecs.CfnClusterCapacityProviderAssociations(
            self,
            "Association",
            cluster=cluster.cluster_name,
            capacity_providers=[provider.ref],
            default_capacity_provider_strategy=[
                ecs.CfnClusterCapacityProviderAssociations.CapacityProviderStrategyProperty(
                    capacity_provider=provider.ref, weight=1
                )
            ],
        )
        # "Automatically manage Amazon ECS capacity with cluster auto scaling", Amazon ECS Developer Guide.
        self.reservation = cloudwatch.Metric(
            namespace="AWS/ECS/ManagedScaling",
            metric_name="CapacityProviderReservation",
            dimensions_map={
                "CapacityProviderName": self.capacity_provider,
                "ClusterName": cluster.cluster_name,
            },
            period=cdk.Duration.minutes(5),
        )
        self._watch(settings, operations)
        # The library would make the association where nothing can depend on it. So it is made above, and this
        # view of the cluster tells services that there is capacity, and its name without a reference.
        self.cluster = ecs.Cluster.from_cluster_attributes(
            self,
            "WithCapacity",
            cluster_name=settings.names.cluster,
            vpc=vpc,
            has_ec2_capacity=True,
        )

    def _watch(self, settings: Settings, operations: Operations) -> None:
        """Tell the operator when tasks wait for an instance that does not come."""
        operations.watch(
            self,
            "Full",
            Advice(
                alarm="no-capacity",
                section="no-capacity",
                meaning="For twenty minutes, containers have waited for an instance that does not come.",
                remedy="Look in the auto scaling group's activities why none starts, as the guide shows; if "
                f"there are {settings.cluster.maximum_instances} already, raise cluster.maximum_instances.",
            ),
            metric=self.reservation,
            comparison=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            threshold=100,
            periods=4,
        )

    def _instances(
        self, cluster: ecs.Cluster, vpc: ec2.IVpc, settings: Settings
    ) -> autoscaling.AutoScalingGroup:
        security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="Container instances: out to AWS services, nothing in",
            allow_all_outbound=False,
        )
        # The instances pull the images, not the tasks' own network interfaces.
        ports = {settings.registry.port: "image registry", 443: "AWS services"}
        for port, purpose in ports.items():
            security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port), purpose)
        user_data = ec2.UserData.for_linux()
        user_data.add_commands(
            f"echo ECS_CLUSTER={cluster.cluster_name} >> /etc/ecs/ecs.config",
            # Tasks have roles of their own and must not get the instance's.
            "echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config",
        )
        group = instances(
            self,
            vpc=vpc,
            machine_image=MACHINE_IMAGES[
                ec2.InstanceType(settings.cluster.instance_type).architecture
            ],
            instance_type=settings.cluster.instance_type,
            role=_instance_role(self, cluster),
            security_group=security_group,
            volume_gib=settings.cluster.root_volume_gib(
                upload_limit_mib=settings.application.upload_limit_mib
            ),
            minimum=settings.cluster.minimum_instances,
            maximum=settings.cluster.maximum_instances,
            days=settings.cluster.instance_days,
            user_data=user_data,
        )
        # ECS tags the group, but not instances that it has by then (hashicorp/terraform-provider-aws#12582).
        # Without the tag they do not count as the capacity provider's.
        cdk.Tags.of(group).add("AmazonECSManaged", "true", apply_to_launched_instances=True)
        return group

    def _provide_capacity(self, group: autoscaling.AutoScalingGroup) -> ecs.CfnCapacityProvider:
        return ecs.CfnCapacityProvider(
            self,
            "Provider",
            auto_scaling_group_provider=ecs.CfnCapacityProvider.AutoScalingGroupProviderProperty(
                auto_scaling_group_arn=group.auto_scaling_group_name,
                managed_draining="ENABLED",
                managed_scaling=ecs.CfnCapacityProvider.ManagedScalingProperty(
                    status="ENABLED", target_capacity=100
                ),
                # Protected instances make the group undeletable (aws/aws-cdk#18179).
                managed_termination_protection="DISABLED",
            ),
        )


def _instance_role(scope: Construct, cluster: ecs.Cluster) -> iam.Role:
    """What the ECS agent of today calls.

    Images are pulled and logs are written by the tasks' execution roles. What the agent needs only for Spot
    instances, for a cluster or tags that it makes itself, or no longer, is left out.

    Source: "Best practices for IAM roles in Amazon ECS", Amazon ECS Developer Guide.
    """
    role = iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
        description="The ECS agent of the container instances",
    )
    stack = cdk.Stack.of(scope)
    instances = stack.format_arn(
        service="ecs", resource="container-instance", resource_name=f"{cluster.cluster_name}/*"
    )
    role.add_to_policy(
        iam.PolicyStatement(
            actions=[
                "ecs:RegisterContainerInstance",
                "ecs:SubmitAttachmentStateChanges",
                "ecs:SubmitTaskStateChange",
            ],
            resources=[cluster.cluster_arn],
        )
    )
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["ecs:Poll", "ecs:StartTelemetrySession"], resources=[instances]
        )
    )
    role.add_to_policy(iam.PolicyStatement(actions=["ecs:DiscoverPollEndpoint"], resources=["*"]))
    accept(
        role,
        {
            "IAM5[Resource::*]": "ecs:DiscoverPollEndpoint is no action on a resource of ours.",
            f"IAM5[Resource::arn:{stack.partition}:ecs:{stack.region}:{stack.account}:container-instance/"
            f"<{logical_id(cluster)}>/*]": "An instance gets its id when it joins this cluster.",
        },
    )
    return role
