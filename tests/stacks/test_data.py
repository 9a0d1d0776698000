"""What holds data is kept, encrypted, and never replaced by accident."""

import pytest

from tests.permissions.account import Account
from tests.support.choices import STORAGES, synthesized
from tests.support.synthesis import STATEFUL_TYPES, Synthesis, synthesize

FROZEN = {
    ("Edge", "OperationsKey2329F47A"),
    ("Secrets", "Key961B73FD"),
    ("Network", "OperationsKey2329F47A"),
    ("Edge", "AccessLogs8B620ECA"),
    ("Ingress", "AccessLogs8B620ECA"),
    ("Secrets", "AcmeState527CBB00"),
    ("Secrets", "GitLabCredentials82AC0732"),
    ("Secrets", "JwtKey564D8501"),
    ("Secrets", "JwtPatKey9AC0A017"),
    ("Storage", "AccessLogs8B620ECA"),
    ("Storage", "DataKey17AFBB84"),
    ("Storage", "DatabaseInstanceAA8A5FDE"),
    ("Storage", "DatabaseLoginD8DAF3B1"),
    ("Storage", "MediaA721A567"),
    ("Storage", "SnapshotsD03D071C"),
}
"""A changed logical id makes CloudFormation put an empty resource in the place of the one with the data.
To change this list is to plan a migration of the data."""


FROZEN_CHOICES = {
    "files": {("Storage", "MediaFilesE7580DDD")},
    "copy": {
        ("Replica", "AccessLogs8B620ECA"),
        ("Replica", "DataKey17AFBB84"),
        ("Replica", "MediaA721A567"),
        ("Replica", "SnapshotsD03D071C"),
    },
}
"""What a choice of storage adds."""

WITHOUT_A_BUCKET = {("Storage", "AccessLogs8B620ECA"), ("Storage", "MediaA721A567")}


def _stateful(synthesis: Synthesis) -> set[tuple[str, str]]:
    return {(stack, i) for stack, i, _ in synthesis.resources(*STATEFUL_TYPES)}


def test_logical_ids_of_what_holds_data_are_frozen(prod: Synthesis) -> None:
    assert _stateful(prod) == FROZEN


@pytest.mark.parametrize("choice", STORAGES)
def test_logical_ids_of_what_holds_media_are_frozen(choice: str) -> None:
    found = _stateful(synthesized(choice))
    assert FROZEN - found == (WITHOUT_A_BUCKET if choice == "files" else set())
    assert found - FROZEN == FROZEN_CHOICES[choice]


def test_what_holds_data_outlives_its_stack(synthesis: Synthesis) -> None:
    for stack, logical_id, resource in synthesis.resources(*STATEFUL_TYPES):
        # It lets only what a failed first deployment made go with it.
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate", (stack, logical_id)
        assert resource["UpdateReplacePolicy"] == "Retain", (stack, logical_id)


def test_stacks_with_data_resist_deletion(prod: Synthesis) -> None:
    artifacts = prod.read("manifest.json")["artifacts"]
    for stack in ("Secrets", "Storage"):
        assert artifacts[stack]["properties"]["terminationProtection"] is True


def test_a_trial_leaves_nothing_behind() -> None:
    dev = synthesize("dev")
    for stack, logical_id, resource in dev.resources(*STATEFUL_TYPES):
        assert resource["DeletionPolicy"] == "Delete", (stack, logical_id)
    for stack in ("Secrets", "Storage"):
        properties = dev.read("manifest.json")["artifacts"][stack]["properties"]
        assert not properties.get("terminationProtection")


def test_the_database_is_guarded(prod: Synthesis) -> None:
    ((_, _, database),) = prod.resources("AWS::RDS::DBInstance")
    properties = database["Properties"]
    assert properties["MultiAZ"] is True
    assert properties["StorageEncrypted"] is True
    assert properties["DeletionProtection"] is True
    assert properties["BackupRetentionPeriod"] >= 7
    ((_, _, parameters),) = prod.resources("AWS::RDS::DBParameterGroup")
    assert parameters["Properties"]["Parameters"]["rds.force_ssl"] == "1"


def test_the_database_is_backed_up_though_the_plan_is_there_first(prod: Synthesis) -> None:
    ((_, _, database),) = prod.resources("AWS::RDS::DBInstance")
    ((stack, _, selection),) = prod.resources("AWS::Backup::BackupSelection")
    (arn,) = selection["Properties"]["BackupSelection"]["Resources"]
    account = Account(prod)
    made = account.at(account.resolve(account.stacks[stack], arn))
    assert made
    assert made.properties["DBInstanceIdentifier"] == account.resolve(
        account.stacks[stack], database["Properties"]["DBInstanceIdentifier"]
    )


def test_the_database_is_as_the_vendor_expects() -> None:
    vendor = synthesized("vendor")
    ((_, _, database),) = vendor.resources("AWS::RDS::DBInstance")
    assert database["Properties"]["DBName"] == "ndt_2"
    ((_, _, parameters),) = vendor.resources("AWS::RDS::DBParameterGroup")
    assert parameters["Properties"]["Parameters"]["rds.force_ssl"] == "0"
    functions = vendor.resources("AWS::Lambda::Function")
    environments = [f["Properties"].get("Environment", {}) for _, _, f in functions]
    assert "ndt_2" in {e["Variables"]["DATABASE"] for e in environments if e}


def test_the_masters_password_is_kept_by_rds(prod: Synthesis) -> None:
    ((_, _, database),) = prod.resources("AWS::RDS::DBInstance")
    assert database["Properties"]["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in database["Properties"]


def test_cloudformation_never_writes_the_login(prod: Synthesis) -> None:
    (login,) = (
        resource["Properties"]
        for _, logical_id, resource in prod.resources("AWS::SecretsManager::Secret")
        if logical_id.startswith("DatabaseLogin")
    )
    assert not {"SecretString", "GenerateSecretString"} & login.keys()


def test_buckets_are_encrypted_and_speak_tls_only(synthesis: Synthesis) -> None:
    policies = {
        (stack, resource["Properties"]["Bucket"]["Ref"]): resource["Properties"]["PolicyDocument"]
        for stack, _, resource in synthesis.resources("AWS::S3::BucketPolicy")
    }
    for stack, logical_id, bucket in synthesis.resources("AWS::S3::Bucket"):
        assert bucket["Properties"]["BucketEncryption"], logical_id
        assert any(
            s["Effect"] == "Deny"
            and s.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
            for s in policies[stack, logical_id]["Statement"]
        ), logical_id


def test_media_are_versioned_and_age_cheaply(prod: Synthesis) -> None:
    media = prod.templates["Storage"]["Resources"]["MediaA721A567"]["Properties"]
    assert media["VersioningConfiguration"]["Status"] == "Enabled"
    assert media["LifecycleConfiguration"]["Rules"]
