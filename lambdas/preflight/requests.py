"""What the stacks ask: the properties of each of the custom resources."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from custom_resource import Properties


@dataclass(frozen=True, kw_only=True)
class RegistryAccess(Properties):
    """May the user pull from the registry's project?"""

    host: str
    """With ":PORT" if that is not 443."""
    project: str
    """The project's path in the registry."""
    images: Collection[str]
    """The images' names below the project."""
    credentials_arn: str
    """The secret with user and token."""
    token_key: str
    """The token's JSON key in the secret."""
    token_parameter: str
    """The parameter of a deployment that takes the token: "STACK:PARAMETER"."""

    def repository(self, image: str) -> str:
        """The image's repository in the registry."""
        return f"{self.project}/{image}"

    def in_versions(self, references: Mapping[str, str]) -> "ImagesInRegistry":
        """The question about images of certain versions there: reference (tag or digest) by name."""
        return ImagesInRegistry(**(vars(self) | {"images": references}))


@dataclass(frozen=True, kw_only=True)
class ImagesInRegistry(RegistryAccess):
    """Are the images in the registry?"""

    images: Mapping[str, str]
    """Reference (tag or digest) by the image's name."""


@dataclass(frozen=True, kw_only=True)
class ImagesInEcr(Properties):
    """Are the images in repositories in ECR, in this or another account and region?"""

    location: str
    """"ACCOUNT.dkr.ecr.REGION.amazonaws.com/PATH", the path being optional."""
    images: Mapping[str, str]
    """Reference (tag or digest) by the image's name."""

    @property
    def account(self) -> str:
        """The account that owns them."""
        return self.location.split(".")[0]

    @property
    def region(self) -> str:
        """The region that they are in."""
        return self.location.split(".")[3]

    def repository(self, image: str) -> str:
        """The name of an image's repository."""
        return f"{self.location}/{image}".partition("/")[2]


@dataclass(frozen=True, kw_only=True)
class ZoneDelegation(Properties):
    """Does public DNS ask the hosted zone's own name servers?"""

    hosted_zone_id: str
    hosted_zone_name: str
