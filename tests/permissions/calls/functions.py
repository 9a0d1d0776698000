"""What the functions call: each has boto3's calls in its package below `lambdas/`."""

import json
from collections.abc import Iterator

from tests.permissions.account import Account, Thing
from tests.permissions.calls.table import (
    Calls,
    each,
    log_group,
    on_behalf_of,
    page,
    reads,
    role,
    service,
    stream,
    uses_key,
)
from tests.permissions.decisions import Call, Caller
from tests.support.synthesis import as_list

LAMBDA = "AWS Lambda Developer Guide"


@page("Defining Lambda function permissions with an execution role", LAMBDA)
def functions_get_their_roles_and_write_logs(account: Account) -> Calls:
    for function in account.all("AWS::Lambda::Function"):
        yield service("lambda").does("sts:AssumeRole", function["Role"])
        given = function.properties.get("LoggingConfig", {}).get("LogGroup")
        group = log_group(function.stack, given or f"/aws/lambda/{function.ref}")
        yield from each(
            role(function["Role"]), ("logs:CreateLogStream", "logs:PutLogEvents"), stream(group)
        )


@page(
    "Using resource-based policies for Amazon EventBridge: AWS Lambda permissions",
    "Amazon EventBridge User Guide",
)
def schedules_call_functions(account: Account) -> Calls:
    for rule in account.all("AWS::Events::Rule"):
        for target in rule.properties.get("Targets", []):
            if (function := account.at(target["Arn"])) and function.type == "AWS::Lambda::Function":
                yield service("events").does(
                    "lambda:InvokeFunction", function.arn, on_behalf_of(rule)
                )


@page("lambdas/preflight", "this project")
def the_preflight_looks(account: Account) -> Calls:
    for caller, asked in _requests(account, "preflight.handler.handle"):
        yield _asks_for_rollback(caller, asked)
        if secret := asked.properties.get("CredentialsArn"):
            yield from reads(account, caller, secret)
        if location := asked.properties.get("Location"):
            host, _, path = f"{location}/".partition("/")
            registry, _, _, region, *_ = host.split(".")
            for image in asked["Images"]:
                arn = f"arn:aws:ecr:{region}:{registry}:repository/{path}{image}"
                yield caller.does("ecr:BatchGetImage", arn)
        if zone := asked.properties.get("HostedZoneId"):
            yield from each(
                caller,
                ("route53:GetHostedZone", "route53:ListResourceRecordSets"),
                f"arn:aws:route53:::hostedzone/{zone}",
            )


@page("lambdas/certificate", "this project")
def the_certificate_is_kept_in_acm(account: Account) -> Calls:
    for caller, asked in _requests(account, "certificate.handler.handle"):
        lock = account.named("AWS::DynamoDB::Table", asked["LockTable"])
        yield caller.does("dynamodb:UpdateItem", lock.arn)
        yield caller.does("acm:ListCertificates")
        yield from each(
            caller,
            (
                "acm:AddTagsToCertificate",
                "acm:DeleteCertificate",
                "acm:DescribeCertificate",
                "acm:GetCertificate",
                "acm:ImportCertificate",
                "acm:ListTagsForCertificate",
            ),
            asked.stack.arn("acm:{region}:{account}:certificate/0123"),
        )


@page("lambdas/certificate", "this project")
def the_certificates_state_is_kept_in_secrets(account: Account) -> Calls:
    for caller, asked in _requests(account, "certificate.handler.handle"):
        state = asked["StateSecretArn"]
        yield from reads(account, caller, state)
        yield caller.does("secretsmanager:PutSecretValue", state)
        yield from uses_key(account, caller, state, "kms:GenerateDataKey")
        for name in ("AccountKeySecretArn", "ExternalAccountHmacKeySecretArn"):
            if secret := asked.properties.get(name):
                yield from reads(account, caller, secret)


@page("certbot-dns-route53: sample policy", "certbot's documentation")
def certbot_answers_challenges(account: Account) -> Calls:
    for caller, asked in _requests(account, "certificate.handler.handle"):
        yield caller.does("route53:ListHostedZones")
        yield caller.does("route53:GetChange", "arn:aws:route53:::change/C0123")
        for domain in asked["Domains"]:
            yield caller.does(
                "route53:ChangeResourceRecordSets",
                f"arn:aws:route53:::hostedzone/{asked['HostedZoneId']}",
                {
                    "route53:ChangeResourceRecordSetsRecordTypes": ["TXT"],
                    "route53:ChangeResourceRecordSetsNormalizedRecordNames": [
                        f"_acme-challenge.{domain}"
                    ],
                },
            )


@page("lambdas/migration", "this project")
def the_migration_is_started_and_reported(account: Account) -> Calls:
    for caller, asked in _requests(account, "migration.handler.handle"):
        yield _asks_for_rollback(caller, asked)
        machine = account.at(asked["StateMachineArn"])
        assert machine
        yield caller.does("states:StartExecution", machine.arn)
        report = json.loads(machine["DefinitionString"])["States"]["ReportOutcome"]["Parameters"]
        group = log_group(machine.stack, report["LogGroup"])
        yield caller.does("logs:GetLogEvents", stream(group))


@page("lambdas/host_age", "this project")
def the_age_of_hosts_is_measured(account: Account) -> Calls:
    for function in account.all("AWS::Lambda::Function"):
        if function["Handler"] == "host_age.handler.handle":
            caller, namespace = role(function["Role"]), {"cloudwatch:namespace": "instaNDT"}
            yield caller.does("ec2:DescribeInstances")
            yield caller.does("cloudwatch:PutMetricData", context=namespace)


@page("custom-resource-handlers/aws-s3/auto-delete-objects-handler", "the CDK's library")
def buckets_to_throw_away_are_emptied(account: Account) -> Calls:
    for asked in account.all("Custom::S3AutoDeleteObjects"):
        function = account.at(asked["ServiceToken"])
        assert function
        bucket = account.named("AWS::S3::Bucket", asked["BucketName"])
        yield from each(
            role(function["Role"]),
            (
                "s3:GetBucketPolicy",
                "s3:GetBucketTagging",
                "s3:ListBucketVersions",
                "s3:PutBucketPolicy",
            ),
            bucket.arn,
        )
        yield role(function["Role"]).does("s3:DeleteObjectVersion", f"{bucket.arn}/some/medium.dcm")


def _requests(account: Account, handler: str) -> Iterator[tuple[Caller, Thing]]:
    """The custom resources that a function is asked for, and the function's role."""
    functions = {
        function.arn: role(function["Role"])
        for function in account.all("AWS::Lambda::Function")
        if function["Handler"] == handler
    }
    for thing in account.things:
        for token in as_list(thing.properties.get("ServiceToken", [])):
            if token in functions:
                yield functions[token], thing


def _asks_for_rollback(caller: Caller, asked: Thing) -> Call:
    stack = asked.stack.arn(
        "cloudformation:{region}:{account}:stack/{name}/0", name=asked.stack.name
    )
    return caller.does("cloudformation:DescribeStacks", stack)


ROWS = (
    functions_get_their_roles_and_write_logs,
    schedules_call_functions,
    the_preflight_looks,
    the_certificate_is_kept_in_acm,
    the_certificates_state_is_kept_in_secrets,
    certbot_answers_challenges,
    the_migration_is_started_and_reported,
    the_age_of_hosts_is_measured,
    buckets_to_throw_away_are_emptied,
)
