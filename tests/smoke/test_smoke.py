"""Each line of the smoke test is seen to fail when that is broken which it looks at."""

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.smoke.environment import NAME, RECORDS, Environment, Smoke, run_also, services
from tests.smoke.site import DOMAIN, FakeSite, serving
from tests.support.emulated import Cloud

if TYPE_CHECKING:
    from collections.abc import Callable

SOON = dt.timedelta(days=20)


def test_a_site_that_is_well_has_eleven_good_lines(smoke: Smoke, site: FakeSite) -> None:
    assert smoke(site) == (0, {})
    assert site.manners.media == {}


@pytest.mark.parametrize(
    ("change", "broken", "said"),
    [
        ({"blocks_attacks": False}, {"firewall"}, "answered with 200 instead of 403"),
        ({"page_status": 502}, {"page"}, "the page is 502 Bad Gateway"),
        ({"page_type": "text/plain"}, {"page"}, "of the type text/plain"),
        ({"redirects": {"/": "https://elsewhere.example/"}}, {"page", "version"}, "another site"),
        ({"redirects": {"/": "/", "/login": "/"}}, {"page", "version"}, "redirected more than 5"),
        ({"page": "<html>instaNDT 1.0.0-old"}, {"version"}, "the page does not show it"),
        ({"api_status": 503}, {"API"}, "/api/health answers 503 Service Unavailable"),
        ({"list_status": 503}, {"media", "database"}, "/api/media answers 503"),
        ({"list_text": "<html>"}, {"media", "database"}, "does not answer in JSON"),
        ({"token": "t"}, {"media", "database"}, "put a user's token into SMOKE_TOKEN"),
        ({"spoils_media": True}, {"media"}, "it is not as it was uploaded"),
        ({"deletes": False}, {"media"}, "the file cannot be removed"),
        ({"key": "uid"}, {"media"}, "the answer to the upload has no id; see smoke.id_key"),
    ],
    ids=lambda value: ", ".join(sorted(value)) if isinstance(value, set) else str(value),
)
def test_what_is_broken_on_the_site_is_said(
    smoke: Smoke, site: FakeSite, change: dict[str, Any], broken: set[str], said: str
) -> None:
    for name, value in change.items():
        setattr(site.manners, name, value)
    code, lines = smoke(site)
    assert code == 1
    assert set(lines) == broken, lines
    assert any(said in line for line in lines.values()), lines


def test_a_firewall_that_refuses_everybody_is_said(smoke: Smoke, site: FakeSite) -> None:
    site.manners.blocks_everything = True
    _, lines = smoke(site)
    assert "an ordinary request is refused with 403, too" in lines["firewall"]


def test_a_site_that_is_down_fails_in_every_line_that_needs_it(smoke: Smoke) -> None:
    with serving() as site:
        pass
    code, lines = smoke(site)
    assert code == 1
    assert set(lines) >= {"TLS", "expiry", "firewall", "page", "API", "media", "database"}
    assert "load balancer" not in lines


@pytest.mark.parametrize("kind", ["A", "AAAA"])
def test_a_name_that_cannot_be_seen_is_said(smoke: Smoke, site: FakeSite, kind: str) -> None:
    records = {key: value for key, value in RECORDS.items() if key != f"{DOMAIN} {kind}"}
    code, lines = smoke(site, records=records)
    assert (code, set(lines)) == (1, {"names"})
    assert f"has no {kind} record that can be seen" in lines["names"]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"name": "other.localhost"}, "Hostname mismatch"),
        ({"not_after": dt.datetime.now(dt.UTC) - SOON}, "certificate has expired"),
    ],
)
def test_a_certificate_that_browsers_refuse_is_said(
    smoke: Smoke, other: dict[str, Any], said: str
) -> None:
    with serving(**other) as site:
        _, lines = smoke(site)
    assert said in lines["TLS"]
    assert "page" in lines


def test_an_authority_that_nobody_trusts_is_said(smoke: Smoke, site: FakeSite) -> None:
    _, lines = smoke(site, trusted=trustme.CA().cert_pem.bytes())
    assert "the certificate is refused: unable to get local issuer" in lines["TLS"]


def test_a_certificate_near_its_end_is_said(smoke: Smoke) -> None:
    with serving(not_after=dt.datetime.now(dt.UTC) + dt.timedelta(days=15)) as site:
        code, lines = smoke(site)
    assert (code, set(lines)) == (1, {"expiry"})
    assert "14 days: it has not been renewed" in lines["expiry"]


def test_what_an_interrupted_run_has_left_is_removed(smoke: Smoke, site: FakeSite) -> None:
    site.manners.media |= {"1": ("instandt-smoke-0.dcm", b""), "2": ("weld-seam.dcm", b"")}
    assert smoke(site)[0] == 0
    assert set(site.manners.media) == {"2"}


