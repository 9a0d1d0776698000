"""Every call that is needed is allowed, by every policy on its way; and others are not."""

from dataclasses import replace
from typing import Any

import pytest

from instandt_cdk.services.login_permissions import OF_RDS
from tests.permissions import reference
from tests.permissions.account import Account, Thing
from tests.permissions.calls import ROWS
from tests.permissions.calls.table import role, service
from tests.permissions.decisions import Call, decide
from tests.permissions.world import world
from tests.support.choices import EVERYTHING


@pytest.mark.parametrize("choice", EVERYTHING)
def test_every_needed_call_is_allowed(choice: str) -> None:
    asked = world(choice).decisions
    assert len(asked) > 200
    assert [str(decision.call) for decision in asked if not decision.allowed()] == []


def test_every_row_of_the_table_is_about_something() -> None:
    for row in ROWS:
        assert any(list(row(world(choice).account)) for choice in EVERYTHING), row.__name__


def test_calls_are_what_aws_knows() -> None:
    for choice in EVERYTHING:
        for decision in world(choice).decisions:
            call = decision.call
            assert call.source
            assert reference.exists(call.action), call
            assert reference.is_on(call.action, call.resource), call
            for key in call.context:
                assert reference.has_key(call.action, key), (key, call)
    assert not reference.exists("s3:PutObjects")
    assert not reference.is_on("s3:PutObject", "arn:aws:s3:::bucket")
    assert not reference.has_key("s3:PutObject", "s3:x-amz-acls")


WAYS = {
    ("AWS::Backup::BackupSelection", "AWS::IAM::Role"),
    ("AWS::Backup::BackupVault", "AWS::KMS::Key"),
    ("AWS::CloudWatch::Alarm", "AWS::SNS::Topic"),
    ("AWS::EC2::FlowLog", "AWS::IAM::Role"),
    ("AWS::ECS::TaskDefinition", "AWS::IAM::Role"),
    ("AWS::EFS::FileSystem", "AWS::KMS::Key"),
    ("AWS::Events::Rule", "AWS::IAM::Role"),
    ("AWS::Events::Rule", "AWS::Lambda::Function"),
    ("AWS::Lambda::Function", "AWS::IAM::Role"),
    ("AWS::Logs::LogGroup", "AWS::KMS::Key"),
    ("AWS::RDS::DBInstance", "AWS::IAM::Role"),
    ("AWS::RDS::DBInstance", "AWS::KMS::Key"),
    ("AWS::S3::Bucket", "AWS::IAM::Role"),
    ("AWS::S3::Bucket", "AWS::KMS::Key"),
    ("AWS::S3::Bucket", "AWS::S3::Bucket"),
    ("AWS::SNS::Topic", "AWS::KMS::Key"),
    ("AWS::SecretsManager::RotationSchedule", "AWS::Lambda::Function"),
    ("AWS::SecretsManager::Secret", "AWS::KMS::Key"),
    ("AWS::StepFunctions::StateMachine", "AWS::IAM::Role"),
    ("AWS::StepFunctions::StateMachine", "AWS::Lambda::Function"),
}
"""Which resources lead a service to a resource that has a policy: the table asks along each of these ways.

A new pair means that a service publishes, writes, decrypts or assumes a role in a new way: look up who calls
what then, add it to the table, and then here.
"""
GUARDED = {guarded for _, guarded in WAYS}
NO_WAYS = ("Policy", "Permission", "InstanceProfile", "EventInvokeConfig", "Subscription")
"""How the types end that only belong to what they refer to."""


def _ways(account: Account) -> set[tuple[str, str]]:
    guarded = {thing.arn: thing for thing in account.all(*GUARDED)}

    def mentioned(value: Any) -> set[str]:  # noqa: ANN401 - JSON
        if isinstance(value, dict):
            return {arn for item in value.values() for arn in mentioned(item)}
        if isinstance(value, list):
            return {arn for item in value for arn in mentioned(item)}
        return {arn for arn in guarded if arn in str(value)}

    return {
        (thing.type, guarded[arn].type)
        for thing in account.things
        if not thing.type.endswith(NO_WAYS) and not thing.type.startswith("Custom::")
        for arn in mentioned(
            {
                **thing.properties,
                "AssumeRolePolicyDocument": None,
                "EventPattern": None,
                "KeyPolicy": None,
            }
        )
    }


