"""The certificate authority, a real one, and SES."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from instandt_cdk.doctor import authority, mail
from local.acme import AcmeServer
from tests.doctor.stubs import answering, lines, resolving
from tests.support.emulated import Cloud
from tests.support.servers import free_port
from tests.support.settings_files import SettingsFactory

DIRECTORY = dict.fromkeys(("newNonce", "newAccount", "newOrder"), "https://ca.test/")


@pytest.fixture(scope="module")
def pebble(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AcmeServer]:
    """An authority that takes only accounts that are bound to its customers."""
    with AcmeServer(
        directory=tmp_path_factory.mktemp("acme"),
        port=free_port(),
        management_port=free_port(),
        external_account_keys={
            "customer": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
        },
    ) as server:
        yield server


@contextmanager
def serving(pebble: AcmeServer, body: str, status: int = 200) -> Iterator[str]:
    """The address of an HTTPS server with pebble's certificate that says the same to everybody."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pebble.certificate_file, pebble.key_file)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"https://127.0.0.1:{server.server_address[1]}/directory"
        server.shutdown()


@pytest.fixture
def trusted(pebble: AcmeServer, monkeypatch: pytest.MonkeyPatch) -> AcmeServer:
    monkeypatch.setenv("SSL_CERT_FILE", str(pebble.ca_bundle))
    return pebble


def test_the_directory(trusted: AcmeServer, settings: SettingsFactory) -> None:
    url = f'acme.directory_url = "{trusted.directory_url}"'
    answers = f"✓ {trusted.directory_url} answers"
    line, unbound = lines(authority.is_reachable(settings.acme(url)))
    assert line == answers
    assert unbound.startswith("✗ it only accepts accounts with an external account binding → ")
    bound = settings.acme(
        url,
        'aws.account = "123456789012"',
        'acme.external_account_binding.key_id = "customer"',
        'acme.external_account_binding.hmac_key_secret_arn = "arn:aws:secretsmanager:eu-central-1:'
        '123456789012:secret:acme-Ab1Cd2"',
    )
    assert lines(authority.is_reachable(bound)) == [answers]


def test_an_authority_that_is_not_trusted(pebble: AcmeServer, settings: SettingsFactory) -> None:
    found = settings.acme(f'acme.directory_url = "{pebble.directory_url}"')
    (line,) = lines(authority.is_reachable(found))
    assert line.startswith(f"✗ {pebble.directory_url} is not trusted by this machine (")


def test_an_authority_that_is_not_there(settings: SettingsFactory) -> None:
    url = f"https://127.0.0.1:{free_port()}/dir"
    (line,) = lines(authority.is_reachable(settings.acme(f'acme.directory_url = "{url}"')))
    assert line.startswith(f"✗ {url} does not answer (")
    assert "→ correct acme.directory_url" in line


@pytest.mark.parametrize(
    ("body", "status", "line"),
    [
        ("{}", 404, "✗ {} answers 404 →"),
        ("<html>", 200, "✗ {} answers something that is not an ACME directory →"),
        ("[]", 200, "✗ {} answers something that is not an ACME directory →"),
        ('{"newNonce": "x"}', 200, "✗ {} answers something that is not an ACME directory →"),
        (json.dumps({**DIRECTORY, "meta": None}), 200, "✓ {} answers"),
    ],
)
def test_what_is_no_directory(
    body: str, status: int, line: str, trusted: AcmeServer, settings: SettingsFactory
) -> None:
    with serving(trusted, body, status) as url:
        (found,) = lines(authority.is_reachable(settings.acme(f'acme.directory_url = "{url}"')))
    assert found.startswith(line.format(url))


def test_a_profile_that_is_not_offered(trusted: AcmeServer, settings: SettingsFactory) -> None:
    body = json.dumps({**DIRECTORY, "meta": {"profiles": {"classic": "", "shortlived": ""}}})
    with serving(trusted, body) as url:
        changes = f'acme.directory_url = "{url}"', 'acme.profile = "{}"'
        offered = settings.acme(changes[0], changes[1].format("classic"))
        assert lines(authority.is_reachable(offered)) == [f"✓ {url} answers"]
        other = settings.acme(changes[0], changes[1].format("tlsserver"))
        assert lines(authority.is_reachable(other))[1:] == [
            '! it has no profile "tlsserver" and would issue its default one → choose acme.profile among '
            "classic, shortlived, or leave it out"
        ]


def test_caa_records_name_the_authority_as_it_calls_itself(
    trusted: AcmeServer, settings: SettingsFactory
) -> None:
    body = json.dumps({**DIRECTORY, "meta": {"caaIdentities": ["ca.test"]}})
    with serving(trusted, body) as url, resolving({"example.com CAA": ['0 issue "x.test"']}) as dns:
        acme = settings.acme(f'acme.directory_url = "{url}"')
        found = lines(authority.may_issue(dns, acme, settings().site))
    assert found == [
        f"✗ the CAA records of example.com forbid ca.test to issue for {name} → add the record example.com "
        'CAA 0 issue "ca.test"'
        for name in ("instandt.example.com", "internal.instandt.example.com")
    ]


@pytest.mark.parametrize("identity", ["sender@app.mail.test", "app.mail.test", "mail.test"])
def test_a_verified_sender(cloud: Cloud, identity: str) -> None:
    ses = cloud.client("sesv2")

    def found() -> str:
        (line,) = lines(mail.is_verified(ses, sender="sender@app.mail.test", region="eu-central-1"))
        return line

    assert found().startswith(
        '✗ neither application.email_sender = "sender@app.mail.test" nor its domain is verified in '
        "eu-central-1, so SES would send no e-mail → `aws sesv2 create-email-identity --region "
    )
    ses.create_email_identity(EmailIdentity=identity)
    assert found() == f"✓ {identity} is verified"
    ses.delete_email_identity(EmailIdentity=identity)


def test_a_sender_whose_verification_is_pending() -> None:
    pending = ("get_email_identity", {"VerifiedForSendingStatus": False})
    absent = ("get_email_identity", "NotFoundException")
    ses = answering("sesv2", [pending, absent])
    (line,) = lines(mail.is_verified(ses, sender="a@mail.test", region="eu-central-1"))
    assert line.startswith("✗ neither")


def test_the_sandbox(cloud: Cloud) -> None:
    assert lines(mail.is_out_of_the_sandbox(cloud.client("sesv2"), region="eu-central-1")) == [
        "✓ the account is out of the sandbox"
    ]
    for account, line in (
        (
            {"SendingEnabled": True, "ProductionAccessEnabled": False},
            "! the account is in the SES sandbox",
        ),
        ({"SendingEnabled": False, "ProductionAccessEnabled": True}, "✗ sending is paused for"),
    ):
        ses = answering("sesv2", [("get_account", account)])
        (found,) = lines(mail.is_out_of_the_sandbox(ses, region="eu-central-1"))
        assert found.startswith(line)
