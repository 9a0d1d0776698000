"""The whole command, as operators run it."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from instandt_cdk.doctor import report
from instandt_cdk.doctor.finding import Check, Finding, failed, good, warning
from local.acme import AcmeServer
from local.dns import DnsServer
from tests.doctor.stubs import TOKEN, Records, holding, resolving
from tests.support import ROOT
from tests.support.assemblies import write_application
from tests.support.emulated import ACCOUNT, REGION, Cloud
from tests.support.servers import free_port
from tests.support.settings_files import write

READING = re.compile(r"[\w-]+ (Describe|Get|List)\w+")
UNKNOWN_CALL = re.compile(r" could not be checked: \w+ answered ")


def _run(*command: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**clean, "AWS_EC2_METADATA_DISABLED": "true", **environment},
        capture_output=True,
        text=True,
    )


def _at(cloud: Cloud) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{cloud.port}",
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "not-to-be-shown",
        "AWS_CONFIG_FILE": os.devnull,
    }


def test_an_account_that_has_everything_and_nothing_changed_in_it(
    cloud: Cloud, tmp_path: Path
) -> None:
    for region in (REGION, "us-east-1"):
        cloud.client("ssm", region).put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String"
        )
    cloud.client("sesv2").create_email_identity(EmailIdentity="instandt.localhost")
    value = f'{{"username": "u", "accessToken": "{TOKEN}"}}'
    same = {"instandt-site-secrets": holding("ecr-pullthroughcache/dndt-gitlab-site", value)}
    cloud.apply("instandt-site-secrets", same["instandt-site-secrets"])
    secrets = cloud.client("secretsmanager")
    key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
    arn = secrets.create_secret(Name="acme-hmac", SecretString=key)["ARN"]
    zone = cloud.client("route53").get_hosted_zone(Id="Z00000000000LOCAL000")
    table = {"instandt.localhost NS": zone["DelegationSet"]["NameServers"]}
    with (
        DnsServer(resolver=Records(table)) as dns,
        AcmeServer(
            directory=tmp_path / "acme",
            port=free_port(),
            management_port=free_port(),
            external_account_keys={"customer": key},
        ) as acme,
    ):
        write(
            tmp_path,
            f'aws.account = "{ACCOUNT}"',
            'site.domain = "instandt.localhost"',
            'site.internal_name = "internal.instandt.localhost"',
            'site.hosted_zone_name = "instandt.localhost"',
            'site.hosted_zone_id = "Z00000000000LOCAL000"',
            'application.email_sender = "instandt@instandt.localhost"',
            f'acme.directory_url = "{acme.directory_url}"',
            'acme.external_account_binding.key_id = "customer"',
            f'acme.external_account_binding.hmac_key_secret_arn = "{arn}"',
            'database.instance_class = "t3.small"',
        )
        log = tmp_path / "operations"
        arguments = str(log), str(tmp_path), str(dns.port), "site"
        trust = {"SSL_CERT_FILE": str(acme.ca_bundle)}
        application = write_application(tmp_path, same, account=ACCOUNT, region=REGION)
        environment = {**_at(cloud), **trust, "CDK_APP": application}
        run = _run("tests.doctor.recorded", *arguments, environment=environment)
    lines = run.stdout.splitlines()
    assert run.stderr == ""
    assert [line for line in lines if not line.startswith("  ✓ ")] == [
        "ready to deploy, no warnings"
    ]
    assert run.returncode == 0
    calls = log.read_text().splitlines()
    assert "sts GetCallerIdentity" in calls
    assert "secretsmanager GetSecretValue" in calls
    assert [operation for operation in calls if not READING.fullmatch(operation)] == []
    for secret in (TOKEN, key, "not-to-be-shown"):
        assert secret not in run.stdout


def test_an_account_that_has_nothing(cloud: Cloud, tmp_path: Path) -> None:
    write(
        tmp_path,
        f'aws.account = "{ACCOUNT}"',
        'site.domain = "instandt.localhost"',
        'site.internal_name = "internal.instandt.localhost"',
        'site.hosted_zone_name = "instandt.localhost"',
        'site.hosted_zone_id = "Z00000000000LOCAL000"',
        f'acme.directory_url = "https://127.0.0.1:{free_port()}/directory"',
        name="empty",
    )
    with resolving({}) as resolver:
        arguments = str(tmp_path), str(resolver.port), "empty"
        run = _run("tests.doctor.neighbours", *arguments, environment=_at(cloud))
    assert run.returncode == 1
    assert run.stderr == ""
    assert "\n  ✗ delegation " in run.stdout
    assert "\n  ✗ authority " in run.stdout
    # The emulator does not know the call: the check says so, and the others are there all the same.
    assert "\n  ! images       could not be checked: DescribePullThroughCacheRules" in run.stdout
    warnings = [line for line in run.stdout.splitlines() if line.startswith("  ! ")]
    assert [line for line in warnings if not UNKNOWN_CALL.search(line)] == []
    failures = run.stdout.count("\n  ✗ ")
    summary = f"{failures} failures, {len(warnings)} warnings: not ready to deploy"
    assert run.stdout.endswith(f"\n{summary}\n")


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        (
            {"AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_CONFIG_FILE": os.devnull},
            "there are none",
        ),
        ({"AWS_PROFILE": "nowhere"}, "The config profile (nowhere) could not be found"),
        (
            {
                "AWS_ACCESS_KEY_ID": "a",
                "AWS_SECRET_ACCESS_KEY": "b",
                "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            },
            "they cannot be used: Could not connect to the endpoint URL",
        ),
    ],
)
def test_without_credentials_only_the_public_checks_run(
    environment: dict[str, str], line: str
) -> None:
    run = _run("instandt_cdk.doctor", "local", environment=environment)
    assert run.returncode == 1
    assert run.stderr == ""
    assert run.stdout.startswith(f"  ✗ credentials  {line}")
    assert "\n  ✗ authority " in run.stdout
    assert " hosted zone " not in run.stdout


def test_bad_settings_are_refused_as_by_synth() -> None:
    run = _run("instandt_cdk.doctor", "nowhere", environment={})
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.endswith(
        "nowhere.toml: there is no such file; the environments are: dev, local, prod\n"
    )


@pytest.mark.parametrize(
    ("findings", "code", "summary"),
    [
        ([good("a")], 0, "ready to deploy, no warnings"),
        ([good("a"), warning("b", "c")], 0, "ready to deploy, 1 warning"),
        ([failed("a", "b"), good("c")], 1, "1 failure, no warnings: not ready to deploy"),
        (
            [failed("a", "b")] * 2 + [warning("c", "d")] * 2,
            1,
            "2 failures, 2 warnings: not ready to deploy",
        ),
    ],
)
def test_exit_codes(
    findings: list[Finding], code: int, summary: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report.show(findings) == code
    assert capsys.readouterr().out.splitlines()[-1] == summary


def test_lines_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    report.show([good("text").about("zones"), failed("text", "remedy").about("virtual CPUs")])
    *lines, _ = capsys.readouterr().out.splitlines()
    assert lines == [
        "  ✓ zones        text",
        "  ✗ virtual CPUs text",
        "                 → remedy",
    ]


def test_a_check_that_cannot_run_hides_no_other() -> None:
    def breaking() -> list[Finding]:
        raise TimeoutError("timed out")

    found = list(
        report.run_all([Check("a", lambda: [good("x")]), Check("b", breaking), Check("c", list)])
    )
    assert [(finding.subject, finding.text) for finding in found] == [
        ("a", "x"),
        ("b", "could not be checked: timed out"),
    ]
