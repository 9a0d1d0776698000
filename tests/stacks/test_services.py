"""Services: when a container is healthy, who starts after whom, and what becomes of requests under way."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.choices import synthesized
from tests.support.settings_files import SettingsFactory
from tests.support.synthesis import Synthesis


def _target_groups(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    return {
        logical_id.partition("Targets")[0]: resource["Properties"]
        for _, logical_id, resource in synthesis.resources(
            "AWS::ElasticLoadBalancingV2::TargetGroup"
        )
    }


def _delay_seconds(group: dict[str, Any]) -> int:
    attributes = {each["Key"]: each["Value"] for each in group["TargetGroupAttributes"]}
    return int(attributes["deregistration_delay.timeout_seconds"])


def _containers(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    return {
        container["Name"]: container
        for _, _, definition in synthesis.resources("AWS::ECS::TaskDefinition")
        for container in definition["Properties"]["ContainerDefinitions"]
    }


def test_a_frontend_that_redirects_to_a_login_is_healthy(prod: Synthesis) -> None:
    groups = _target_groups(prod)
    assert groups["Frontend"]["Matcher"] == {"HttpCode": "200-399"}
    assert groups["Backend"]["Matcher"] == {"HttpCode": "200"}


def test_the_health_checks_are_the_operators_choice() -> None:
    groups = _target_groups(synthesized("vendor"))
    assert groups["Frontend"]["HealthCheckPath"] == "/login"
    assert groups["Frontend"]["Matcher"] == {"HttpCode": "200"}
    assert groups["Backend"]["HealthCheckPath"] == "/healthz"
    assert groups["Backend"]["Matcher"] == {"HttpCode": "204,401"}


def test_requests_and_health_checks_go_to_the_port_of_the_container() -> None:
    synthesis = synthesized("vendor")
    containers = _containers(synthesis)
    for _, _, service in synthesis.resources("AWS::ECS::Service"):
        (registered,) = service["Properties"]["LoadBalancers"]
        (port,) = containers[registered["ContainerName"]]["PortMappings"]
        assert registered["ContainerPort"] == port["ContainerPort"]
    for group in _target_groups(synthesis).values():
        # A health check goes to the port of the target, not of the group, unless the group says otherwise.
        assert group.get("HealthCheckPort", "traffic-port") == "traffic-port"


def test_the_frontend_starts_after_the_backend_which_starts_after_the_migration(
    prod: Synthesis,
) -> None:
    services = prod.templates["Services"]["Resources"]
    by_type = {
        logical_id: set(resource.get("DependsOn", []))
        for logical_id, resource in services.items()
        if resource["Type"] == "AWS::ECS::Service"
    }
    (backend,) = [logical_id for logical_id in by_type if logical_id.startswith("Backend")]
    (frontend,) = [logical_id for logical_id in by_type if logical_id.startswith("Frontend")]
    (migration,) = [i for i, r in services.items() if r["Type"] == "Custom::DatabaseMigration"]
    assert backend in by_type[frontend]
    assert migration in by_type[backend]


def test_a_version_that_fails_after_it_was_healthy_is_rolled_back(prod: Synthesis) -> None:
    resources = prod.templates["Services"]["Resources"]
    for _, name, service in prod.resources("AWS::ECS::Service"):
        configured = service["Properties"]["DeploymentConfiguration"]
        assert configured["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}, name
        alarms = configured["Alarms"]
        assert (alarms["Enable"], alarms["Rollback"], len(alarms["AlarmNames"])) == (True, True, 2)
        (balancer,) = service["Properties"]["LoadBalancers"]
        for alarm in alarms["AlarmNames"]:
            properties = resources[alarm["Ref"]]["Properties"]
            metrics = [
                metric["MetricStat"]["Metric"]
                for metric in properties.get("Metrics", [])
                if "MetricStat" in metric
            ] or [properties]
            for metric in metrics:
                (group,) = (
                    dimension["Value"]["Fn::GetAtt"]
                    for dimension in metric["Dimensions"]
                    if dimension["Name"] == "TargetGroup"
                )
                assert group == [balancer["TargetGroupArn"]["Ref"], "TargetGroupFullName"], name


def test_an_upload_outlives_the_replacement_of_its_container(prod: Synthesis) -> None:
    # 1024 MiB at 10 Mbit/s.
    assert _delay_seconds(_target_groups(prod)["Backend"]) == 15 * 60
    assert _delay_seconds(_target_groups(prod)["Frontend"]) == 60
    assert _delay_seconds(_target_groups(synthesized("vendor"))["Backend"]) == 40 * 60


@pytest.mark.parametrize(
    ("mebibytes", "minutes"), [(1, 1), (200, 3), (1024, 15), (4096, 58), (20480, 60)]
)
def test_the_largest_upload_fits_as_far_as_a_load_balancer_waits(
    tmp_path: Path, mebibytes: int, minutes: int
) -> None:
    application = SettingsFactory(tmp_path)(
        f"application.upload_limit_mib = {mebibytes}"
    ).application
    assert application.longest_upload_minutes == minutes


def test_a_server_may_answer_what_it_has_received_before_it_is_killed(prod: Synthesis) -> None:
    timeouts = {name: c.get("StopTimeout") for name, c in _containers(prod).items()}
    # CloudFront waits for an answer for 120 s.
    assert timeouts == {"frontend": 120, "backend": 120, "migration": None}


def test_a_container_writes_to_its_scratch_volume_only_if_so_chosen(prod: Synthesis) -> None:
    assert not any(c["ReadonlyRootFilesystem"] for c in _containers(prod).values())
    containers = _containers(synthesized("vendor"))
    for name, read_only in {"frontend": True, "backend": False, "migration": True}.items():
        assert containers[name]["ReadonlyRootFilesystem"] is read_only, name
        mounts = {mount["ContainerPath"] for mount in containers[name].get("MountPoints", [])}
        assert mounts == ({"/tmp"} if read_only else set()), name  # noqa: S108
    volumes = [
        volume
        for _, _, definition in synthesized("vendor").resources("AWS::ECS::TaskDefinition")
        for volume in definition["Properties"].get("Volumes", [])
    ]
    # Docker's own volume has the permissions of the image's directory, a directory of the host is root's.
    assert [volume["DockerVolumeConfiguration"]["Scope"] for volume in volumes] == ["task"] * 2


def test_no_shell_is_opened_where_it_could_not_run() -> None:
    services = {
        logical_id.partition("Service")[0]: resource["Properties"]
        for _, logical_id, resource in synthesized("vendor").resources("AWS::ECS::Service")
    }
    assert services["Frontend"].get("EnableExecuteCommand", False) is False
    assert services["Backend"]["EnableExecuteCommand"] is True


def test_containers_run_as_the_chosen_user() -> None:
    users = {name: c.get("User") for name, c in _containers(synthesized("vendor")).items()}
    assert users == {"frontend": None, "backend": "1000:1000", "migration": "1000"}
