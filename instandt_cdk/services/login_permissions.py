"""What the function of the database's logins may do."""

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

from instandt_cdk.compliance import accept, skip
from instandt_cdk.shared.python_function import PythonFunction
from instandt_cdk.shared.secrets import let_decrypt

NETWORK_INTERFACES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
"""What AWSLambdaVPCAccessExecutionRole allows besides logging (AWS Managed Policy Reference)."""

OF_RDS = "secretsmanager:ResourceTag/aws:rds:primaryDBInstanceArn"
"""The tag by which RDS says whose master's password it keeps in a secret. No user can set such a tag."""


def let_work_in_network(function: PythonFunction) -> None:
    """Let Lambda make and delete the function's network interfaces, which it does as the function."""
    policy = iam.Policy(
        function,
        "NetworkInterfaces",
        statements=[iam.PolicyStatement(actions=list(NETWORK_INTERFACES), resources=["*"])],
        roles=[function.own_role],
    )
    # Lambda refuses a function that lacks it. And it is needed for as long as the interfaces are there, which
    # is until the function is deleted: CloudFormation waits until Lambda has deleted them, and only then goes
    # on to the policy and the security group ("AWS::Lambda::Function VpcConfig", AWS CloudFormation Template
    # Reference).
    resource = function.node.default_child
    assert resource is not None  # noqa: S101 - narrows the type
    resource.node.add_dependency(policy)
    unknown = "Lambda makes the interfaces, whose ids nobody knows before."
    accept(policy, {"IAM5[Resource::*]": unknown})
    skip(policy.node.default_child, {"CKV_AWS_111": unknown})


def let_rotate(
    function: PythonFunction,
    *,
    secret: secretsmanager.ISecret,
    key: kms.IKey,
    instance: str,
    cluster: ecs.ICluster,
) -> None:
    """Let the function write the secret, log in to the database as its master, and replace services."""
    stack = cdk.Stack.of(function)
    database = stack.format_arn(
        service="rds",
        resource="db",
        resource_name=instance,
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    master = stack.format_arn(
        service="secretsmanager",
        resource="secret",
        resource_name="rds!db-*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    services, tasks = (
        stack.format_arn(service="ecs", resource=kind, resource_name=f"{cluster.cluster_name}/*")
        for kind in ("service", "task")
    )
    here = {"ArnEquals": {"ecs:cluster": cluster.cluster_arn}}
    role = function.own_role
    let_decrypt(role, key, "kms:GenerateDataKey")
    for statement in (
        iam.PolicyStatement(
            actions=[
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ],
            resources=[secret.secret_arn],
        ),
        iam.PolicyStatement(actions=["rds:DescribeDBInstances"], resources=[database]),
        iam.PolicyStatement(
            actions=["secretsmanager:GetSecretValue"],
            resources=[master],
            # A restored instance has another secret, and another name for a while that begins with this one.
            conditions={"StringLike": {OF_RDS: f"{database}*"}},
        ),
        iam.PolicyStatement(
            actions=["ecs:DescribeServices", "ecs:UpdateService"], resources=[services]
        ),
        iam.PolicyStatement(actions=["ecs:DescribeTasks"], resources=[tasks]),
        iam.PolicyStatement(
            actions=["ecs:ListServices", "ecs:ListTasks"], resources=["*"], conditions=here
        ),
        iam.PolicyStatement(actions=["ecs:DescribeTaskDefinition"], resources=["*"]),
    ):
        role.add_to_principal_policy(statement)
    shown = f"arn:{stack.partition}:ecs:{stack.region}:{stack.account}"
    name = cluster.cluster_name
    accept(
        role,
        {
            "IAM5[Resource::*]": "Reading a task definition has no resource level. Nor has listing the "
            "services and tasks of a cluster; its condition names the cluster.",
            f"IAM5[Resource::{master}]": "RDS chooses the name of the master's secret; the condition names "
            "the database.",
            f"IAM5[Resource::{shown}:service/{name}/*]": "The services of this cluster come after the "
            "function, which therefore cannot name them.",
            f"IAM5[Resource::{shown}:task/{name}/*]": "A task gets its id when it starts on this cluster.",
        },
    )
