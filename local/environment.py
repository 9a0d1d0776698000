"""The local environment: its settings, its directory, its ports, its AWS."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from instandt_cdk.commands.smoke.public import NAME_SERVER
from instandt_cdk.commands.smoke.site import CONNECT_TO
from instandt_cdk.settings import Settings, load

PROJECT = Path(__file__).parents[1]
NAME = "local"
ADDRESS = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where the servers listen on 127.0.0.1."""

    emulator: int = 4566
    acme: int = 14000
    acme_management: int = 15000
    dns: int = 8053
    database: int = 15432
    front_door: int = 8443
    registry: int = 5443


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The local environment with its settings."""

    settings: Settings
    directory: Path = PROJECT / ".local"
    ports: Ports = Ports()

    @classmethod
    def load(cls, *, app_version: str | None = None) -> "Environment":
        """Read `environments/local.toml`, with another version of the application if one is given.

        Raises:
            SettingsError: The settings or the version are not valid.
        """
        return cls(settings=load(PROJECT / "environments", NAME, app_version=app_version))

    @property
    def run_directory(self) -> Path:
        """Where everything that runs keeps its logs, and the servers their pid files and keys."""
        return self.directory / "run"

    @property
    def assembly(self) -> Path:
        """The templates and assets of the last deployment."""
        return self.directory / "cdk.out"

    @property
    def deploy_log(self) -> Path:
        """What the CDK CLI printed."""
        return self.run_directory / "deploy.log"

    @property
    def root(self) -> Path:
        """The root certificate (PEM) of the authority that issues the site's certificate."""
        return self.directory / "root.pem"

    @property
    def endpoint_url(self) -> str:
        """The address of the emulated AWS."""
        return f"http://{ADDRESS}:{self.ports.emulator}"

    @property
    def site_url(self) -> str:
        """The site's address for a browser on this machine."""
        return f"https://{self.settings.site.domain}:{self.ports.front_door}/"

    @property
    def way_to_the_site(self) -> Mapping[str, str]:
        """Environment variables with which commands find the site here, and trust it."""
        return {
            CONNECT_TO: f"{ADDRESS}:{self.ports.front_door}",
            NAME_SERVER: f"{ADDRESS}:{self.ports.dns}",
            "SSL_CERT_FILE": str(self.root),
        }

    def enter(self) -> None:
        """Make the emulator the only AWS that this process and its children know."""
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        exceptions = [os.environ.get("NO_PROXY", ""), ADDRESS, "localhost", ".localhost"]
        no_proxy = ",".join(filter(None, exceptions))
        os.environ.update(
            AWS_ENDPOINT_URL=self.endpoint_url,
            # The emulator takes a key of twelve digits for the account.
            AWS_ACCESS_KEY_ID=self.settings.aws.account,
            AWS_SECRET_ACCESS_KEY="local",  # noqa: S106 - the emulator checks no signature
            AWS_REGION=self.settings.aws.region,
            AWS_DEFAULT_REGION=self.settings.aws.region,
            AWS_CONFIG_FILE=os.devnull,
            AWS_SHARED_CREDENTIALS_FILE=os.devnull,
            AWS_EC2_METADATA_DISABLED="true",
            NO_PROXY=no_proxy,
            no_proxy=no_proxy,
        )
