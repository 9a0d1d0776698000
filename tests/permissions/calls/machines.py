"""What the machines call: the instances under the containers, and the bastion."""

from tests.permissions.account import Account
from tests.permissions.calls.containers import SESSION
from tests.permissions.calls.table import ECS, Calls, each, page, role, service


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
    for profile in account.all("AWS::IAM::InstanceProfile"):
        if profile.id.startswith("Bastion"):
            (name,) = profile["Roles"]
            caller = role(account.named("AWS::IAM::Role", name).arn)
            instance = profile.stack.arn("ec2:{region}:{account}:instance/i-0123")
            yield caller.does("ssm:UpdateInstanceInformation", instance)
            yield from (caller.does(action) for action in SESSION)


@page("IAM roles for Amazon EC2", "Amazon EC2 User Guide")
def instances_get_their_roles(account: Account) -> Calls:
    for profile in account.all("AWS::IAM::InstanceProfile"):
        for name in profile["Roles"]:
            arn = account.named("AWS::IAM::Role", name).arn
            yield service("ec2").does("sts:AssumeRole", arn)


ROWS = (the_agent_reports_to_ecs, operators_reach_the_bastion, instances_get_their_roles)
