"""The two roles of an ECS task: one for its containers, one for what ECS does before they start.

Sources: "Amazon ECS task IAM role" and "Amazon ECS task execution IAM role", Amazon ECS Developer Guide.
"""

import re
from typing import Any

from local.emulator import hooks
from local.emulator.roles import AccessDeniedError, Session

_ECR_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[\w-]+)\.amazonaws\.com/(?P<repository>[^:@]+)"
)
_PULL_ACTIONS = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
)
_FIRST_PULL_ACTIONS = ("ecr:CreateRepository", "ecr:BatchImportUpstreamImage")
"""What the first pull through ECR's cache needs besides ("IAM permissions", Amazon ECR User Guide)."""


def install() -> None:
    """Adapt how tasks are started."""
    ecs = hooks.service("ecs")

    @hooks.around(ecs, "_start_task_worker")
    def start(
        original: hooks.Original, task: hooks.Untyped, definition: hooks.Untyped, *more: object
    ) -> None:
        # Without an execution role ECS uses the instance's, which is not emulated.
        if role := definition.get("executionRoleArn"):
            agent = Session(role, _id(task["taskArn"]))
            for container in definition["containerDefinitions"]:
                _require_secrets(agent, container)
                _require_image(agent, container["image"])
                _require_log(agent, container, task["taskArn"])
        original(task, definition, *more)

    # ministack shows each container an address with credentials that belong to no role.
    @hooks.around(ecs, "_register_metadata")
    def lend(
        original: hooks.Original,
        task_arn: str,
        cluster: str,
        definition: hooks.Untyped,
        container: object,
        launch_type: str,
        environment: dict[str, str],
        *network: object,
    ) -> hooks.Untyped:
        arguments = (task_arn, cluster, definition, container, launch_type, environment, *network)
        token = original(*arguments)
        for name in ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"):
            del environment[name]
        if role := definition.get("taskRoleArn"):
            environment.update(Session(role, _id(task_arn)).environment)
        return token


def _id(task_arn: str) -> str:
    return task_arn.rpartition("/")[2]


def _require_secrets(agent: Session, container: dict[str, Any]) -> None:
    for secret in container.get("secrets", []):
        # arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME, and perhaps :KEY:STAGE:VERSION
        arn = ":".join(secret["valueFrom"].split(":")[:7])
        try:
            agent.require("secretsmanager:GetSecretValue", arn)
        except AccessDeniedError as denied:
            raise hooks.service("ecs")._SecretResolutionError(
                f"unable to retrieve secret from asm: AccessDeniedException: {denied}"
            ) from None


def _require_image(agent: Session, image: str) -> None:
    found = _ECR_IMAGE.match(image)
    if not found:
        return
    account, region, repository = found.group("account", "region", "repository")
    arn = f"arn:aws:ecr:{region}:{account}:repository/{repository}"
    try:
        agent.require("ecr:GetAuthorizationToken")
        # A repository that does not exist yet is one of ECR's cache.
        first = repository not in hooks.service("ecr")._repositories
        for action in (*_PULL_ACTIONS, *(_FIRST_PULL_ACTIONS if first else ())):
            agent.require(action, arn)
    except AccessDeniedError as denied:
        raise hooks.service("ecs")._ImagePullError(f"AccessDeniedException: {denied}") from None


def _require_log(agent: Session, container: dict[str, Any], task_arn: str) -> None:
    ecs, responses = hooks.service("ecs"), hooks.core("responses")
    log = ecs._awslogs_config(container, _id(task_arn), "")
    if not log:
        return
    region = log["region"] or responses.get_region()
    stream = f"log-group:{log['group']}:log-stream:{log['stream']}"
    arn = f"arn:aws:logs:{region}:{responses.get_account_id()}:{stream}"
    try:
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            agent.require(action, arn)
    except AccessDeniedError as denied:
        raise RuntimeError(
            f"failed to validate logger args: AccessDeniedException: {denied}"
        ) from None
