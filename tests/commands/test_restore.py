"""A restore that cannot begin is refused in a sentence, with nothing changed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from instandt_cdk.commands.__main__ import INTERRUPTED, main
from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.commands.restore import announcement, takeover
from instandt_cdk.commands.restore.instances import Instances
from instandt_cdk.commands.restore.media import Media
from instandt_cdk.commands.restore.target import understood
from instandt_cdk.settings import load
from tests.doctor.stubs import answering
from tests.support.emulated import ACCOUNT, Cloud
from tests.support.servers import wait_until
from tests.support.settings_files import write

pytestmark = pytest.mark.usefixtures("storage")

NAME = "instandt-refused-12345678"
RUNNING = {
    "DBInstanceIdentifier": NAME,
    "Engine": "postgres",
    "EngineVersion": "17.6",
    "MasterUsername": "instandt",
}
"""What a snapshot is compared with."""
FILES = ('storage.mode = "local"', "- storage.replica_region", "- storage.archive_after_days")


@pytest.fixture(scope="module")
def storage(cloud: Cloud) -> None:
    """The stack's resources that a restore looks for."""
    resources = {
        "Media": {"Type": "AWS::S3::Bucket"},
        "Database": {
            "Type": "AWS::RDS::DBInstance",
            "Properties": {
                "DBInstanceIdentifier": NAME,
                "Engine": "postgres",
                "EngineVersion": "17",
                "DBInstanceClass": "db.t4g.micro",
                "AllocatedStorage": "20",
                "MasterUsername": "instandt",
                "MasterUserPassword": "password",
                "BackupRetentionPeriod": 7,
            },
        },
    }
    outputs = {"MediaBucketName": {"Value": {"Ref": "Media"}}}
    stack = cloud.apply("instandt-refused-storage", {"Resources": resources, "Outputs": outputs})
    assert stack["StackStatus"] == "CREATE_COMPLETE", cloud.failures("instandt-refused-storage")


@pytest.fixture
def directory(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the settings are, with the emulated AWS as the only one."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{cloud.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.delenv("CONFIRM", raising=False)
    write(tmp_path, f'aws.account = "{ACCOUNT}"', name="refused")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], r"Say to when\.\n  TO=TIME      from 20\S+Z to 20\S+Z"),
        (["--to", "2026-11-21T09:30:00"], "names no time zone. Add Z for UTC"),
        (["--to", "2026-11-21"], "names no time zone"),
        (["--to", "21.11.2026"], "is no time. Write it as in RFC 3339"),
        (["--to", "2999-01-01T00:00:00Z"], "is in the future"),
        (["--to", "2020-01-01T00:00:00Z"], "Old versions of media are kept for 90 days"),
        (
            ["--to", "2020-01-01T00:00:00Z", "--media=leave"],
            rf"RDS can restore {NAME} to times from 20\S+Z to 20\S+Z",
        ),
        (["--to", "none"], "There is no snapshot none in this account and region"),
    ],
)
def test_what_cannot_be_restored_is_said(
    directory: Path, arguments: list[str], sentence: str
) -> None:
    with pytest.raises(SystemExit, match=sentence):
        main(["restore", "refused", *arguments], directory=directory)


def test_media_in_a_file_system_are_left_to_aws_backup(directory: Path) -> None:
    write(directory, f'aws.account = "{ACCOUNT}"', *FILES, name="refused")
    with pytest.raises(SystemExit, match=r"media are in EFS.*MEDIA=leave"):
        main(["restore", "refused", "--to", "2020-01-01T00:00:00Z"], directory=directory)


def _instances(directory: Path, *answers: tuple[str, dict[str, Any]]) -> Instances:
    """The environment's, of which RDS gives these answers."""
    environment = Deployed(settings=load(directory, "refused"))
    environment._clients["rds", "eu-central-1"] = answering("rds", answers)
    return Instances(environment)


def _snapshots(*of: str, **different: str) -> tuple[str, dict[str, Any]]:
    """An answer with a snapshot of each of these instances."""
    snapshots = [
        {
            **RUNNING,
            "Status": "available",
            "DBSnapshotIdentifier": f"of-{name}",
            "DBInstanceIdentifier": name,
            "OriginalSnapshotCreateTime": datetime(2026, 11, 21, tzinfo=UTC),
            **different,
        }
        for name in of
    ]
    return "describe_db_snapshots", {"DBSnapshots": snapshots}


def test_a_copied_snapshot_of_another_environment_can_take_over(directory: Path) -> None:
    name = "instandt-other-01234567"
    running = ("describe_db_instances", {"DBInstances": [RUNNING]})
    instances = _instances(directory, _snapshots(name), _snapshots(name), running)
    target = understood(f"of-{name}", instances)
    assert takeover.source(instances, target) == NAME


