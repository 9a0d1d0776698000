"""The connections that have to be possible, from the contract and the settings, and no others."""

from collections.abc import Iterator

from instandt_cdk.contract import Application, Need, application, instandt
from instandt_cdk.settings import Settings
from tests.network.model import HTTPS, SERVICES, Way

AGENT = ("ecs", "ecs-agent", "ecs-telemetry", "ecr.api", "ecr.dkr", "s3", "logs", "secretsmanager")
"""What a container instance calls: for the agent, and on behalf of the tasks for their images, secrets and
logs ("Amazon ECS interface VPC endpoints", Amazon ECS Developer Guide)."""

SESSION = ("ssm", "ssmmessages")
"""What an instance calls for Session Manager ("Reference: ec2messages, ssmmessages, and other API
operations", AWS Systems Manager User Guide)."""

EXEC = ("ssmmessages", "logs")
"""What a task calls for a session in it, and for the transcript ("Monitor Amazon ECS containers with ECS
Exec", Amazon ECS Developer Guide)."""


LOGINS = ("ecs", "rds", "secretsmanager", "s3")
"""What the function of the database's logins calls; its answer to CloudFormation goes to S3 ("Custom resource
request and response objects", AWS CloudFormation User Guide)."""


def promised(settings: Settings) -> set[Way]:
    """The connections that have to be possible."""
    app = application(settings, database_host="database", media_bucket=_bucket(settings))
    return {
        Way("cloudfront", "balancer", HTTPS),
        *_of_containers(app, settings),
        *_of_instances(settings),
        Way("bastion", "balancer", HTTPS),
        Way("bastion", "database", instandt.DATABASE_PORT),
        *(_call("bastion", service, settings) for service in SESSION),
        Way("logins", "database", instandt.DATABASE_PORT),
        *(_call("logins", service, settings) for service in LOGINS),
        *_of_the_operators_hosts(settings),
    }


def tolerated(settings: Settings) -> set[Way]:
    """What is possible as well: a security group cannot tell AWS's services from others on the internet."""
    callers = (
        "instances",
        "bastion",
        "frontend",
        "backend",
        "migration",
        "logins",
        "stranger",
        "nat",
    )
    ways = {_call(caller, service, settings) for caller in callers for service in SERVICES}
    if not settings.network.is_closed:
        ways |= {Way(caller, "internet", HTTPS, "internet") for caller in callers}
        port = settings.registry.port
        ways |= {Way(caller, "internet", port, "internet") for caller in ("instances", "nat")}
        # Its subnet has its own way to the internet, so S3's endpoint is not there.
        ways.add(Way("nat", "s3", HTTPS, "internet"))
    return ways


def _of_containers(app: Application, settings: Settings) -> Iterator[Way]:
    for container in app.containers:
        name = container.name
        if container.web_server:
            yield Way("balancer", name, container.web_server.port)
            for service in EXEC:
                yield _call(name, service, settings)
        if "USE_GRAFANA_LOKI_LOGGER" in container.environment and settings.application.grafana_loki:
            yield Way(name, "internet", HTTPS, "internet")
        for need in container.needs:
            match need:
                case Need.API:
                    yield Way(name, "balancer", HTTPS)
                case Need.DATABASE:
                    yield Way(name, "database", instandt.DATABASE_PORT)
                case Need.MEDIA if settings.storage.mode == "local":
                    # "Amazon EFS: creating security groups", Amazon EFS User Guide.
                    yield Way(name, "files", 2049)
                case Need.MEDIA:
                    yield _call(name, "s3", settings)
                case Need.MAIL:
                    yield _call(name, "email", settings)


def _of_instances(settings: Settings) -> Iterator[Way]:
    """The instances pull the images, also for tasks with a network interface of their own."""
    for service in AGENT:
        yield _call("instances", service, settings)
    registry = settings.registry
    if registry.source == "gitlab":
        # The registry sends whoever asks for a layer on to the place where it is stored.
        for port in (registry.port, HTTPS):
            yield Way("instances", "internet", port, "internet")
    elif registry.source == "pull-through-cache" or registry.region != settings.aws.region:
        # ECR fetches an image for the first time only for who has a way to the internet ("Pull an image with
        # a pull through cache rule in Amazon ECR", Amazon ECR User Guide).
        yield Way("instances", "internet", HTTPS, "internet")
    if settings.network.nat == "instance-per-zone" and not settings.network.existing_vpc:
        # They install what they need when they start.
        yield Way("nat", "internet", HTTPS, "internet")


def _of_the_operators_hosts(settings: Settings) -> Iterator[Way]:
    """Other hosts in the operator's VPC still reach AWS's services, whatever we add to it."""
    if settings.network.existing_vpc:
        for service in SERVICES:
            yield _call("stranger", service, settings)


def _call(caller: str, service: str, settings: Settings) -> Way:
    """The way to a service of AWS: through its endpoint where there is one."""
    network = settings.network
    if service == "s3":
        private = not network.existing_vpc or bool(network.existing_vpc.application_route_table_ids)
    else:
        private = network.has_interface_endpoints and (
            service not in ("email", "rds") or network.is_closed
        )
    return Way(caller, service, HTTPS, "endpoint" if private else "internet")


def _bucket(settings: Settings) -> str | None:
    return "bucket" if settings.storage.mode == "s3" else None