def test_every_way_of_a_service_to_a_guarded_resource_is_in_the_table() -> None:
    found = {way for choice in EVERYTHING for way in _ways(world(choice).account)}
    assert found == WAYS


def _one(kind: str, beginning: str) -> Thing:
    (found,) = (
        thing for thing in world("prod").account.all(kind) if thing.id.startswith(beginning)
    )
    return found


def _refused() -> dict[str, Call]:
    topic = next(world("prod").account.all("AWS::SNS::Topic"))
    key, secrets_key = _one("AWS::KMS::Key", "DataKey"), _one("AWS::KMS::Key", "Key")
    logs_key = next(world("prod").account.all("AWS::KMS::Key"))
    backend = role(_one("AWS::IAM::Role", "BackendTaskDefinitionTaskRole").arn)
    frontend = role(_one("AWS::IAM::Role", "FrontendTaskDefinitionExecutionRole").arn)
    machine = role(_one("AWS::IAM::Role", "MigrationStateMachineRole").arn)
    cluster = _one("AWS::ECS::Cluster", "Cluster")
    elsewhere = {"aws:SourceAccount": "999999999999"}
    other_group = "arn:aws:logs:eu-central-1:999999999999:log-group:other"
    task = topic.stack.arn("ecs:{region}:{account}:task/other/0123")
    identity = topic.stack.arn("ses:{region}:{account}:identity/example.com")
    return {
        "an alarm of another account": service("cloudwatch").does(
            "sns:Publish", topic.arn, elsewhere
        ),
        "another service's message": service("events").does(
            "sns:Publish", topic.arn, {"aws:SourceAccount": topic.stack.account}
        ),
        "another account's log": service("logs.eu-central-1").does(
            "kms:Decrypt", logs_key.arn, {"kms:EncryptionContext:aws:logs:arn": other_group}
        ),
        "the media's key without S3": backend.does("kms:Decrypt", key.arn),
        "the secrets' key without Secrets Manager": frontend.does("kms:Decrypt", secrets_key.arn),
        "the frontend in the database": frontend.does(
            "secretsmanager:GetSecretValue",
            _one("AWS::SecretsManager::Secret", "DatabaseLogin").arn,
        ),
        "another database's master": role(
            _one("AWS::IAM::Role", "DatabaseLoginsFunctionRole").arn
        ).does(
            "secretsmanager:GetSecretValue",
            topic.stack.arn("secretsmanager:{region}:{account}:secret:rds!db-0123-AbCdEf"),
            {OF_RDS: topic.stack.arn("rds:{region}:{account}:db:other")},
        ),
        "a rotation of another account": service("secretsmanager").does(
            "lambda:InvokeFunction",
            _one("AWS::Lambda::Function", "DatabaseLoginsFunction").arn,
            elsewhere,
        ),
        "a task of another cluster": machine.does(
            "ecs:StopTask", task, {"ecs:cluster": cluster.arn}
        ),
        "another sender": backend.does(
            "ses:SendEmail", identity, {"ses:FromAddress": "boss@example.com"}
        ),
        "metrics of another's": role(_one("AWS::IAM::Role", "HostAgeFunctionRole").arn).does(
            "cloudwatch:PutMetricData", context={"cloudwatch:namespace": "AWS/RDS"}
        ),
        "a role for another service": service("lambda").does(
            "sts:AssumeRole", _one("AWS::IAM::Role", "BackendTaskDefinitionTaskRole").arn
        ),
        "a function for another rule": service("events").does(
            "lambda:InvokeFunction",
            _one("AWS::Lambda::Function", "CertificateFunction").arn,
            {"aws:SourceArn": topic.stack.arn("events:{region}:{account}:rule/other")},
        ),
    }


@pytest.mark.parametrize("choice", EVERYTHING)
def test_roles_use_keys_through_the_service_that_keeps_the_data_only(choice: str) -> None:
    asked = world(choice)
    for call in (decision.call for decision in asked.decisions):
        if "kms:ViaService" in call.context:
            direct = {key: call.context[key] for key in call.context if key != "kms:ViaService"}
            assert not decide(replace(call, context=direct), asked.policies).allowed(), call


def test_what_nobody_needs_is_refused() -> None:
    policies = world("prod").policies
    for name, call in _refused().items():
        assert reference.is_on(call.action, call.resource), name
        assert not decide(call, policies).allowed(), name
