"""Secrets that an earlier deployment left."""

from pathlib import Path

import pytest

from instandt_cdk.doctor import left_secrets
from instandt_cdk.settings import load
from tests.doctor.stubs import TOKEN, holding, lines
from tests.support.emulated import Cloud
from tests.support.settings_files import write

FREE = "✓ no secret is left over from an earlier deployment"


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("ecr-pullthroughcache/dndt-gitlab-left1", []),
        ("instandt-gitlab-left2", ['registry.source = "gitlab"']),
        ("instandt-letsencrypt-account-left3", []),
    ],
)
def test_a_secret_in_the_way_of_a_new_deployment(
    cloud: Cloud, tmp_path: Path, name: str, changes: list[str]
) -> None:
    environment = name.rpartition("-")[2]
    settings = load(tmp_path, write(tmp_path, *changes, name=environment).stem)
    secrets, cloudformation = cloud.client("secretsmanager"), cloud.client("cloudformation")

    def found() -> list[str]:
        return lines(left_secrets.none_in_the_way(secrets, cloudformation, settings))

    assert found() == [FREE]
    secrets.create_secret(Name=name, SecretString=TOKEN)
    (line,) = found()
    assert line.startswith(f"✗ {name} is left over from an earlier deployment")
    assert line.endswith(f"delete-secret --force-delete-without-recovery --secret-id {name}`")
    secrets.delete_secret(SecretId=name)
    (line,) = found()
    assert line.startswith(
        f"✗ {name} is scheduled for deletion, and its name is taken until then →"
    )
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    cloud.apply(f"instandt-{environment}-secrets", holding(name))
    assert found() == [FREE]


def test_a_secret_that_a_changed_setting_left_is_in_the_way_of_the_change_back(
    cloud: Cloud, tmp_path: Path
) -> None:
    settings = load(tmp_path, write(tmp_path, name="back").stem)
    secrets, cloudformation = cloud.client("secretsmanager"), cloud.client("cloudformation")
    cloud.apply("instandt-back-secrets", holding("instandt-gitlab-back"))
    secrets.create_secret(Name="ecr-pullthroughcache/dndt-gitlab-back", SecretString=TOKEN)
    (line,) = lines(left_secrets.none_in_the_way(secrets, cloudformation, settings))
    assert line.startswith("✗ ecr-pullthroughcache/dndt-gitlab-back is left over from an earlier")


def test_what_a_failed_creation_left_is_not_deployed(cloud: Cloud, tmp_path: Path) -> None:
    settings = load(tmp_path, write(tmp_path, name="broken").stem)
    broken = {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {"GroupId": "sg-none"}}
    cloud.apply("instandt-broken-secrets", {"Resources": {"It": broken}})
    found = left_secrets.none_in_the_way(
        cloud.client("secretsmanager"), cloud.client("cloudformation"), settings
    )
    assert lines(found) == [FREE]
