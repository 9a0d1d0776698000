"""What the function of the database's logins calls, and who calls it."""

from tests.permissions.account import Account
from tests.permissions.calls.table import (
    Calls,
    each,
    page,
    reads,
    role,
    service,
    uses_key,
)

NETWORK_INTERFACES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
)


@page("Giving Lambda functions access to resources in an Amazon VPC", "AWS Lambda Developer Guide")
def functions_get_network_interfaces(account: Account) -> Calls:
    for function in account.all("AWS::Lambda::Function"):
        if function.properties.get("VpcConfig"):
            interface = function.stack.arn("ec2:{region}:{account}:network-interface/eni-0123")
            yield from each(role(function["Role"]), NETWORK_INTERFACES, interface)
            yield role(function["Role"]).does("ec2:DescribeNetworkInterfaces")
            yield role(function["Role"]).does("ec2:DescribeSubnets")


@page(
    "Permissions for rotation: Lambda rotation function execution role",
    "AWS Secrets Manager User Guide",
)
def secrets_are_rotated(account: Account) -> Calls:
    for schedule in account.all("AWS::SecretsManager::RotationSchedule"):
        yield service("secretsmanager").does(
            "lambda:InvokeFunction",
            schedule["RotationLambdaARN"],
            {"aws:SourceAccount": schedule.stack.account},
        )
        function, secret = account.at(schedule["RotationLambdaARN"]), schedule["SecretId"]
        assert function
        caller = role(function["Role"])
        yield from reads(account, caller, secret)
        yield from each(
            caller,
            (
                "secretsmanager:DescribeSecret",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ),
            secret,
        )
        yield from uses_key(account, caller, secret, "kms:GenerateDataKey")


@page("lambdas/logins", "this project")
def the_master_makes_the_logins(account: Account) -> Calls:
    for function in account.all("AWS::Lambda::Function"):
        if function["Handler"] != "logins.handler.handle":
            continue
        caller, variables = role(function["Role"]), function["Environment"]["Variables"]
        database = account.named("AWS::RDS::DBInstance", variables["INSTANCE"])
        yield caller.does("rds:DescribeDBInstances", database.arn)
        secret = function.stack.arn("secretsmanager:{region}:{account}:secret:rds!db-0123-AbCdEf")
        # A restored instance has another name until it takes over this one.
        for instance in (database.arn, f"{database.arn}-restored"):
            tag = {"secretsmanager:ResourceTag/aws:rds:primaryDBInstanceArn": instance}
            yield caller.does("secretsmanager:GetSecretValue", secret, tag)
        context = {
            "kms:ViaService": f"secretsmanager.{function.stack.region}.amazonaws.com",
            "kms:EncryptionContext:SecretARN": secret,
        }
        yield caller.does("kms:Decrypt", database["MasterUserSecret"]["KmsKeyId"], context)


@page("lambdas/logins", "this project")
def services_are_replaced(account: Account) -> Calls:
    for function in account.all("AWS::Lambda::Function"):
        if function["Handler"] != "logins.handler.handle":
            continue
        caller, variables = role(function["Role"]), function["Environment"]["Variables"]
        cluster = account.named("AWS::ECS::Cluster", variables["CLUSTER"])
        here = {"ecs:cluster": cluster.arn}
        parts = {
            kind: cluster.arn.replace(":cluster/", f":{kind}/") for kind in ("service", "task")
        }
        yield from each(
            caller,
            ("ecs:DescribeServices", "ecs:UpdateService"),
            f"{parts['service']}/some-service",
            here,
        )
        yield caller.does("ecs:DescribeTasks", f"{parts['task']}/0123", here)
        yield caller.does("ecs:ListServices", "*", here)
        # It names no instance, so those of all are meant.
        instances = cluster.arn.replace(":cluster/", ":container-instance/")
        yield caller.does("ecs:ListTasks", f"{instances}/*", here)
        yield caller.does("ecs:DescribeTaskDefinition")


ROWS = (
    functions_get_network_interfaces,
    secrets_are_rotated,
    the_master_makes_the_logins,
    services_are_replaced,
)
