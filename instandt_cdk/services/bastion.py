"""The way in for operators: Session Manager, without an open port or a key pair."""

import aws_cdk as cdk
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from instandt_cdk.cluster.instances import instances
from instandt_cdk.compliance import accept
from instandt_cdk.shared.machine_image import MACHINE_IMAGE


class Bastion(Construct):
    """An instance in the private network that only Session Manager reaches."""

    group: autoscaling.AutoScalingGroup
    """Of one instance; it makes another when that is lost, or too old."""

    role: iam.Role
    """What the instance may do."""

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, days: int) -> None:
        super().__init__(scope, construct_id)
        self.role = _session_role(self)
        security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="Bastion: out to AWS services, nothing in",
            allow_all_outbound=False,
        )
        security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS services")
        self.group = instances(
            self,
            vpc=vpc,
            machine_image=MACHINE_IMAGE,
            instance_type="t4g.nano",
            role=self.role,
            security_group=security_group,
            volume_gib=8,
            minimum=1,
            maximum=1,
            days=days,
        )


def _session_role(scope: Construct) -> iam.Role:
    """Return a role with the permissions that Session Manager needs, and no others.

    Source: "Verify or add instance permissions for Session Manager", AWS Systems Manager User Guide.
    """
    role = iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
        description="Lets Session Manager reach the bastion",
    )
    role.add_to_policy(
        iam.PolicyStatement(
            actions=[
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            resources=["*"],
        )
    )
    instances = cdk.Stack.of(scope).format_arn(
        service="ec2", resource="instance", resource_name="*"
    )
    role.add_to_policy(
        iam.PolicyStatement(actions=["ssm:UpdateInstanceInformation"], resources=[instances])
    )
    accept(
        role,
        {
            "IAM5[Resource::*]": "Session Manager's channels have no resource level.",
            f"IAM5[Resource::{instances}]": "The instance has no id before it has its role.",
        },
    )
    return role
