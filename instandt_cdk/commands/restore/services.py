"""The backend writes to the database; while it is restored, nobody may."""

import argparse
from typing import Any

from instandt_cdk.commands import migrate
from instandt_cdk.commands.deployed import Deployed
from instandt_cdk.progress import say, wait_until

HEALTHY = "healthy"


def stop_backend(environment: Deployed) -> None:
    """Stop all tasks of the backend. Its scaling does nothing meanwhile, because it has no data.

    Source: "Use a target metric to scale Amazon ECS services", Amazon ECS Developer Guide.
    """
    say("Stopping the backend; uploads on their way end first …")
    ecs, service = environment.client("ecs"), _service(environment)
    ecs.update_service(**service, desiredCount=0)

    def look() -> str | None:
        running = _described(environment)["runningCount"]
        return f"{running} tasks are still running" if running else None

    wait_until(look)


def start_backend(environment: Deployed, given: argparse.Namespace) -> None:
    """Bring the schema to the deployed version, and start the backend; wait until it is healthy.

    Raises:
        CommandError: The migration failed.
    """
    migrate.run(environment, given)
    wanted = environment.settings.backend.desired_count
    say("Starting the backend …")
    environment.client("ecs").update_service(**_service(environment), desiredCount=wanted)

    def look() -> str | None:
        groups = [one["targetGroupArn"] for one in _described(environment)["loadBalancers"]]
        balancing = environment.client("elbv2")
        healthy = min(
            sum(
                target["TargetHealth"]["State"] == HEALTHY
                for target in answer["TargetHealthDescriptions"]
            )
            for answer in (
                balancing.describe_target_health(TargetGroupArn=group) for group in groups
            )
        )
        return f"{healthy} of {wanted} tasks are healthy" if healthy < wanted else None

    wait_until(look)


def _service(environment: Deployed) -> dict[str, str]:
    """The backend's service, as requests name it."""
    arn = environment.resource("Services", "AWS::ECS::Service", beginning="Backend")
    return {"cluster": arn.split("/")[1], "service": arn}


def _described(environment: Deployed) -> dict[str, Any]:
    service = _service(environment)
    answer = environment.client("ecs").describe_services(
        cluster=service["cluster"], services=[service["service"]]
    )
    return dict(answer["services"][0])
