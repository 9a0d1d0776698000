"""Least privilege, as a person reads it. That everything needed is allowed is asked in tests/permissions."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from instandt_cdk.services.login_permissions import NETWORK_INTERFACES
from tests.support.synthesis import Synthesis, as_list

# "Verify or add instance permissions for Session Manager", AWS Systems Manager User Guide.
SESSION = {
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
}

# Written by the library: delivery of logs, and X-Ray.
STATE_MACHINE = {
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}

# Actions that have no resource level, or whose resource is not known beforehand, by the role's owner.
WITHOUT_RESOURCE = {
    "CertificateFunctionRole": {"acm:ListCertificates", "route53:ListHostedZones"},
    "DatabaseLoginsFunctionNetworkInterfacesD673428E": set(NETWORK_INTERFACES),
    "DatabaseLoginsFunctionRole": {
        "ecs:DescribeTaskDefinition",
        "ecs:ListServices",
        "ecs:ListTasks",
    },
    "ClusterRole": {"ecs:DiscoverPollEndpoint"},
    "HostAgeFunctionRole": {"cloudwatch:PutMetricData", "ec2:DescribeInstances"},
    "MigrationTaskDefinitionExecutionRole": {"ecr:GetAuthorizationToken"},
    "FrontendTaskDefinitionExecutionRole": {"ecr:GetAuthorizationToken"},
    "BackendTaskDefinitionExecutionRole": {"ecr:GetAuthorizationToken"},
    # To find the log group of a session's transcript.
    "FrontendTaskDefinitionTaskRole": SESSION | {"logs:DescribeLogGroups"},
    "BackendTaskDefinitionTaskRole": SESSION | {"logs:DescribeLogGroups"},
    "BastionRole": SESSION | {"logs:DescribeLogGroups"},
    "MigrationStateMachineRole": STATE_MACHINE | {"ecs:ListTasks"},
    "ClusterDrainLimitStateMachineRole": STATE_MACHINE
    | {"autoscaling:describeAutoScalingInstances"},
}
# Who reads which secret.
READERS = {
    "AcmeState": {"CertificateFunctionRole"},
    "GitLabCredentials": {"PreflightFunctionRole"},
    "JwtKey": {"FrontendTaskDefinitionExecutionRole", "BackendTaskDefinitionExecutionRole"},
    "JwtPatKey": {"FrontendTaskDefinitionExecutionRole", "BackendTaskDefinitionExecutionRole"},
    "DatabaseLogin": {
        "BackendTaskDefinitionExecutionRole",
        "DatabaseLoginsFunctionRole",
        "MigrationTaskDefinitionExecutionRole",
    },
    "rds!db-*": {"DatabaseLoginsFunctionRole"},
}


def _statements(prod: Synthesis) -> Iterator[tuple[str, list[str], list[Any]]]:
    """Everything that is allowed: to the owner of which policy, which actions, on what."""
    for _, logical_id, policy in prod.resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        owner = logical_id.partition("DefaultPolicy")[0]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            yield owner, as_list(statement["Action"]), as_list(statement["Resource"])


def test_no_identity_may_do_whole_families_of_actions(synthesis: Synthesis) -> None:
    for owner, actions, _ in _statements(synthesis):
        assert not [action for action in actions if "*" in action], owner


def test_only_what_has_no_resource_is_allowed_on_everything(synthesis: Synthesis) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for owner, actions, resources in _statements(synthesis):
        if "*" in resources:
            found[owner] |= set(actions)
    for owner, used in found.items():
        assert used == WITHOUT_RESOURCE[owner], owner
    assert set(found) == set(WITHOUT_RESOURCE)


def test_each_secret_is_read_by_exactly_its_consumers(synthesis: Synthesis) -> None:
    readers: dict[str, set[str]] = defaultdict(set)
    for owner, actions, resources in _statements(synthesis):
        if "secretsmanager:GetSecretValue" in actions:
            for resource in resources:
                if isinstance(resource, str):  # of RDS, which chooses the name
                    readers[resource.rpartition(":")[2]].add(owner)
                    continue
                if "Ref" in resource:  # of the same stack: the construct's path and a hash
                    readers[resource["Ref"][:-8]].add(owner)
                    continue
                output = resource["Fn::GetStackOutput"]["OutputName"]
                # The construct's path, between what all outputs begin with and two hashes.
                readers[output.removeprefix("PublishOutputRef")[:-16]].add(owner)
    assert readers == READERS


def test_tasks_functions_and_instances_have_roles_of_their_own(prod: Synthesis) -> None:
    roles = Counter(
        str(reference)
        for _, _, resource in prod.resources(
            "AWS::Lambda::Function",
            "AWS::ECS::TaskDefinition",
            "AWS::IAM::InstanceProfile",
            "AWS::StepFunctions::StateMachine",
        )
        for key in ("Role", "Roles", "TaskRoleArn", "ExecutionRoleArn", "RoleArn")
        for reference in as_list(resource["Properties"].get(key, []))
    )
    assert len(roles) >= 12
    assert set(roles.values()) == {1}


def test_every_key_is_rotated(synthesis: Synthesis) -> None:
    keys = list(synthesis.resources("AWS::KMS::Key"))
    assert keys
    for stack, logical_id, key in keys:
        assert key["Properties"]["EnableKeyRotation"] is True, (stack, logical_id)


def test_everything_at_rest_is_encrypted(prod: Synthesis) -> None:
    for stack, logical_id, group in prod.resources("AWS::Logs::LogGroup"):
        assert group["Properties"].get("KmsKeyId"), (stack, logical_id)
    for stack, logical_id, database in prod.resources("AWS::RDS::DBInstance"):
        assert database["Properties"]["KmsKeyId"], (stack, logical_id)
    for stack, logical_id, topic in prod.resources("AWS::SNS::Topic"):
        assert topic["Properties"]["KmsMasterKeyId"], (stack, logical_id)
    disks = [
        device["Ebs"]
        for _, _, template in prod.resources("AWS::EC2::LaunchTemplate")
        for device in template["Properties"]["LaunchTemplateData"].get("BlockDeviceMappings", [])
    ]
    assert len(disks) == 2
    assert all(disk["Encrypted"] for disk in disks)


def test_cloudfront_may_write_its_logs_with_an_acl(prod: Synthesis) -> None:
    # "Configure standard logging (legacy)", Amazon CloudFront Developer Guide: no policy can allow it.
    (distribution,) = (found for _, _, found in prod.resources("AWS::CloudFront::Distribution"))
    target = distribution["Properties"]["DistributionConfig"]["Logging"]["Bucket"]
    bucket = prod.templates["Edge"]["Resources"][target["Fn::GetAtt"][0]]["Properties"]
    (rule,) = bucket["OwnershipControls"]["Rules"]
    assert rule["ObjectOwnership"] in ("BucketOwnerPreferred", "ObjectWriter")
