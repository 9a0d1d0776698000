"""One command brings instaNDT up on an embedded AWS, keeps it through upgrades, and takes it away.

The tests tell one story and run in order, on one deployment.
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator

import psutil
import pytest
from cryptography import x509

from local.parts import parts
from tests.local import permissions
from tests.local.deployment import Deployment, Finished, make, processes
from tests.local.load import constant_load
from tests.local.texts import everything_readable

UPLOAD_BYTES = 50 * 1024**2
PLACEHOLDER = "paste-the-token-here"
outputs: list[Finished] = []
"""What every command of the story printed."""


def run(*arguments: str) -> Finished:
    finished = make(*arguments)
    outputs.append(finished)
    return finished


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    environment = Deployment()
    assert not environment.environment.directory.exists(), (
        "there is a local environment already: `make local-down` first"
    )
    yield environment
    if environment.environment.directory.exists():
        make("local-down")


def test_a_placeholder_for_the_token_fails_at_once_with_the_remedy(deployment: Deployment) -> None:
    finished = run("local", f"GITLAB_TOKEN={PLACEHOLDER}")
    assert finished.exit_code != 0
    assert finished.seconds < 180
    assert 'registry.gitlab.com refuses the user "local"' in finished.output
    assert "401 Unauthorized" in finished.output
    assert "--parameters instandt-local-secrets:GitLabAccessToken=TOKEN" in finished.output
    assert PLACEHOLDER not in finished.output
    assert set(deployment.stack_updates()) <= {
        "CDKToolkit",
        "instandt-local-cluster",
        "instandt-local-egress",
        "instandt-local-network",
        "instandt-local-replica",
        "instandt-local-secrets",
    }


def test_one_command_brings_it_up(deployment: Deployment) -> None:
    finished = run("local")
    assert finished.exit_code == 0, finished.output
    assert "https://instandt.localhost:8443/" in finished.output
    assert "internal.instandt.localhost" in finished.output
    assert "Pebble Intermediate CA" in finished.output
    assert "instaNDT 1.0.0 is up" in finished.output
    assert deployment.executions()[0]["status"] == "SUCCEEDED"


def test_everything_listens_on_loopback_only(deployment: Deployment) -> None:
    listening = [
        (connection.laddr.ip, connection.laddr.port)
        for process in processes(deployment.environment.run_directory)
        for connection in process.net_connections(kind="inet")
        if connection.status in (psutil.CONN_LISTEN, psutil.CONN_NONE) and not connection.raddr
    ]
    assert {4566, 5443, 8053, 8443, 14000, 15000, 15432} <= {port for _, port in listening}
    assert {address for address, _ in listening} == {"127.0.0.1"}


def test_the_page_comes_from_frontend_backend_and_database(deployment: Deployment) -> None:
    assert deployment.versions() == {"frontend": "1.0.0", "backend": "1.0.0", "schema": "1.0.0"}


def test_a_file_of_50_mib_lands_in_the_bucket_unchanged(deployment: Deployment) -> None:
    content = os.urandom(UPLOAD_BYTES)
    status, answer, _ = deployment.request("POST", "/api/media?name=weld-seam.dcm", content)
    assert status == 201, answer
    assert "weld-seam.dcm" in deployment.page()
    bucket, s3 = deployment.outputs["MediaBucketName"], deployment.client("s3")
    (stored,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    body = s3.get_object(Bucket=bucket, Key=stored["Key"])["Body"].read()
    assert hashlib.sha256(body).digest() == hashlib.sha256(content).digest()
    assert deployment.request("GET", f"/api/media/{json.loads(answer)['id']}")[1] == content


def test_the_smoke_test_finds_everything_well() -> None:
    finished = run("smoke", "ENV=local")
    assert (finished.exit_code, finished.output.count("  ✓ ")) == (0, 11), finished.output


def test_the_registrys_token_is_tried_on_schedule(deployment: Deployment) -> None:
    error, answer = deployment.on_schedule("Look")
    assert error is None, answer


def test_a_certificate_that_is_not_due_is_left_alone(deployment: Deployment) -> None:
    _, _, before = deployment.request("GET", "/")
    error, answer = deployment.on_schedule("Renew")
    assert error is None, answer
    _, _, after = deployment.request("GET", "/")
    assert after.serial_number == before.serial_number


def test_a_certificate_that_is_due_is_renewed_in_place(deployment: Deployment) -> None:
    _, _, before = deployment.request("GET", "/")
    accounts = deployment.account_files()
    deployment.make_due()
    error, answer = deployment.on_schedule("Renew")
    assert error is None, answer
    acm = deployment.client("acm")
    (summary,) = acm.list_certificates()["CertificateSummaryList"]
    imported = acm.get_certificate(CertificateArn=summary["CertificateArn"])["Certificate"]
    serial = x509.load_pem_x509_certificate(imported.encode()).serial_number
    assert serial != before.serial_number
    assert deployment.account_files() == accounts
    deadline = time.monotonic() + 20
    while deployment.request("GET", "/")[2].serial_number != serial:
        assert time.monotonic() < deadline, "the front door keeps the old certificate"
        time.sleep(0.2)


def test_an_upgrade_migrates_once_and_first_and_without_a_gap(deployment: Deployment) -> None:
    stacks, runs = deployment.stack_updates(), len(deployment.executions())
    with constant_load(deployment.environment, per_second=5, at_least=100):
        finished = run("local", "VERSION=2.0.0")
    assert finished.exit_code == 0, finished.output
    assert deployment.versions() == {"frontend": "2.0.0", "backend": "2.0.0", "schema": "2.0.0"}
    changed = {name for name, when in deployment.stack_updates().items() if stacks[name] != when}
    assert changed == {"instandt-local-services"}
    new = deployment.executions()[runs:]
    assert [run["status"] for run in new] == ["SUCCEEDED"]
    events = deployment.log_events()
    migrated = [
        when for stream, when, text in events if " migration/" in stream and "2.0.0" in text
    ]
    started = [
        when
        for stream, when, text in events
        if re.search(" (frontend|backend)/", stream) and "2.0.0" in text
    ]
    assert migrated
    assert started
    assert max(migrated) <= min(started)


def test_a_failing_migration_fails_the_deployment_and_changes_nothing(
    deployment: Deployment,
) -> None:
    schema = deployment.schema()
    finished = run("local", "VERSION=3.0.0-broken")
    assert finished.exit_code != 0
    assert finished.seconds < 180
    assert "exit code 3" in finished.output
    (stream,) = {
        stream
        for stream, _, text in deployment.log_events()
        if " migration/" in stream and "3.0.0-broken" in text
    }
    lines = [text.strip() for s, _, text in deployment.log_events() if s == stream]
    assert lines[-1] in finished.output
    assert deployment.versions() == {"frontend": "2.0.0", "backend": "2.0.0", "schema": "2.0.0"}
    assert deployment.request("GET", "/api/health")[0] == 200
    assert deployment.schema() == schema
    assert [run["status"] for run in deployment.executions()][-2:] == ["SUCCEEDED", "FAILED"]


def test_an_acme_server_that_is_down_makes_renewal_fail_and_harms_nothing(
    deployment: Deployment,
) -> None:
    deployment.make_due()
    state = deployment.secrets()[deployment.state_secret]
    _, _, before = deployment.request("GET", "/")
    # For good: a new one would know nothing of the account and have another root.
    acme, _ = parts(deployment.environment)
    acme.daemon.stop()
    error, answer = deployment.on_schedule("Renew")
    assert error == "Unhandled"
    assert "Check that the directory URL is right" in answer
    assert deployment.secrets()[deployment.state_secret] == state
    _, _, after = deployment.request("GET", "/")
    assert after.serial_number == before.serial_number


def test_no_secret_is_in_any_log_template_or_output(deployment: Deployment) -> None:
    secrets = deployment.confidential()
    assert len(secrets) >= 7
    texts = everything_readable(deployment, outputs)
    assert any(path.endswith("emulator.log") for path in texts)
    assert "GET /" in texts[str(deployment.environment.run_directory / "front-door.log")]
    assert any(path.endswith("Storage.template.json") for path in texts)
    leaks = {
        (where, name)
        for where, text in texts.items()
        for name, value in secrets.items()
        if value in text
    }
    assert leaks == set()
    assert not [
        where
        for where, text in texts.items()
        if "Authorization: " in text and "/asset." not in where
    ]


def test_every_permission_was_needed(deployment: Deployment) -> None:
    assert permissions.surplus(deployment.environment) == set()
    assert permissions.outdated(deployment.environment) == set()


def test_down_leaves_nothing_behind(deployment: Deployment) -> None:
    running = processes(deployment.environment.run_directory)
    assert len(running) >= 7
    finished = run("local-down")
    assert finished.exit_code == 0, finished.output
    assert finished.output.count("destroyed") >= 6
    # One that ended may wait for an init that is slow to take note.
    left = [p for p in running if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    assert left == []
    assert not deployment.environment.directory.exists()
