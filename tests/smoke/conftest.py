"""An environment in the emulator, with a site before it that can be broken."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import boto3
import pytest
import trustme

from instandt_cdk.commands.__main__ import main
from local.dns import DnsServer
from tests.doctor.stubs import Records
from tests.smoke.environment import ALARM, NAME, RECORDS, Environment, Smoke, ingress, services
from tests.smoke.site import DOMAIN, FakeSite, serving
from tests.support.emulated import ACCOUNT, Cloud
from tests.support.servers import wait_until
from tests.support.settings_files import write


@pytest.fixture(scope="module")
def deployed(cloud: Cloud) -> Environment:
    """The stacks of the environment, as far as the smoke test looks at them."""
    issued = trustme.CA().issue_cert(DOMAIN)
    arn = cloud.client("acm").import_certificate(
        Certificate=issued.cert_chain_pems[0].bytes(), PrivateKey=issued.private_key_pem.bytes()
    )["CertificateArn"]
    cloud.apply(f"instandt-{NAME}-ingress", ingress(arn))
    database = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": "20"}
    database |= {"MasterUsername": "owner", "MasterUserPassword": "not-to-be-shown"}
    cloud.apply(
        f"instandt-{NAME}-storage",
        {
            "Resources": {"Database": {"Type": "AWS::RDS::DBInstance", "Properties": database}},
            "Outputs": {"Name": {"Value": {"Ref": "Database"}}},
        },
    )
    cloud.apply(f"instandt-{NAME}-services", services())
    cloud.apply(
        f"instandt-{NAME}-edge",
        {"Resources": {"Alarm": ALARM}, "Outputs": {"Alarm": {"Value": {"Ref": "Alarm"}}}},
        region="us-east-1",
    )
    return Environment(
        certificate=arn,
        database=cloud.outputs(f"instandt-{NAME}-storage")["Name"],
        alarm=cloud.outputs(f"instandt-{NAME}-edge", region="us-east-1")["Alarm"],
    )


@pytest.fixture
def site() -> Iterator[FakeSite]:
    with serving() as running:
        yield running


_session = cache(boto3.Session)


@pytest.fixture
def smoke(
    cloud: Cloud,
    deployed: Environment,  # noqa: ARG001 - it has to be there
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Smoke:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{cloud.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    # One for all tests: a new one reads botocore's descriptions of all services again.
    monkeypatch.setattr(boto3, "Session", _session)
    client = cloud.client("ecs")
    cluster = cloud.outputs(f"instandt-{NAME}-services")["ClusterName"]
    (service,) = client.list_services(cluster=cluster)["serviceArns"]

    def runs() -> bool:
        described = client.describe_services(cluster=cluster, services=[service])["services"][0]
        return bool(described["runningCount"] >= described["desiredCount"])

    wait_until(runs, what="the service runs")

    def run(
        site: FakeSite, *changes: str, records: dict[str, list[str]] = RECORDS, trusted: bytes = b""
    ) -> tuple[int, dict[str, str]]:
        write(tmp_path, f'aws.account = "{ACCOUNT}"', *changes, name=NAME)
        (tmp_path / "root.pem").write_bytes(trusted or site.root)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
        monkeypatch.setenv("SMOKE_CONNECT_TO", f"127.0.0.1:{site.port}")
        with DnsServer(resolver=Records(records)) as server:
            monkeypatch.setenv("SMOKE_NAME_SERVER", f"127.0.0.1:{server.port}")
            code = main(["smoke", NAME], directory=tmp_path)
        printed = capsys.readouterr().out.splitlines()
        marks = [line[2:].partition(" ") for line in printed[:-1]]
        assert len(marks) == 11, printed
        return code, {line[:13].strip(): line for mark, _, line in marks if mark != "✓"}

    return run
