"""Each way to the images has what it needs, and nothing of the others."""

import json
from typing import Any

import pytest

from tests.support.choices import DIGESTS, IMAGES, synthesized
from tests.support.synthesis import Synthesis

EXECUTION_ROLES = {f"{name.title()}TaskDefinitionExecutionRole" for name in IMAGES}


@pytest.fixture
def gitlab() -> Synthesis:
    return synthesized("gitlab")


@pytest.fixture
def ecr() -> Synthesis:
    return synthesized("ecr")


def _containers(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    return {
        container["Name"]: container
        for _, _, definition in synthesis.resources("AWS::ECS::TaskDefinition")
        for container in definition["Properties"]["ContainerDefinitions"]
    }


def _addresses(synthesis: Synthesis) -> dict[str, str]:
    return {
        name: container["Image"]
        if isinstance(container["Image"], str)
        else "".join(
            part if isinstance(part, str) else "amazonaws.com"
            for part in container["Image"]["Fn::Join"][1]
        )
        for name, container in _containers(synthesis).items()
    }


def _allowed(synthesis: Synthesis, service: str) -> set[tuple[str, str, str]]:
    """What may be done with a service: by the owner of which policy, which action, on what."""
    return {
        (logical_id.partition("DefaultPolicy")[0], action, json.dumps(resource))
        for _, logical_id, policy in synthesis.resources("AWS::IAM::Policy")
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in _list(statement["Action"])
        for resource in _list(statement["Resource"])
        if action.startswith(f"{service}:")
    }


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - one or several
    return value if isinstance(value, list) else [value]


def test_the_cache_s_repositories_do_not_grow_for_ever(prod: Synthesis) -> None:
    ((_, _, rule),) = prod.resources("AWS::ECR::PullThroughCacheRule")
    ((_, _, template),) = prod.resources("AWS::ECR::RepositoryCreationTemplate")
    properties = template["Properties"]
    assert properties["Prefix"] == rule["Properties"]["EcrRepositoryPrefix"]
    assert properties["AppliedFor"] == ["PULL_THROUGH_CACHE"]
    (rule,) = json.loads(properties["LifecyclePolicy"])["rules"]
    assert rule["selection"]["tagStatus"] == "any"
    # A version for two processors is three images: those before the newest ten versions go.
    assert rule["selection"]["countNumber"] >= 3 * 10
    assert rule["action"] == {"type": "expire"}
    # With these ECR needs a role, and without it pulls fail.
    assert not {"ResourceTags", "EncryptionConfiguration", "CustomRoleArn"} & set(properties)


def test_gitlab_is_asked_for_the_images_directly(gitlab: Synthesis) -> None:
    assert _addresses(gitlab) == {
        name: f"registry.example.com:5050/duerr-ndt/instandt/{name}:1.0.0" for name in IMAGES
    }
    assert not list(gitlab.resources("AWS::ECR::PullThroughCacheRule"))
    assert not _allowed(gitlab, "ecr")


def test_gitlabs_login_has_the_form_that_ecs_reads(gitlab: Synthesis) -> None:
    # "Using non-AWS container images in Amazon ECS", Amazon ECS Developer Guide.
    secrets = gitlab.templates["Secrets"]
    login = secrets["Resources"][_login(gitlab)]["Properties"]
    assert login["Name"] == "instandt-gitlab-prod"
    assert login["KmsKeyId"]["Fn::GetAtt"][0].startswith("Key")
    text = "".join(
        part if isinstance(part, str) else f"<{part['Ref']}>"
        for part in login["SecretString"]["Fn::Join"][1]
    )
    assert json.loads(text) == {"username": "deploy-token", "password": "<GitLabAccessToken>"}
    token = secrets["Parameters"]["GitLabAccessToken"]
    assert token["NoEcho"] is True
    assert "Default" not in token


def test_gitlabs_login_is_kept_with_the_other_secrets(gitlab: Synthesis) -> None:
    login = gitlab.templates["Secrets"]["Resources"][_login(gitlab)]
    assert _login(gitlab) == "GitLabLogin0B43719F"
    assert login["DeletionPolicy"] == "RetainExceptOnCreate"
    assert login["UpdateReplacePolicy"] == "Retain"


def test_every_task_logs_in_to_gitlab(gitlab: Synthesis) -> None:
    for name, container in _containers(gitlab).items():
        credentials = container["RepositoryCredentials"]["CredentialsParameter"]
        assert "Ref" + _login(gitlab) in _output(credentials), name


def test_only_the_execution_roles_and_the_preflight_read_gitlabs_login(gitlab: Synthesis) -> None:
    assert {
        owner
        for owner, action, resource in _allowed(gitlab, "secretsmanager")
        if action == "secretsmanager:GetSecretValue" and _login(gitlab) in resource
    } == EXECUTION_ROLES | {"PreflightFunctionRole"}
    decrypting = {
        owner
        for owner, action, resource in _allowed(gitlab, "kms")
        if action == "kms:Decrypt"
        and ("instandt-prod-secrets" in resource or owner == "PreflightFunctionRole")
    }
    assert decrypting == EXECUTION_ROLES | {"CertificateFunctionRole", "PreflightFunctionRole"}


def test_only_the_instances_reach_the_registrys_port(gitlab: Synthesis) -> None:
    reaching = [
        (logical_id.partition("SecurityGroup")[0], rule["FromPort"], rule["ToPort"])
        for _, logical_id, group in gitlab.resources("AWS::EC2::SecurityGroup")
        for rule in group["Properties"].get("SecurityGroupEgress", [])
        if rule.get("FromPort") not in (443, 252)  # AWS services, and the library's "nowhere"
    ]
    assert reaching == [("Cluster", 5050, 5050)]


def test_nothing_knows_gitlab_when_the_images_are_in_ecr(ecr: Synthesis) -> None:
    for stack, template in ecr.templates.items():
        assert "gitlab" not in json.dumps(template).lower(), stack
        assert set(template.get("Parameters", {})) <= {"BootstrapVersion"} | {
            name for name in template.get("Parameters", {}) if name.startswith("SsmParameterValue")
        }
    assert not list(ecr.resources("AWS::ECR::PullThroughCacheRule"))
    for name, container in _containers(ecr).items():
        assert "RepositoryCredentials" not in container, name


def test_images_in_ecr_are_pulled_from_exactly_their_repositories(ecr: Synthesis) -> None:
    pull = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
    repositories = "arn:aws:ecr:us-west-2:333333333333:repository/mirror/instandt"
    assert {entry for entry in _allowed(ecr, "ecr") if entry[1] != "ecr:GetAuthorizationToken"} == {
        (f"{name.title()}TaskDefinitionExecutionRole", action, f'"{repositories}/{name}"')
        for name in IMAGES
        for action in pull
    } | {
        ("PreflightFunctionRole", "ecr:BatchGetImage", f'"{repositories}/{name}"')
        for name in IMAGES
    }


def test_a_digest_names_exactly_one_image(ecr: Synthesis) -> None:
    assert _addresses(ecr) == {
        name: f"333333333333.dkr.ecr.us-west-2.amazonaws.com/mirror/instandt/{name}@{digest}"
        for name, digest in DIGESTS.items()
    }


def test_the_release_keeps_its_name_beside_digests(ecr: Synthesis) -> None:
    for name in ("frontend", "backend"):
        environment = {v["Name"]: v["Value"] for v in _containers(ecr)[name]["Environment"]}
        assert environment["PUBLIC_VERSION_STRING"] == "1.0.0"
    ((_, _, parameter),) = ecr.resources("AWS::SSM::Parameter")
    assert parameter["Properties"]["Value"] == "1.0.0"


def test_another_image_of_the_migration_is_another_migration(
    ecr: Synthesis, gitlab: Synthesis
) -> None:
    # CloudFormation runs the migration when this property changes.
    for synthesis, reference in ((ecr, DIGESTS["migration"]), (gitlab, "1.0.0")):
        ((_, _, migration),) = synthesis.resources("Custom::DatabaseMigration")
        assert migration["Properties"]["Version"] == reference


def _login(synthesis: Synthesis) -> str:
    """The logical id of the secret with GitLab's user and token."""
    (login,) = [
        logical_id
        for stack, logical_id, _ in synthesis.resources("AWS::SecretsManager::Secret")
        if logical_id.startswith("GitLab")
    ]
    return login


def _output(reference: dict[str, Any]) -> str:
    name: str = reference["Fn::GetStackOutput"]["OutputName"]
    return name