def test_a_failing_run_leaves_nothing(smoke: Smoke, site: FakeSite) -> None:
    site.manners.spoils_media = True
    assert smoke(site)[0] == 1
    assert site.manners.media == {}


def test_what_a_wrong_setting_left_is_removed_with_the_right_one(
    smoke: Smoke, site: FakeSite
) -> None:
    site.manners.key = "uid"
    assert smoke(site)[0] == 1
    assert len(site.manners.media) == 1
    assert smoke(site, 'smoke.id_key = "uid"') == (0, {})
    assert site.manners.media == {}


def test_a_vendors_own_api_is_a_matter_of_settings(
    smoke: Smoke, site: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.manners.token, site.manners.form, site.manners.key = "t", True, "uid"
    monkeypatch.setenv("SMOKE_TOKEN", "t")
    settings = ('smoke.id_key = "uid"', 'smoke.upload_field = "file"')
    assert smoke(site, *settings) == (0, {})
    assert smoke(site, *settings, 'backend.health_path = "/healthz"') == (0, {})
    code, lines = smoke(site, 'smoke.media_path = "/"', 'backend.health_path = "/healthz"')
    assert (code, set(lines)) == (0, {"API", "media", "database"})
    assert 'left out: smoke.media_path is "/"' in lines["media"]


def test_what_is_broken_in_the_account_is_said(
    smoke: Smoke, site: FakeSite, cloud: Cloud, deployed: Environment
) -> None:
    rds, watch = cloud.client("rds"), cloud.client("cloudwatch", "us-east-1")

    def alarm(state: str) -> None:
        watch.set_alarm_state(AlarmName=deployed.alarm, StateValue=state, StateReason="test")

    def certificate(days: int) -> None:
        end = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
        begin = end - dt.timedelta(days=90)
        issued = trustme.CA().issue_cert(DOMAIN, not_before=begin, not_after=end)
        cloud.client("acm").import_certificate(
            CertificateArn=deployed.certificate,
            Certificate=issued.cert_chain_pems[0].bytes(),
            PrivateKey=issued.private_key_pem.bytes(),
        )

    def parameter(value: str) -> None:
        name = f"/instandt/{NAME}/app-version"
        cloud.client("ssm").put_parameter(Name=name, Value=value, Overwrite=True)

    faults: dict[str, tuple[Callable[[], Any], Callable[[], Any], str]] = {
        "alarms": (lambda: alarm("ALARM"), lambda: alarm("OK"), f"{deployed.alarm}: Mend it."),
        "load balancer": (lambda: certificate(5), lambda: certificate(60), "has not been renewed"),
        "version": (lambda: parameter("2.0.0"), lambda: parameter("1.0.0"), "the web runs 1.0.0"),
        "database": (
            lambda: rds.stop_db_instance(DBInstanceIdentifier=deployed.database),
            lambda: rds.start_db_instance(DBInstanceIdentifier=deployed.database),
            "is stopped",
        ),
    }
    for line, (break_it, mend_it, said) in faults.items():
        break_it()
        code, lines = smoke(site)
        mend_it()
        assert (code, set(lines)) == (1, {line})
        assert said in lines[line]
    assert smoke(site) == (0, {})


def test_tasks_of_two_versions_are_said(
    smoke: Smoke, site: FakeSite, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_also(cloud, monkeypatch, "2.0.0")
    code, lines = smoke(site)
    assert (code, set(lines)) == (1, {"version"})
    assert "says 1.0.0, but the web runs 1.0.0, the web runs 2.0.0" in lines["version"]


def test_a_site_with_many_media_is_well(smoke: Smoke, site: FakeSite) -> None:
    listed = [{"id": f"{number:032}", "name": "weld-seam.dcm"} for number in range(50_000)]
    site.manners.list_text = json.dumps({"items": listed})
    assert len(site.manners.list_text) > 2 * 1024**2
    assert smoke(site) == (0, {})


def test_of_a_long_answer_only_the_beginning_is_shown(smoke: Smoke, site: FakeSite) -> None:
    site.manners.key = "x" * 1000
    _, lines = smoke(site)
    assert "the answer to the upload has no id" in lines["media"]
    assert len(lines["media"]) < 400


def test_a_stack_that_is_not_deployed_is_said(smoke: Smoke, site: FakeSite, cloud: Cloud) -> None:
    """Last in this file: it takes the services away."""
    cloud.delete(f"instandt-{NAME}-services")
    code, lines = smoke(site)
    assert (code, set(lines)) == (1, {"version"})
    assert "There is no stack instandt-smoked-services" in lines["version"]
    cloud.apply(f"instandt-{NAME}-services", services())
