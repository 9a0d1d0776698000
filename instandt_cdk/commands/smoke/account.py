"""What AWS says of the environment: certificate, version, database, alarms."""

import re
from collections.abc import Iterator
from typing import Any

from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.commands.smoke import api, public
from instandt_cdk.commands.smoke.site import Site
from instandt_cdk.commands.smoke.verdict import Broken
from instandt_cdk.names import STACKS

MOST_ALARMS = 100
"""So many can be asked for by name at once ("DescribeAlarms", CloudWatch API Reference)."""

UNREACHABLE = (
    "deleting",
    "failed",
    "restore-error",
    "starting",
    "stopped",
    "stopping",
    "storage-full",
)
"""States in which a database takes no connections, or stores nothing; others, such as "backing-up", do no
harm ("Viewing Amazon RDS DB instance status", Amazon RDS User Guide)."""


def certificate(environment: Deployed) -> str:
    """The load balancer's certificate, which CloudFront checks, must not be near its end."""
    found = balancer_certificate(environment)
    return f"its certificate is {public.remaining(found['NotBefore'], found['NotAfter'])}"


def balancer_certificate(environment: Deployed) -> dict[str, Any]:
    """Return what ACM says of the load balancer's certificate."""
    load_balancer = environment.resource("Ingress", "AWS::ElasticLoadBalancingV2::LoadBalancer")
    listeners = environment.client("elbv2").describe_listeners(LoadBalancerArn=load_balancer)
    (arn,) = {
        held["CertificateArn"]
        for listener in listeners["Listeners"]
        for held in listener.get("Certificates", [])
    }
    described = environment.client("acm").describe_certificate(CertificateArn=arn)
    return dict(described["Certificate"])


def version(environment: Deployed, site: Site) -> str:
    """Parameter, running tasks and page must have the same version."""
    name = environment.settings.names.version_parameter
    shown, runs = versions(environment)
    if not runs:
        raise Broken("no service is deployed")
    if {tag for _, tag in runs} != {shown}:
        tasks = ", ".join(f"the {container} runs {tag}" for container, tag in runs)
        raise Broken(f"the parameter {name} says {shown}, but {tasks}")
    if not re.search(rf"(?<![\w.-]){re.escape(shown)}(?![\w.-])", site.page().text):
        raise Broken(f"parameter and tasks have {shown}, but the page does not show it")
    return f"{shown}, by the parameter {name}, the running tasks and the page"


def versions(environment: Deployed) -> tuple[str, list[tuple[str, str]]]:
    """Return the version that the parameter says, and each container that runs with its version.

    During a deployment a container may run in two versions.

    Raises:
        Broken: A service has no running task.
    """
    runs = sorted({*_running(environment)})
    name = environment.settings.names.version_parameter
    return environment.client("ssm").get_parameter(Name=name)["Parameter"]["Value"], runs


def _running(environment: Deployed) -> Iterator[tuple[str, str]]:
    """Each container that a service runs, and the version it was given."""
    ecs = environment.client("ecs")
    cluster = environment.outputs("Services")["ClusterName"]
    services = list(environment.resources("Services", "AWS::ECS::Service").values())
    if not services:
        return
    for service in ecs.describe_services(cluster=cluster, services=services)["services"]:
        if not service["runningCount"]:
            raise Broken(f"no task of {service['serviceName']} runs")
        definitions = {
            one["taskDefinition"] for one in service["deployments"] if one["runningCount"]
        }
        for arn in definitions or {service["taskDefinition"]}:
            definition = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
            for container in definition["containerDefinitions"]:
                given = {one["name"]: one["value"] for one in container["environment"]}
                yield container["name"], given["PUBLIC_VERSION_STRING"]


def database(environment: Deployed, site: Site) -> str:
    """RDS must have the database up, and the API must answer what is in it."""
    name = environment.resource("Storage", "AWS::RDS::DBInstance")
    found = environment.client("rds").describe_db_instances(DBInstanceIdentifier=name)
    status = found["DBInstances"][0]["DBInstanceStatus"]
    if is_down(status):
        raise Broken(f"{name} is {status}; look at its events in RDS")
    api.media_list(site, environment.settings.smoke)
    return f"{name} is {status}, and the API answers from it"


def is_down(status: str) -> bool:
    """Whether a database in this state cannot be used."""
    return status in UNREACHABLE or status.startswith(("incompatible-", "inaccessible-"))


def alarms(environment: Deployed) -> str:
    """No alarm of the environment may be on."""
    found = list(all_alarms(environment))
    if on := [one for one in found if one["StateValue"] == "ALARM"]:
        told = "; ".join(f"{one['AlarmName']}: {one.get('AlarmDescription', '')}" for one in on)
        raise Broken(f"{len(on)} of {len(found)} are on: {told}")
    if not found:
        raise Broken("there is none, so nobody would be told of anything")
    return f"all {len(found)} are off"


def all_alarms(environment: Deployed) -> Iterator[dict[str, Any]]:
    """All alarms of the environment's stacks, as CloudWatch describes them."""
    for stack in STACKS:
        try:
            names = list(environment.resources(stack, "AWS::CloudWatch::Alarm").values())
        except CommandError:
            continue  # Not every environment has every stack.
        client = environment.client("cloudwatch", region=environment.region_of(stack))
        for begin in range(0, len(names), MOST_ALARMS):
            yield from client.describe_alarms(AlarmNames=names[begin : begin + MOST_ALARMS])[
                "MetricAlarms"
            ]
