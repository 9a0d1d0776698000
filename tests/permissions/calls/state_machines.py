"""What Step Functions calls for the state machines, and who starts those."""

import json
from collections.abc import Iterator
from typing import Any

from tests.permissions.account import Account, Thing
from tests.permissions.calls.table import Calls, each, on_behalf_of, page, role, service
from tests.permissions.decisions import Caller

STEP_FUNCTIONS = "AWS Step Functions Developer Guide"

FUNCTION = "arn:aws:lambda:"
RUN_TASK = "arn:aws:states:::ecs:runTask.sync"
SDK = "arn:aws:states:::aws-sdk:"
"""How the resources of the steps begin for which there are rows."""


def _steps(account: Account, beginning: str) -> Iterator[tuple[Thing, Caller, dict[str, Any]]]:
    """The steps of all state machines whose resource begins so, with the machine and its role."""
    for machine in account.all("AWS::StepFunctions::StateMachine"):
        for step in json.loads(machine["DefinitionString"])["States"].values():
            if step.get("Resource", "").startswith(beginning):
                yield machine, role(machine["RoleArn"]), step


@page("Creating an IAM role for your state machine", STEP_FUNCTIONS)
def state_machines_get_their_roles(account: Account) -> Calls:
    for _, _, step in _steps(account, "arn:"):
        assert step["Resource"].startswith((FUNCTION, RUN_TASK, SDK)), "a step without a row"
    for machine in account.all("AWS::StepFunctions::StateMachine"):
        yield service("states").does("sts:AssumeRole", machine["RoleArn"], on_behalf_of(machine))


@page("Run Amazon ECS or AWS Fargate tasks with Step Functions", STEP_FUNCTIONS)
def the_migration_runs_as_a_task(account: Account) -> Calls:
    for machine, caller, step in _steps(account, RUN_TASK):
        cluster = account.at(step["Parameters"]["Cluster"])
        (task,) = (
            task
            for task in account.all("AWS::ECS::TaskDefinition")
            if task["Family"] == step["Parameters"]["TaskDefinition"]
        )
        assert cluster
        in_cluster = {"ecs:cluster": cluster.arn}
        # IAM learns of a new revision's permission later than ECS of the revision.
        for revision in (task.arn, task.arn.replace(":7", ":8")):
            yield caller.does("ecs:RunTask", revision, in_cluster)
        running = machine.stack.arn("ecs:{region}:{account}:task/{name}/0123", name=cluster.ref)
        yield from each(caller, ("ecs:DescribeTasks", "ecs:StopTask"), running, in_cluster)
        to = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
        for passed in (task["TaskRoleArn"], task["ExecutionRoleArn"]):
            yield caller.does("iam:PassRole", passed, to)
        rule = "events:{region}:{account}:rule/StepFunctionsGetEventsForECSTaskRule"
        yield from each(
            caller,
            ("events:DescribeRule", "events:PutRule", "events:PutTargets"),
            machine.stack.arn(rule),
        )


@page("Invoke an AWS Lambda function with Step Functions", STEP_FUNCTIONS)
def the_migration_is_reported(account: Account) -> Calls:
    for _, caller, step in _steps(account, FUNCTION):
        yield caller.does("lambda:InvokeFunction", step["Resource"])


@page("Learning to use AWS service SDK integrations", STEP_FUNCTIONS)
def steps_call_aws_themselves(account: Account) -> Calls:
    for machine, caller, step in _steps(account, SDK):
        name, _, operation = step["Resource"].removeprefix(SDK).partition(":")
        action = f"{name}:{operation[0].upper()}{operation[1:]}"
        match step["Parameters"]:
            case {"AutoScalingGroupName": str(group)}:
                arn = "autoscaling:{region}:{account}:autoScalingGroup:0123:autoScalingGroupName/{name}"
                yield caller.does(action, machine.stack.arn(arn, name=group))
            case {"Cluster": str(cluster)}:
                # Of the cluster's instances ("Actions, resources, and condition keys for Amazon ECS").
                arn = "ecs:{region}:{account}:container-instance/{name}/0123"
                context = {"ecs:cluster": account.named("AWS::ECS::Cluster", cluster).arn}
                yield caller.does(action, machine.stack.arn(arn, name=cluster), context)
            case _:
                yield caller.does(action)


@page(
    "Using identity-based policies for Amazon EventBridge: targets", "Amazon EventBridge User Guide"
)
def events_start_state_machines(account: Account) -> Calls:
    for rule in account.all("AWS::Events::Rule"):
        for target in rule.properties.get("Targets", []):
            if caller := target.get("RoleArn"):
                yield service("events").does("sts:AssumeRole", caller, on_behalf_of(rule))
                yield role(caller).does("states:StartExecution", target["Arn"])


@page("Using CloudWatch Logs to log execution history in Step Functions", STEP_FUNCTIONS)
def state_machines_are_logged(account: Account) -> Calls:
    for machine in account.all("AWS::StepFunctions::StateMachine"):
        caller = role(machine["RoleArn"])
        for action in (
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
        ):
            yield caller.does(action)


@page("Trace Step Functions request data in AWS X-Ray", STEP_FUNCTIONS)
def state_machines_are_traced(account: Account) -> Calls:
    for machine in account.all("AWS::StepFunctions::StateMachine"):
        for action in (
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ):
            yield role(machine["RoleArn"]).does(action)


ROWS = (
    state_machines_get_their_roles,
    the_migration_runs_as_a_task,
    the_migration_is_reported,
    steps_call_aws_themselves,
    events_start_state_machines,
    state_machines_are_logged,
    state_machines_are_traced,
)
