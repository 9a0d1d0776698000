"""`make destroy` leaves nothing of an environment to throw away, and keeps what another one protects."""

from pathlib import Path
from typing import Any

import pytest

from instandt_cdk.commands.__main__ import main
from instandt_cdk.commands.destroy import databases, deletion, obstacles
from tests.support.emulated import ACCOUNT, NETWORK, Cloud
from tests.support.settings_files import write

KEPT = {"DeletionPolicy": "RetainExceptOnCreate"}
SUBNET = {"Fn::GetStackOutput": {"StackName": "instandt-leaving-network", "OutputName": "Subnet"}}
SUBNETS = {
    "Type": "AWS::RDS::DBSubnetGroup",
    "Properties": {"DBSubnetGroupDescription": "it", "SubnetIds": [SUBNET]},
}
DATABASE = "instandt-leaving-01234567"


def _tags(environment: str) -> dict[str, Any]:
    tags = {"Application": "instandt", "Environment": environment}
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


BUCKET = {"Type": "AWS::S3::Bucket", "Properties": _tags("leaving")}
SECRET = {"Type": "AWS::SecretsManager::Secret", "Properties": _tags("leaving")}


def _database(*, protected: bool) -> dict[str, Any]:
    return {
        "Type": "AWS::RDS::DBInstance",
        "Properties": {
            "DBInstanceIdentifier": DATABASE,
            "DBInstanceClass": "db.t4g.micro",
            "Engine": "postgres",
            "AllocatedStorage": "20",
            "MasterUsername": "it",
            "MasterUserPassword": "of-nobody",
            "DBSubnetGroupName": {"Ref": "Subnets"},
            "DeletionProtection": protected,
        },
        "DeletionPolicy": "RetainExceptOnCreate" if protected else "Delete",
    }


class Leaving:
    """An environment, and the command that takes it down."""

    def __init__(self, cloud: Cloud, directory: Path) -> None:
        self.cloud = cloud
        self._directory = directory

    def settle(self, removal_policy: str) -> None:
        """Write its settings."""
        own = (f'aws.account = "{ACCOUNT}"', f'operations.removal_policy = "{removal_policy}"')
        write(self._directory, *own, name="leaving")

    def apply(self, title: str, resources: dict[str, Any], **outputs: object) -> None:
        """Create a stack."""
        name = f"instandt-leaving-{title}"
        template = {
            "Resources": resources,
            "Outputs": {key: {"Value": value} for key, value in outputs.items()},
        }
        applied = self.cloud.apply(name, template)
        assert applied["StackStatus"] == "CREATE_COMPLETE", self.cloud.failures(name)

    def destroy(self, *options: str) -> None:
        """Give the command."""
        assert main(["destroy", "leaving", *options], directory=self._directory) == 0

    @property
    def stacks(self) -> set[str]:
        """The names of the stacks that are there."""
        described = self.cloud.client("cloudformation").describe_stacks()["Stacks"]
        names = {stack["StackName"] for stack in described}
        return {name for name in names if name.startswith("instandt-leaving")}


OF_SERVICES = ("/aws/lambda/{}-storage-Empty-x", "/aws/ecs/containerinsights/{}/performance")
"""Log groups that services of AWS make."""


