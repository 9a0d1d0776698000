"""The embedded AWS restores databases as RDS does, with their rows, and with RDS's defaults."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.databases import connect
from tests.support.emulated import Cloud
from tests.support.servers import wait_until

PASSWORD = "first-password"  # noqa: S105 - of a server of the test's own
INSTANCE = {
    "DBInstanceIdentifier": "one",
    "Engine": "postgres",
    "EngineVersion": "17",
    "DBInstanceClass": "db.t4g.micro",
    "AllocatedStorage": "20",
    "DBName": "instandt",
    "MasterUsername": "instandt",
    "MasterUserPassword": PASSWORD,
    "BackupRetentionPeriod": 7,
    "DeletionProtection": True,
    "EnableCloudwatchLogsExports": ["postgresql"],
    "EnableIAMDatabaseAuthentication": True,
}


@pytest.fixture(scope="module")
def rds(cloud: Cloud) -> Any:  # noqa: ANN401 - boto3's are dynamic
    instance = {"Type": "AWS::RDS::DBInstance", "Properties": INSTANCE}
    stack = cloud.apply("restores", {"Resources": {"Database": instance}})
    assert stack["StackStatus"] == "CREATE_COMPLETE", cloud.failures("restores")
    return cloud.client("rds")


def _described(rds: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 - boto3's are dynamic
    (found,) = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    return dict(found)


def _await(rds: Any, name: str) -> None:  # noqa: ANN401 - boto3's are dynamic
    def available() -> bool:
        try:
            return bool(_described(rds, name)["DBInstanceStatus"] == "available")
        except ClientError:
            return False

    wait_until(available, what=f"{name} is available")


def _rows(cloud: Cloud, server: str, password: str = PASSWORD) -> list[int]:
    connection = connect(cloud.directory, server, password=password)
    try:
        return [row for (row,) in connection.run("SELECT number FROM kept ORDER BY number")]
    finally:
        connection.close()


def _run(cloud: Cloud, statement: str) -> None:
    connection = connect(cloud.directory, "one", password=PASSWORD)
    try:
        connection.run(statement)
    finally:
        connection.close()


def test_rows_come_back_as_they_were(cloud: Cloud, rds: Any) -> None:  # noqa: ANN401
    _run(cloud, "CREATE TABLE kept (number int)")
    _run(cloud, "INSERT INTO kept VALUES (1)")
    before = datetime.now(UTC)
    _run(cloud, "INSERT INTO kept VALUES (2)")
    rds.create_db_snapshot(DBSnapshotIdentifier="both", DBInstanceIdentifier="one")
    _run(cloud, "DELETE FROM kept")
    rds.restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier="one", TargetDBInstanceIdentifier="then", RestoreTime=before
    )
    rds.restore_db_instance_from_db_snapshot(
        DBSnapshotIdentifier="both", DBInstanceIdentifier="from-both"
    )
    assert _described(rds, "then")["DBInstanceStatus"] == "creating"
    _await(rds, "then")
    _await(rds, "from-both")
    assert _rows(cloud, "then") == [1]
    assert _rows(cloud, "from-both") == [1, 2]
    assert _rows(cloud, "one") == []


def test_a_restore_takes_over_no_more_than_rds_says(rds: Any) -> None:  # noqa: ANN401
    restored = _described(rds, "then")
    assert restored["DeletionProtection"] is False
    assert restored["IAMDatabaseAuthenticationEnabled"] is False
    assert restored.get("EnabledCloudwatchLogsExports", []) == []
    assert _described(rds, "one")["EnabledCloudwatchLogsExports"] == ["postgresql"]


def test_a_renamed_instance_keeps_its_rows_and_changes_its_address(
    cloud: Cloud,
    rds: Any,  # noqa: ANN401
) -> None:
    address = _described(rds, "then")["Endpoint"]["Address"]
    rds.modify_db_instance(
        DBInstanceIdentifier="then", NewDBInstanceIdentifier="later", ApplyImmediately=True
    )
    with pytest.raises(ClientError, match="InvalidDBInstanceState"):
        rds.modify_db_instance(DBInstanceIdentifier="then", DeletionProtection=True)
    _await(rds, "later")
    assert _described(rds, "later")["Endpoint"]["Address"] == address.replace("then.", "later.")
    with pytest.raises(ClientError, match="DBInstanceNotFound"):
        _described(rds, "then")
    assert _rows(cloud, "then") == [1]


def test_the_master_password_can_be_changed(cloud: Cloud, rds: Any) -> None:  # noqa: ANN401
    rds.modify_db_instance(DBInstanceIdentifier="later", MasterUserPassword="second-password")
    assert _rows(cloud, "then", "second-password") == [1]
    _await(rds, "later")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"TargetDBInstanceIdentifier": "one"}, "DBInstanceAlreadyExists"),
        ({"RestoreTime": datetime(2020, 1, 1, tzinfo=UTC)}, "InvalidParameterValue"),
        ({"RestoreTime": datetime.now(UTC) + timedelta(hours=1)}, "InvalidParameterValue"),
        ({"DBSubnetGroupName": "none"}, "DBSubnetGroupNotFound"),
        ({"Tags": [{"Key": "aws:stack", "Value": "one"}]}, "InvalidParameterValue"),
        ({"SourceDBInstanceIdentifier": "none"}, "DBInstanceNotFound"),
    ],
)
def test_what_rds_refuses_is_refused(
    rds: Any,  # noqa: ANN401
    changes: dict[str, Any],
    refusal: str,
) -> None:
    asked = {
        "SourceDBInstanceIdentifier": "one",
        "TargetDBInstanceIdentifier": "refused",
        "RestoreTime": datetime.now(UTC) - timedelta(milliseconds=100),
    }
    with pytest.raises(ClientError, match=refusal):
        rds.restore_db_instance_to_point_in_time(**asked | changes)


def test_the_window_begins_with_the_instance(rds: Any) -> None:  # noqa: ANN401
    backups = rds.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
    window = {one["DBInstanceIdentifier"]: one["RestoreWindow"] for one in backups}["later"]
    assert window["EarliestTime"] == _described(rds, "later")["InstanceCreateTime"]
