"""The section [registry]."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import field_validator

from instandt_cdk.settings.section import DOMAIN, ImageName, Section, Text, Word, refused

GITLAB_COM = "registry.gitlab.com"

RegistryHost = Annotated[
    str,
    Text(
        rf"{DOMAIN}(:[1-9]\d{{0,4}})?",
        "a registry's host in lower case, with its port or without",
        "registry.example.com:5050",
    ),
]
# "Amazon ECR private registries", Amazon ECR User Guide; "CreateRepository", Amazon ECR API Reference.
# Accounts in other partitions cannot grant access.
EcrRepository = Annotated[
    str,
    Text(
        r"\d{12}\.dkr\.ecr\.(?!us-gov-)[a-z]{2,4}(-[a-z]+)+-\d\.amazonaws\.com"
        r"(/[a-z0-9]+([._/-][a-z0-9]+)*)?",
        "an address of ECR repositories in a commercial region",
        "123456789012.dkr.ecr.eu-central-1.amazonaws.com/instandt",
    ),
]
# OCI Image Format Specification, "Digests".
ImageDigest = Annotated[
    str,
    Text(
        r"sha256:[0-9a-f]{64}",
        "an image's digest: sha256: and 64 hexadecimal digits in lower case",
        f"sha256:{'0123456789abcdef' * 4}",
    ),
]


class RegistrySettings(Section):
    """The registry of the vendor's three images: GitLab, or ECR if you copy the images there."""

    source: Literal["pull-through-cache", "gitlab", "ecr"] = "pull-through-cache"
    """"pull-through-cache": gitlab.com, through a pull-through cache in your ECR that keeps every image once
    pulled. "gitlab": GitLab directly, on gitlab.com or another host. "ecr": repositories in ECR that you copy
    the images into; this needs no GitLab user and no token."""

    username: Word | None = None
    """The GitLab user of the registry's access token. Required unless the source is "ecr". The token itself
    is not a setting: the first deployment asks for it and stores it in Secrets Manager."""

    project: ImageName | None = None
    """The path of the registry's project, for example "group/project". Required unless the source is
    "ecr"."""

    host: RegistryHost = GITLAB_COM
    """The host of GitLab's container registry, with ":PORT" if that is not 443. Change it only for the source
    "gitlab". The private subnets must be able to reach it, on this port, and whatever it refers to for
    logins and layers, on this port or 443. Its certificate must be publicly trusted."""

    repository: EcrRepository | None = None
    """The common part of the three repositories in ECR: "ACCOUNT.dkr.ecr.REGION.amazonaws.com/PATH", without
    the image's name. Only for the source "ecr". In another account, the repositories' policies must let this
    account pull ("Private repository policy examples in Amazon ECR")."""

    frontend_image: ImageName = "frontend"
    """The name of the frontend's image below the project or repository."""

    backend_image: ImageName = "backend"
    """The name of the backend's image below the project or repository."""

    migration_image: ImageName = "migration"
    """The name of the database migration's image below the project or repository."""

    frontend_digest: ImageDigest | None = None
    """The digest of the frontend's image, "sha256:…". Then exactly this image runs, even if its tag moves.
    Set all three digests, and change them together with app_version, which still names the release."""

    backend_digest: ImageDigest | None = None
    """The digest of the backend's image."""

    migration_digest: ImageDigest | None = None
    """The digest of the database migration's image. A new digest runs the migration."""

    @property
    def image_names(self) -> Mapping[str, str]:
        """The images' names by container, below the project or `repository`."""
        return {
            "frontend": self.frontend_image,
            "backend": self.backend_image,
            "migration": self.migration_image,
        }

    @property
    def image_digests(self) -> Mapping[str, str]:
        """The digests by container, for images that have one in the settings."""
        digests = {
            "frontend": self.frontend_digest,
            "backend": self.backend_digest,
            "migration": self.migration_digest,
        }
        return {container: digest for container, digest in digests.items() if digest}

    @property
    def token_key(self) -> str | None:
        """The JSON key of the token, beside "username", in the source's secret; None for the source "ecr".

        ECR and ECS each require their own key ("Creating a pull through cache rule", Amazon ECR User
        Guide; "Using non-AWS container images in Amazon ECS", Amazon ECS Developer Guide).
        """
        return {"pull-through-cache": "accessToken", "gitlab": "password"}.get(self.source)

    @property
    def port(self) -> int:
        """The TCP port of the registry."""
        return int(self.host.partition(":")[2] or 443)

    @property
    def region(self) -> str | None:
        """The region of the repositories in ECR, for the source "ecr"."""
        return self.repository.split(".")[3] if self.repository else None

    @field_validator("host")
    @classmethod
    def _possible_port(cls, value: str) -> str:
        if int(value.partition(":")[2] or 443) > 65535:
            raise refused("has a port above 65535; write the registry's port, such as 5050")
        return value

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Each source has its own keys and does not use the others."""
        needed, foreign = (
            (("repository",), ("username", "project"))
            if self.source == "ecr"
            else (("username", "project"), ("repository",))
        )
        for key in needed:
            if getattr(self, key) is None:
                yield key, f'is missing; source = "{self.source}" needs it'
        for key in foreign:
            if getattr(self, key) is not None:
                yield (
                    key,
                    f'is not used by source = "{self.source}"; remove it or choose another source',
                )
        if self.host != GITLAB_COM and self.source != "gitlab":
            yield (
                "host",
                f'is not used by source = "{self.source}", because ECR caches only {GITLAB_COM}; '
                'choose source = "gitlab"',
            )
        yield from self._unusable_digests()

    def _unusable_digests(self) -> Iterator[tuple[str, str]]:
        keys = ("frontend_digest", "backend_digest", "migration_digest")
        given = [key for key in keys if getattr(self, key) is not None]
        if given and self.source == "pull-through-cache":
            for key in given:
                # aws/containers-roadmap#2837.
                yield (
                    key,
                    "cannot be used with ECR's pull-through cache, which fetches an image by its tag the "
                    'first time; remove it, or choose source = "gitlab" or "ecr"',
                )
        elif given:
            for key in keys:
                if key not in given:
                    yield key, f"is missing, but {given[0]} is set; set all three digests, or none"
