"""An ECS cluster on EC2 instances; ECS adds and removes instances as the tasks need them."""

import aws_cdk as cdk
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from instandt_cdk.compliance import accept, logical_id
from instandt_cdk.network.vpc import APPLICATION
from instandt_cdk.settings import ClusterSettings


class Ec2Cluster(Construct):
    """A cluster with an auto scaling group as its capacity provider.

    Whatever runs tasks on it must depend on this construct as a whole: the association of the provider with
    the cluster has to be created before the tasks and deleted after them.
    """

    cluster: ecs.ICluster
    capacity_provider: str

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        registry_port: int,
        settings: ClusterSettings,
    ) -> None:
        super().__init__(scope, construct_id)
        cluster = ecs.Cluster(
            self, "Resource", vpc=vpc, container_insights_v2=ecs.ContainerInsights.ENABLED
        )
        group = autoscaling.AutoScalingGroup(
            self,
            "Group",
            vpc=vpc,
            vpc_subnets=APPLICATION,
            min_capacity=settings.minimum_instances,
            max_capacity=settings.maximum_instances,
            launch_template=self._launch_template(cluster, vpc, registry_port, settings),
            update_policy=autoscaling.UpdatePolicy.rolling_update(),
        )
        accept(group, {"AS3": "Capacity follows the tasks; ECS's own events tell of trouble."})
        self.capacity_provider = self._provide_capacity(cluster, group)
        # The library would make the association where nothing can depend on it. So it is made above, and this
        # view of the cluster tells services that there is capacity.
        self.cluster = ecs.Cluster.from_cluster_attributes(
            self,
            "WithCapacity",
            cluster_name=cluster.cluster_name,
            cluster_arn=cluster.cluster_arn,
            vpc=vpc,
            has_ec2_capacity=True,
        )

    def _launch_template(
        self, cluster: ecs.Cluster, vpc: ec2.IVpc, registry_port: int, settings: ClusterSettings
    ) -> ec2.LaunchTemplate:
        instance_type = ec2.InstanceType(settings.instance_type)
        security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="Container instances: out to AWS services, nothing in",
            allow_all_outbound=False,
        )
        # The instances pull the images, not the tasks' own network interfaces.
        for port, purpose in {registry_port: "image registry", 443: "AWS services"}.items():
            security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port), purpose)
        user_data = ec2.UserData.for_linux()
        user_data.add_commands(
            f"echo ECS_CLUSTER={cluster.cluster_name} >> /etc/ecs/ecs.config",
            # Tasks have roles of their own and must not get the instance's.
            "echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config",
        )
        return ec2.LaunchTemplate(
            self,
            "Template",
            instance_type=instance_type,
            machine_image=ecs.EcsOptimizedImage.amazon_linux2023(
                ecs.AmiHardwareType.ARM
                if instance_type.architecture == ec2.InstanceArchitecture.ARM_64
                else ecs.AmiHardwareType.STANDARD
            ),
            role=_instance_role(self, cluster),
            security_group=security_group,
            user_data=user_data,
            http_tokens=ec2.LaunchTemplateHttpTokens.REQUIRED,
            http_put_response_hop_limit=1,
            detailed_monitoring=True,
            block_devices=[
                ec2.BlockDevice(
                    device_name="/dev/xvda",
                    volume=ec2.BlockDeviceVolume.ebs(
                        30, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3
                    ),
                )
            ],
        )

    def _provide_capacity(self, cluster: ecs.Cluster, group: autoscaling.AutoScalingGroup) -> str:
        """Make the group the cluster's default capacity; return the provider's name."""
        provider = ecs.CfnCapacityProvider(
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
        ecs.CfnClusterCapacityProviderAssociations(
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
        return provider.ref


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
