"""What the machines call: the instances under the containers, and the bastion."""

from tests.permissions.account import Account
from tests.permissions.calls.containers import SESSION
from tests.permissions.calls.table import (
    ECS,
    Calls,
    each,
    log_group,
    page,
    role,
    service,
    stream,
)
from tests.permissions.decisions import Caller


@page("Best practices for IAM roles in Amazon ECS: container instance role", ECS)
def the_agent_reports_to_ecs(account: Account) -> Calls:
    for cluster in account.all("AWS::ECS::Cluster"):
        (machine,) = [
            profile
            for profile in account.all("AWS::IAM::InstanceProfile")
            if profile.id.startswith("Cluster")
        ]
        (name,) = machine["Roles"]
        caller = role(account.named("AWS::IAM::Role", name).arn)
        yield caller.does("ecs:DiscoverPollEndpoint")
        yield from each(
            caller,
            (
                "ecs:RegisterContainerInstance",
                "ecs:SubmitAttachmentStateChanges",
                "ecs:SubmitTaskStateChange",
            ),
            cluster.arn,
        )
        instance = cluster.stack.arn(
            "ecs:{region}:{account}:container-instance/{name}/0123", name=cluster.ref
        )
        context = {"ecs:cluster": cluster.arn}
        yield from each(caller, ("ecs:Poll", "ecs:StartTelemetrySession"), instance, context)


@page("Verify or add instance permissions for Session Manager", "AWS Systems Manager User Guide")
def operators_reach_the_bastion(account: Account) -> Calls:
    for document in account.all("AWS::SSM::Document"):
        bastion = _bastion(account)
        instance = document.stack.arn("ec2:{region}:{account}:instance/i-0123")
        yield bastion.does("ssm:UpdateInstanceInformation", instance)
        yield from (bastion.does(action) for action in SESSION)


@page(
    "Creating an IAM role with permissions for Session Manager and Amazon S3 and CloudWatch Logs",
    "AWS Systems Manager User Guide",
)
def sessions_on_the_bastion_leave_transcripts(account: Account) -> Calls:
    for document in account.all("AWS::SSM::Document"):
        inputs = document["Content"]["inputs"]
        group = log_group(document.stack, inputs["cloudWatchLogGroupName"])
        bastion = _bastion(account)
        yield bastion.does("logs:DescribeLogGroups")
        yield bastion.does("logs:DescribeLogStreams", group)
        yield from each(bastion, ("logs:CreateLogStream", "logs:PutLogEvents"), stream(group))


@page("Creating and using an IAM policy for IAM database access", "Amazon RDS User Guide")
def psql_on_the_bastion_logs_in(account: Account) -> Calls:
    for database in account.all("AWS::RDS::DBInstance"):
        reader = "rds-db:{region}:{account}:dbuser:db-ABCDEFGHIJKL01234/instandt_reader"
        yield _bastion(account).does("rds-db:connect", database.stack.arn(reader))


def _bastion(account: Account) -> Caller:
    (name,) = [
        name
        for profile in account.all("AWS::IAM::InstanceProfile")
        if profile.id.startswith("Bastion")
        for name in profile["Roles"]
    ]
    return role(account.named("AWS::IAM::Role", name).arn)


@page("IAM roles for Amazon EC2", "Amazon EC2 User Guide")
def instances_get_their_roles(account: Account) -> Calls:
    for profile in account.all("AWS::IAM::InstanceProfile"):
        for name in profile["Roles"]:
            arn = account.named("AWS::IAM::Role", name).arn
            yield service("ec2").does("sts:AssumeRole", arn)


ROWS = (
    the_agent_reports_to_ecs,
    operators_reach_the_bastion,
    sessions_on_the_bastion_leave_transcripts,
    psql_on_the_bastion_logs_in,
    instances_get_their_roles,
)
