"""The settings of an instance that a restored one must have as well, so that the template still describes it.

A restore takes over little by itself: not the groups of security and parameters, nor the standby, the
protection, the logs, the monitoring (RestoreDBInstanceToPointInTime, Amazon RDS API Reference). What the
request cannot say is changed afterwards.
"""

from collections.abc import Mapping
from typing import Any

Instance = Mapping[str, Any]
"""As DescribeDBInstances answers."""
Parameters = dict[str, Any]
"""As the requests take them."""

SAME_NAME = (
    "AutoMinorVersionUpgrade",
    "BackupRetentionPeriod",
    "CACertificateIdentifier",
    "CopyTagsToSnapshot",
    "DBInstanceClass",
    "DeletionProtection",
    "Iops",
    "MaxAllocatedStorage",
    "MonitoringInterval",
    "MonitoringRoleArn",
    "MultiAZ",
    "NetworkType",
    "PerformanceInsightsKMSKeyId",
    "PreferredBackupWindow",
    "PreferredMaintenanceWindow",
    "PubliclyAccessible",
    "StorageThroughput",
    "StorageType",
)
"""What the description and ModifyDBInstance call the same."""

AFTERWARDS = {"Iops", "StorageThroughput", "StorageType"}
"""What is changed when the instance is there: it begins with gp3, and RDS refuses to be told what is the
default."""

UNDER_ITS_NAME = {"ManageMasterUserPassword", "MasterUserSecretKmsKeyId"}
"""What is changed when the instance has its name. RDS marks the master's secret with the ARN of its instance
("Password management with Amazon RDS and AWS Secrets Manager", Amazon RDS User Guide)."""

FIXED = (
    "DBSubnetGroup",
    "Engine",
    "EngineVersion",
    "KmsKeyId",
    "MasterUsername",
    "StorageEncrypted",
)
"""What cannot be changed afterwards."""


def settings(instance: Instance) -> Parameters:
    """An instance's settings, as parameters of ModifyDBInstance."""
    found = {name: instance.get(name) for name in SAME_NAME}
    found["DBParameterGroupName"] = instance["DBParameterGroups"][0]["DBParameterGroupName"]
    found["VpcSecurityGroupIds"] = sorted(
        group["VpcSecurityGroupId"] for group in instance["VpcSecurityGroups"]
    )
    found["EnableIAMDatabaseAuthentication"] = instance.get("IAMDatabaseAuthenticationEnabled")
    if instance.get("PerformanceInsightsEnabled"):
        found["EnablePerformanceInsights"] = True
        found["PerformanceInsightsRetentionPeriod"] = instance["PerformanceInsightsRetentionPeriod"]
    if secret := instance.get("MasterUserSecret"):
        found["ManageMasterUserPassword"] = True
        found["MasterUserSecretKmsKeyId"] = secret["KmsKeyId"]
    return {name: value for name, value in found.items() if value not in (None, "")}


def missing(running: Instance, restored: Instance) -> Parameters:
    """What ModifyDBInstance must still change."""
    is_so = settings(restored)
    return {name: value for name, value in settings(running).items() if is_so.get(name) != value}


def different(running: Instance, restored: Instance) -> list[str]:
    """What is different for good."""
    sides = [_fixed(instance) for instance in (running, restored)]
    return [
        f"{name} {after} instead of {before}"
        for name in FIXED
        if (before := sides[0][name]) != (after := sides[1][name])
    ]


def major(instance: Instance) -> str:
    """The major version of PostgreSQL. RDS looks after the minor one."""
    return str(instance["EngineVersion"]).partition(".")[0]


def _fixed(instance: Instance) -> dict[str, object]:
    return {
        **{name: instance.get(name) for name in FIXED},
        "DBSubnetGroup": instance["DBSubnetGroup"]["DBSubnetGroupName"],
        "EngineVersion": major(instance),
    }