@pytest.fixture
def leaving(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Leaving:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{cloud.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("CONFIRM", "leaving")
    for module in (databases, deletion, obstacles):
        monkeypatch.setattr(module, "POLL_SECONDS", 0.2)
    monkeypatch.setattr(deletion, "PAUSE_SECONDS", 0.1)
    return Leaving(cloud, tmp_path)


def test_nothing_is_left_and_others_are_left_alone(
    leaving: Leaving, capsys: pytest.CaptureFixture[str]
) -> None:
    leaving.settle("destroy")
    leaving.apply("network", NETWORK, Subnet={"Ref": "Subnet"})
    storage = {"Subnets": SUBNETS, "It": _database(protected=False), "Media": BUCKET}
    leaving.apply("storage", storage, Media={"Ref": "Media"})
    leaving.apply("secrets", {"Login": SECRET})
    for title in ("egress", "cluster"):
        leaving.apply(title, {"It": {"Type": "AWS::SNS::Topic"}})
    # A log came after its bucket was emptied.
    media = leaving.cloud.outputs("instandt-leaving-storage")["Media"]
    leaving.cloud.client("s3").put_object(Bucket=media, Key="log", Body=b"late")
    # What services make beside the stacks, and what belongs to another environment.
    images, logs = leaving.cloud.client("ecr"), leaving.cloud.client("logs")
    for prefix in ("instandt-leaving", "instandt-leaving-not"):
        images.create_repository(repositoryName=f"{prefix}/vendor/backend")
        for group in OF_SERVICES:
            logs.create_log_group(logGroupName=group.format(prefix))
    other = SECRET | {"Properties": _tags("leaving-not")}
    leaving.cloud.apply("instandt-leaving-not-secrets", {"Resources": {"Login": other}})

    leaving.destroy()

    printed = capsys.readouterr().out
    assert printed.endswith("Nothing is left of leaving.\n")
    assert printed.index("Storage: deleted") < printed.index("Network: deleting")
    assert printed.index("Cluster: deleted") < printed.index("Egress: deleting")
    assert "Storage: not deleted yet" in printed
    assert "buckets with media or logs, secrets, logs.\n" in printed
    assert leaving.stacks == {"instandt-leaving-not-secrets"}
    repositories = images.describe_repositories()["repositories"]
    assert [one["repositoryName"] for one in repositories] == [
        "instandt-leaving-not/vendor/backend"
    ]
    groups = {one["logGroupName"] for one in logs.describe_log_groups()["logGroups"]}
    for group in OF_SERVICES:
        assert group.format("instandt-leaving-not") in groups
        assert group.format("instandt-leaving") not in groups
    snapshots = leaving.cloud.client("rds").describe_db_snapshots()["DBSnapshots"]
    assert [one for one in snapshots if one["DBInstanceIdentifier"] == DATABASE] == []
    leaving.cloud.delete("instandt-leaving-not-secrets")


def test_what_is_protected_is_kept_until_the_protection_is_taken_off(
    leaving: Leaving, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving.settle("retain")
    leaving.apply("network", NETWORK, Subnet={"Ref": "Subnet"})
    storage = {
        "Subnets": SUBNETS,
        "It": _database(protected=True),
        "Media": BUCKET | KEPT,
        "Login": SECRET | KEPT,
    }
    leaving.apply("storage", storage, Media={"Ref": "Media"}, Login={"Ref": "Login"})
    media = leaving.cloud.outputs("instandt-leaving-storage")["Media"]
    leaving.cloud.client("s3").put_object(Bucket=media, Key="medium", Body=b"kept")
    leaving.cloud.client("cloudformation").update_termination_protection(
        StackName="instandt-leaving-storage", EnableTerminationProtection=True
    )
    whole = leaving.stacks

    with pytest.raises(SystemExit) as refused:
        leaving.destroy()
    assert str(refused.value).splitlines() == [
        "The stack instandt-leaving-storage is protected from deletion.",
        f"The database {DATABASE} is protected from deletion.",
        "Nothing was deleted. `make destroy ENV=leaving UNPROTECT=yes` takes the protection off and goes on. "
        "Media and logs stay then, and the database as a final snapshot.",
    ]
    monkeypatch.setenv("CONFIRM", "another")
    with pytest.raises(SystemExit, match='set CONFIRM="leaving"'):
        leaving.destroy("--unprotect")
    assert leaving.stacks == whole

    monkeypatch.setenv("CONFIRM", "leaving")
    leaving.destroy("--unprotect")
    printed = capsys.readouterr().out
    assert leaving.stacks == set()
    assert leaving.cloud.client("rds").describe_db_instances()["DBInstances"] == []
    assert f"database snapshot {DATABASE}-final in eu-central-1" in printed
    assert f"bucket {media} in eu-central-1" in printed
    objects = leaving.cloud.client("s3").list_objects_v2(Bucket=media)["Contents"]
    assert [one["Key"] for one in objects] == ["medium"]
    # Once more, it says the same.
    left = printed.partition("This is left of leaving:")[2]
    leaving.destroy()
    assert left in capsys.readouterr().out


def test_logs_that_were_kept_are_not_deleted_unasked(
    leaving: Leaving, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving.settle("retain")
    leaving.apply("storage", {"Login": SECRET | KEPT}, Login={"Ref": "Login"})
    secret = leaving.cloud.outputs("instandt-leaving-storage")["Login"]
    logs = leaving.cloud.client("logs")
    kept = "/aws/lambda/instandt-leaving-storage-Empty-x"
    logs.create_log_group(logGroupName=kept)

    def groups() -> list[str]:
        return [one["logGroupName"] for one in logs.describe_log_groups()["logGroups"]]

    # The settings changed, but were not deployed.
    leaving.settle("destroy")
    leaving.destroy("--unprotect")
    assert leaving.stacks == set()
    assert kept in groups()

    monkeypatch.delenv("CONFIRM")
    with pytest.raises(SystemExit, match='set CONFIRM="leaving"'):
        leaving.destroy()
    assert f"This deletes for ever the logs that are left: {kept}." in capsys.readouterr().out
    assert kept in groups()
    monkeypatch.setenv("CONFIRM", "leaving")
    leaving.destroy()
    assert kept not in groups()
    leaving.cloud.client("secretsmanager").delete_secret(
        SecretId=secret, ForceDeleteWithoutRecovery=True
    )


def test_what_cannot_be_deleted_is_said_and_the_same_command_goes_on(leaving: Leaving) -> None:
    leaving.settle("destroy")
    leaving.apply("network", NETWORK, Subnet={"Ref": "Subnet"})
    protection = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    properties = {"LoadBalancerAttributes": protection, "Subnets": [SUBNET]}
    # Not where the command looks for one.
    balancer = {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": properties}
    leaving.apply("services", {"Balancer": balancer}, Balancer={"Ref": "Balancer"})
    leaving.apply("secrets", {"Login": SECRET})
    with pytest.raises(SystemExit) as failed:
        leaving.destroy()
    assert "Services could not be deleted.\ninstandt-leaving-services: Balancer" in str(
        failed.value
    )
    assert "deletion protection is enabled" in str(failed.value)
    assert leaving.stacks == {"instandt-leaving-network", "instandt-leaving-services"}
    leaving.cloud.client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=leaving.cloud.outputs("instandt-leaving-services")["Balancer"],
        Attributes=[protection[0] | {"Value": "false"}],
    )
    leaving.destroy()
    assert leaving.stacks == set()