@pytest.mark.parametrize("key", ["Engine", "MasterUsername"])
def test_a_snapshot_with_what_cannot_be_changed_is_refused(directory: Path, key: str) -> None:
    running = ("describe_db_instances", {"DBInstances": [RUNNING]})
    instances = _instances(directory, _snapshots(NAME, **{key: "other"}), running)
    refusal = f"of-{NAME} cannot take over: its {key} is other instead of {RUNNING[key]}"
    with pytest.raises(CommandError, match=refusal):
        instances.check(instances.snapshot(f"of-{NAME}"))


def test_only_the_environment_s_own_snapshots_are_offered(directory: Path) -> None:
    former = f"{NAME}-former-20261121093000"
    others = ("instandt-refused-eu-01234567", "instandt-other-01234567")
    instances = _instances(directory, _snapshots(NAME, former, *others))
    offered = [one["DBInstanceIdentifier"] for one in instances.snapshots()]
    assert offered == [NAME, former]


def test_between_the_two_renames_the_same_snapshot_is_understood(directory: Path) -> None:
    """No instance runs then, with which it could be compared."""
    assert understood(f"of-{NAME}", _instances(directory, _snapshots(NAME))).snapshot


def test_an_instance_whose_storage_is_optimized_is_not_waited_for(directory: Path) -> None:
    optimized = {**RUNNING, "DBInstanceStatus": "storage-optimization"}
    answers = ("describe_db_instances", {"DBInstances": [optimized]})
    assert _instances(directory, answers).settled(NAME) == optimized


def test_a_restore_without_media_goes_on_without_media_only(
    directory: Path, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: Instances) -> None:
        raise KeyboardInterrupt

    rds = cloud.client("rds")
    rds.create_db_snapshot(DBSnapshotIdentifier="alone", DBInstanceIdentifier=NAME)
    monkeypatch.setenv("CONFIRM", NAME)
    monkeypatch.setattr(takeover, "prepare", interrupt)
    command = ["restore", "refused", "--to", "alone"]
    assert main([*command, "--media", "leave"], directory=directory) == INTERRUPTED
    refusal = r"A restore to alone MEDIA=leave is under way. Finish it with TO=alone MEDIA=leave;"
    with pytest.raises(SystemExit, match=refusal):
        main(command, directory=directory)
    assert main([*command, "--media", "leave"], directory=directory) == INTERRUPTED
    _delete_restored(cloud)


@pytest.mark.parametrize(("bucket", "alone"), [("media", ""), (None, " MEDIA=leave")])
def test_the_way_back_leaves_media_if_they_were_left(
    directory: Path, bucket: str | None, alone: str
) -> None:
    former = {"DBInstanceIdentifier": f"{NAME}-former-20261121093000"}
    found = ("describe_db_instances", {"DBInstances": [former]})
    instances = _instances(directory, found, found)
    environment = Deployed(settings=load(directory, "refused"))
    media = Media(s3=None, bucket=bucket, kept_days=90)
    said = announcement.done(environment, instances, media)
    assert said.endswith(f"  make restore ENV=refused TO=2026-11-21T09:30:00Z{alone}")


def _delete_restored(cloud: Cloud) -> None:
    rds, name = cloud.client("rds"), f"{NAME}-restored"

    def available() -> bool:
        found = rds.describe_db_instances(DBInstanceIdentifier=name)
        return bool(found["DBInstances"][0]["DBInstanceStatus"] == "available")

    wait_until(available, what="it can be deleted")
    rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)


def test_a_snapshot_of_another_major_version_is_refused(directory: Path, cloud: Cloud) -> None:
    rds = cloud.client("rds")
    rds.create_db_snapshot(DBSnapshotIdentifier="of-17", DBInstanceIdentifier=NAME)
    rds.modify_db_instance(DBInstanceIdentifier=NAME, EngineVersion="18", ApplyImmediately=True)
    with pytest.raises(SystemExit, match="is of PostgreSQL 17, but PostgreSQL 18 runs"):
        main(["restore", "refused", "--to", "of-17"], directory=directory)

    def available() -> bool:
        found = rds.describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"]
        return bool(found[0]["DBInstanceStatus"] == "available")

    wait_until(available, what="the change is made")


def test_another_instance_in_the_way_is_left_alone(directory: Path, cloud: Cloud) -> None:
    rds = cloud.client("rds")
    rds.restore_db_instance_from_db_snapshot(
        DBSnapshotIdentifier="of-17", DBInstanceIdentifier=f"{NAME}-restored"
    )
    with pytest.raises(SystemExit, match=f"{NAME}-restored is in the way"):
        main(["restore", "refused", "--to", "of-17"], directory=directory)
    _delete_restored(cloud)
