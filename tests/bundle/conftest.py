"""The bundle of an environment in the emulator."""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import boto3
import pytest

from instandt_cdk.commands.__main__ import main
from instandt_cdk.commands.deployed import Deployed
from instandt_cdk.doctor import report
from instandt_cdk.doctor.finding import Finding
from instandt_cdk.settings import load
from local.dns import DnsServer
from tests.bundle.environment import Bundle, unpacked
from tests.doctor.stubs import Records
from tests.smoke.environment import RECORDS
from tests.smoke.site import FakeSite, serving
from tests.support.emulated import ACCOUNT, Cloud
from tests.support.settings_files import write

_session = cache(boto3.Session)


@pytest.fixture
def aws(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{cloud.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden-operators-key")
    monkeypatch.setattr(boto3, "Session", _session)


@pytest.fixture
def environment(
    aws: None,  # noqa: ARG001 - it has to be there
    tmp_path: Path,
) -> Callable[[str], Deployed]:
    """An environment by its name."""

    def make(name: str) -> Deployed:
        write(tmp_path, f'aws.account = "{ACCOUNT}"', name=name)
        return Deployed(settings=load(tmp_path, name))

    return make


@pytest.fixture
def bundle(
    aws: None,  # noqa: ARG001 - it has to be there
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Bundle:
    def make(
        name: str,
        *changes: str,
        findings: Iterable[Finding] = (),
        site: FakeSite | None = None,
    ) -> dict[str, str]:
        # The doctor has tests of its own, and asks the internet.
        monkeypatch.setattr(report, "examine", lambda _: iter(findings))
        write(tmp_path, f'aws.account = "{ACCOUNT}"', *changes, name=name)
        with serving() as well, DnsServer(resolver=Records(RECORDS)) as dns:
            monkeypatch.setenv("SMOKE_NAME_SERVER", f"127.0.0.1:{dns.port}")
            shown = site or well
            root = tmp_path / "root.pem"
            root.write_bytes(shown.root)
            monkeypatch.setenv("SSL_CERT_FILE", str(root))
            monkeypatch.setenv("SMOKE_CONNECT_TO", f"127.0.0.1:{shown.port}")
            bundles = tmp_path / "bundles"
            assert main(["bundle", name, "--directory", str(bundles)], directory=tmp_path) == 0
        (made,) = bundles.glob("*.tar.gz")
        return unpacked(made)

    return make
