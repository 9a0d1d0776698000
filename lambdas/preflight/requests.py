"""The properties of the custom resources, one class for each check."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from custom_resource import Properties

LOOK = "Look"
"""The type of a request that comes from the schedule and not from CloudFormation."""


@dataclass(frozen=True, kw_only=True)
class RegistryAccess(Properties):
    """Check whether the user may pull from the registry's project."""

    host: str
    """With ":PORT" if that is not 443."""
    project: str
    """The project's path in the registry."""
    images: Collection[str]
    """The images' names below the project."""
    credentials_arn: str
    """The ARN of the secret with user and token."""
    token_key: str
    """The token's JSON key in the secret."""
    token_parameter: str
    """The deployment's parameter for the token: "STACK:PARAMETER"."""

    def repository(self, image: str) -> str:
        """Return the image's repository in the registry."""
        return f"{self.project}/{image}"

    def daily_look(self) -> dict[str, Any]:
        """Return the event that the schedule sends."""
        return {"RequestType": LOOK, "ResourceProperties": self.to_properties()}

    def in_versions(self, references: Mapping[str, str]) -> "ImagesInRegistry":
        """Return the check for images in certain versions: reference (tag or digest) by name."""
        return ImagesInRegistry(**(vars(self) | {"images": references}))


@dataclass(frozen=True, kw_only=True)
class ImagesInRegistry(RegistryAccess):
    """Check whether the images are in the registry."""

    images: Mapping[str, str]
    """Reference (tag or digest) by the image's name."""


@dataclass(frozen=True, kw_only=True)
class ImagesInEcr(Properties):
    """Check whether the images are in ECR, in this or another account and region."""

    location: str
    """"ACCOUNT.dkr.ecr.REGION.amazonaws.com/PATH"; the path is optional."""
    images: Mapping[str, str]
    """Reference (tag or digest) by the image's name."""

    @property
    def account(self) -> str:
        """The account that owns the repositories."""
        return self.location.split(".")[0]

    @property
    def region(self) -> str:
        """The region of the repositories."""
        return self.location.split(".")[3]

    def repository(self, image: str) -> str:
        """Return the name of an image's repository."""
        return f"{self.location}/{image}".partition("/")[2]


@dataclass(frozen=True, kw_only=True)
class ZoneDelegation(Properties):
    """Check whether public DNS delegates to the hosted zone's name servers."""

    hosted_zone_id: str
    hosted_zone_name: str
