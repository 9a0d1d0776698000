"""The certificate authority of the embedded AWS: pebble, the test server of Let's Encrypt.

Debian's package has no certificates, and its configuration listens on all addresses: both are made here.
Pebble forgets accounts and its issuing root when it ends.
"""

import datetime as dt
import json
import shutil
import ssl
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import trustme

from local import ports
from local.daemon import Daemon, DaemonError

ADDRESS = "127.0.0.1"


class AcmeServer(Daemon):
    """An ACME server on the loopback address, as a background process or as a context."""

    def __init__(
        self,
        *,
        directory: Path,
        port: int = 14000,
        management_port: int = 15000,
        dns_port: int = 8053,
        certificate_validity: dt.timedelta = dt.timedelta(days=90),
        nonce_rejection_percent: int = 0,
        validation_delay: dt.timedelta = dt.timedelta(0),
        external_account_keys: Mapping[str, str] | None = None,
    ) -> None:
        """Describe the server.

        Args:
            directory: Where its configuration, keys, log and pid file are.
            port: Of the ACME protocol.
            management_port: Of pebble's own interface, which hands out the issuing root.
            dns_port: Where it looks up TXT records.
            certificate_validity: Lifetime of the certificates that it issues.
            nonce_rejection_percent: How many good nonces it refuses (RFC 8555, 6.5: badNonce).
            validation_delay: The longest time, in whole seconds, before it looks up a record.
            external_account_keys: HMAC keys (base64url) by key id; if given, an account needs one.
        """
        super().__init__(name="acme", directory=directory)
        self.directory_url = f"https://{ADDRESS}:{port}/dir"
        self.ca_bundle = directory / "acme-ca.pem"
        """The root certificate of the server's own HTTPS, for REQUESTS_CA_BUNDLE."""
        self.certificate_file = directory / "acme-certificate.pem"
        self.key_file = directory / "acme-key.pem"
        self._configuration = directory / "acme.json"
        self._dns = f"{ADDRESS}:{dns_port}"
        self._ports = (port, management_port)
        self._settings = {
            "listenAddress": f"{ADDRESS}:{port}",
            "managementListenAddress": f"{ADDRESS}:{management_port}",
            "certificate": str(self.certificate_file),
            "privateKey": str(self.key_file),
            "certificateValidityPeriod": int(certificate_validity.total_seconds()),
            "externalAccountBindingRequired": bool(external_account_keys),
            "externalAccountMACKeys": dict(external_account_keys or {}),
        }
        self._environment = {
            "PEBBLE_AUTHZREUSE": "0",
            "PEBBLE_WFE_NONCEREJECT": str(nonce_rejection_percent),
            "PEBBLE_VA_NOSLEEP": "0" if validation_delay else "1",
            "PEBBLE_VA_SLEEPTIME": str(int(validation_delay.total_seconds())),
        }

    def run(self) -> None:
        """Start the server and return once it answers; do nothing if it already runs.

        Raises:
            DaemonError: Pebble is not installed or did not start.
        """
        if self.running:
            return
        program = shutil.which("pebble")
        if program is None:
            raise DaemonError("The ACME server pebble is missing: apt-get install pebble")
        self._write_configuration()
        self.start(
            [program, "-config", str(self._configuration), "-dnsserver", self._dns],
            environment=self._environment,
            ready=lambda: all(map(ports.accepts, self._ports)),
        )

    def issuing_root(self) -> str:
        """Return the PEM certificate that a client of issued certificates has to trust."""
        url = f"https://{ADDRESS}:{self._ports[1]}/roots/0"
        trust = ssl.create_default_context(cafile=self.ca_bundle)
        with urllib.request.urlopen(url, context=trust, timeout=5) as response:
            return str(response.read().decode())

    def __enter__(self) -> Self:
        self.run()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _write_configuration(self) -> None:
        self._configuration.parent.mkdir(parents=True, exist_ok=True)
        for confidential in (self._configuration, self.key_file):
            confidential.touch(mode=0o600)
        self._configuration.write_text(json.dumps({"pebble": self._settings}, indent=2))
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca_bundle)
        server = authority.issue_cert(ADDRESS)
        server.cert_chain_pems[0].write_to_path(self.certificate_file)
        server.private_key_pem.write_to_path(self.key_file)
