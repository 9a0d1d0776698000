"""`make readers` names who may read a secret, and nobody else."""

from pathlib import Path

import pytest

from instandt_cdk.commands.__main__ import main
from tests.support.databases import DATABASE
from tests.support.emulated import ACCOUNT, Cloud, allow
from tests.support.settings_files import write

SECRET = {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": "of nobody"}}
ENCRYPTED = {
    "Type": "AWS::SecretsManager::Secret",
    "Properties": {"SecretString": "of nobody", "KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}},
}


def test_readers_may_read_the_secret_and_use_its_key(
    cloud: Cloud,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{cloud.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    write(tmp_path, f'aws.account = "{ACCOUNT}"', name="read")
    cloud.apply("instandt-read-secrets", {"Resources": {"Plain": SECRET}})
    resources = {
        "Key": {"Type": "AWS::KMS::Key", "DeletionPolicy": "Delete"},
        "Login": ENCRYPTED,
        "Database": DATABASE,
    }
    stored = cloud.apply("instandt-read-storage", {"Resources": resources})
    assert stored["StackStatus"] == "CREATE_COMPLETE", cloud.failures("instandt-read-storage")
    reading = allow("secretsmanager:GetSecretValue")
    cloud.role("reads-both", reading, allow("kms:Decrypt"))
    cloud.role("reads-plain", reading)
    cloud.role("reads-nothing", allow("kms:Decrypt"))
    assert main(["readers", "read"], directory=tmp_path) == 0
    cloud.delete("instandt-read-storage")
    _, plain, login = capsys.readouterr().out.split("\n\n")
    assert "Plain" in plain.splitlines()[0]
    assert {"  role/reads-both", "  role/reads-plain"} <= {*plain.splitlines()}
    assert "Login" in login.splitlines()[0]
    assert "  role/reads-both" in login.splitlines()
    assert "role/reads-plain" not in login
    assert "reads-nothing" not in plain + login
