"""The containers get what the application contract says, and nobody else sees their secrets."""

from typing import Any

from tests.support.synthesis import Synthesis

# instaNDT's documentation, "On-Premise Setup Guide", "Environment Variables".
CONTRACT = {
    "frontend": {
        "CI_ENVIRONMENT_SLUG",
        "DEFAULT_STORAGE_SIZE_LIMIT_IN_BYTES",
        "JWT_PAT_SECRET_KEY",
        "JWT_SECRET_KEY",
        "ORIGIN",
        "PUBLIC_COMMIT_HASH",
        "PUBLIC_COOKIE_DOMAIN",
        "PUBLIC_ENDPOINT",
        "PUBLIC_INTERNAL_ENDPOINT",
        "PUBLIC_MAX_FILE_UPLOAD_SIZE_MiB",
        "PUBLIC_VERSION_STRING",
        "USE_GRAFANA_LOKI_LOGGER",
    },
    "backend": {
        "CI_ENVIRONMENT_SLUG",
        "DEFAULT_STORAGE_SIZE_LIMIT_IN_BYTES",
        "EMAIL_SENDER",
        "EMAIL_TOKEN_EXPIRY_DURATION_SECS",
        "JWT_PAT_SECRET_KEY",
        "JWT_SECRET_KEY",
        "ORIGIN",
        "POSTGRES_CONNECTION_STRING",
        "PUBLIC_COMMIT_HASH",
        "PUBLIC_COOKIE_DOMAIN",
        "PUBLIC_MAX_FILE_UPLOAD_SIZE_MiB",
        "PUBLIC_VERSION_STRING",
        "S3_BUCKET",
        "STORAGE_MODE",
        "USE_GRAFANA_LOKI_LOGGER",
        "VERIFY_EMAIL_TOKEN_EXPIRY_DURATION_SECS",
    },
    "migration": {"POSTGRES_HOST", "POSTGRES_USERNAME", "POSTGRES_PASSWORD"},
}
SECRETS = {
    "JWT_PAT_SECRET_KEY",
    "JWT_SECRET_KEY",
    "POSTGRES_CONNECTION_STRING",
    "POSTGRES_USERNAME",
    "POSTGRES_PASSWORD",
}


def _containers(prod: Synthesis) -> dict[str, dict[str, Any]]:
    return {
        container["Name"]: container
        for _, _, definition in prod.resources("AWS::ECS::TaskDefinition")
        for container in definition["Properties"]["ContainerDefinitions"]
    }


def _names(variables: list[dict[str, Any]]) -> set[str]:
    return {variable["Name"] for variable in variables}


def test_each_container_gets_its_contract(prod: Synthesis) -> None:
    assert {
        # The CDK adds the region, which ECS on EC2 does not tell a task by itself.
        name: _names(c["Environment"]) - {"AWS_REGION"} | _names(c["Secrets"])
        for name, c in _containers(prod).items()
    } == CONTRACT


def test_secrets_come_from_secrets_manager_and_nothing_else_does(prod: Synthesis) -> None:
    for name, container in _containers(prod).items():
        assert _names(container["Secrets"]) == CONTRACT[name] & SECRETS


def test_the_connection_string_has_the_documented_form(prod: Synthesis) -> None:
    (written,) = (
        variables["CONNECTION_STRING"]
        for _, _, function in prod.resources("AWS::Lambda::Function")
        if (variables := function["Properties"].get("Environment", {}).get("Variables"))
    )
    assert (
        written
        == "Server={host};Database={database};Port={port};Userid={username};Password={password}"
    )


def test_every_task_logs(prod: Synthesis) -> None:
    for name, container in _containers(prod).items():
        logging = container["LogConfiguration"]
        assert logging["LogDriver"] == "awslogs", name
        group = prod.templates["Services"]["Resources"][logging["Options"]["awslogs-group"]["Ref"]]
        assert group["Properties"]["RetentionInDays"] == 365, name


def test_all_three_images_have_the_version_and_come_through_the_cache(prod: Synthesis) -> None:
    assert {
        "".join(part if isinstance(part, str) else "…" for part in _parts(c["Image"]))
        for c in _containers(prod).values()
    } == {
        f"222222222222.dkr.ecr.eu-central-1.…/instandt-prod/duerr-ndt/instandt/{name}:1.0.0"
        for name in CONTRACT
    }


def _parts(image: Any) -> list[Any]:  # noqa: ANN401 - a string or an intrinsic function
    return [image] if isinstance(image, str) else list(image["Fn::Join"][1])


def test_services_roll_without_a_gap_and_roll_back(prod: Synthesis) -> None:
    for _, logical_id, service in prod.resources("AWS::ECS::Service"):
        configuration = service["Properties"]["DeploymentConfiguration"]
        assert configuration["MinimumHealthyPercent"] == 100, logical_id
        assert configuration["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
        assert service["Properties"]["EnableExecuteCommand"] is True


def test_the_api_goes_to_the_backend_and_the_rest_to_the_frontend(prod: Synthesis) -> None:
    rules = sorted(
        (
            r["Properties"]["Priority"],
            r["Properties"]["Conditions"][0]["PathPatternConfig"]["Values"],
            r["Properties"]["Actions"][0]["TargetGroupArn"]["Ref"],
        )
        for _, _, r in prod.resources("AWS::ElasticLoadBalancingV2::ListenerRule")
    )
    assert [(paths, target[:8].rstrip("T")) for _, paths, target in rules] == [
        (["/api/*"], "Backend"),
        (["/*"], "Frontend"),
    ]
