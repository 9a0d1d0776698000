"""Which permissions of the deployed roles nobody asked for, and why that is right for some."""

from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any

import boto3

from local import stacks
from local.emulator.roles import DECISIONS
from local.environment import Environment
from tests.support import decisions
from tests.support.synthesis import as_list

NOT_ASKED = {
    "ClusterRole *": "ECS's agent on an instance; no instance is emulated",
    "BastionRole *": "Session Manager's agent on an instance; no instance is emulated",
    "ClusterDrainLimitStateMachine* *": "the end of an instance's drain; no instance is emulated",
    "VpcFlowLogIAMRole *": "the VPC writes its flow log; there is no traffic",
    "ReplicationRole *": "S3 copies the media; the copy is not emulated",
    "*ExecutionRole secretsmanager:DescribeSecret": "the CDK grants it with each secret of a container",
    "*TaskRole ssmmessages:*": "a session in a container",
    "*TaskRole logs:*": "the transcript of a session in a container",
    "BackendTaskDefinitionTaskRole ses:*": "the stand-in sends no e-mail",
    "BackendTaskDefinitionTaskRole s3:List*": "the stand-in lists nothing",
    "BackendTaskDefinitionTaskRole s3:GetBucketLocation": "the stand-in knows the region",
    "BackendTaskDefinitionTaskRole s3:AbortMultipartUpload": "no upload breaks off",
    "DatabaseLoginsFunctionRole ecs:*": "the login is rotated in another story",
    "HostAgeFunctionRole *": "the schedule's time has not come",
    "MigrationStateMachineRole ecs:StopTask": "no run of the migration is aborted",
    "MigrationStateMachineRole ecs:ListTasks": "a call of AWS's SDK in a state, which is not decided here",
    "MigrationStateMachineRole events:*": "Step Functions hears of the task's end otherwise",
    "MigrationStateMachineRole logs:*": "Step Functions delivers its log; not emulated",
    "MigrationStateMachineRole xray:*": "Step Functions sends traces; not emulated",
    "CertificateFunctionRole acm:ListTagsForCertificate": "there is no other certificate to tell apart",
    "CertificateFunctionRole acm:DeleteCertificate": "the function deletes it with its stack, later",
}
"""Beginnings of roles' logical ids with actions, both with wildcards; what only AWS itself would ask for."""


def surplus(environment: Environment) -> set[str]:
    """Return "ROLE ACTION" for what roles may do and nobody asked for, unless NOT_ASKED says why."""
    return {
        permission
        for permission in _allowed(environment) - _asked(environment)
        if not any(fnmatch(permission, pattern) for pattern in NOT_ASKED)
    }


def outdated(environment: Environment) -> set[str]:
    """Return what NOT_ASKED explains though it was asked for, or though no role may do it."""
    unused = _allowed(environment) - _asked(environment)
    return {
        pattern
        for pattern in NOT_ASKED
        if not any(fnmatch(permission, pattern) for permission in unused)
    }


def _asked(environment: Environment) -> set[str]:
    names = _names(environment)
    return {
        f"{names[decision.role]} {decision.action}"
        for decision in decisions.read(environment.run_directory / DECISIONS)
        if decision.allowed and decision.role in names
    }


def _allowed(environment: Environment) -> set[str]:
    iam = boto3.client("iam")
    return {
        f"{logical_id} {action}"
        for role, logical_id in _names(environment).items()
        for document in _policies(iam, role)
        for statement in document["Statement"]
        for action in as_list(statement["Action"])
    }


def _policies(iam: Any, role: str) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - boto3's are dynamic
    """The documents of a role's own policies and of the deployment's that are attached to it."""
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        yield iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        if not arn.startswith("arn:aws:iam::aws:"):
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            found = iam.get_policy_version(PolicyArn=arn, VersionId=version)
            yield found["PolicyVersion"]["Document"]


def _names(environment: Environment) -> dict[str, str]:
    """The logical ids of all deployed roles, without the hash at their end, by the roles' names."""
    return {
        resource.physical_resource_id: resource.logical_id[:-8]
        for stack in stacks.deployed(environment)
        for resource in stack.resource_summaries.all()
        if resource.resource_type == "AWS::IAM::Role"
    }
