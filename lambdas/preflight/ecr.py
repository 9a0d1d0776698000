"""Whether the vendor's images can be pulled from repositories in ECR."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from preflight.errors import PreflightError
from preflight.registry import MANIFESTS

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient


@dataclass(frozen=True, kw_only=True)
class Repositories:
    """Repositories with a common prefix, in this or another account and region."""

    location: str
    """"ACCOUNT.dkr.ecr.REGION.amazonaws.com/PATH", the path being optional."""
    images: Mapping[str, str]
    """Reference (tag or digest) by the image's name."""

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> Self:
        """Parse `ResourceProperties`."""
        return cls(location=properties["Location"], images=properties["Images"])

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


def check_available(repositories: Repositories, *, client: "ECRClient") -> None:
    """Check that each image is there in its version.

    BatchGetImage is among the actions that a repository of another account must allow anyway, for pulling
    ("Private repository policy examples in Amazon ECR", Amazon ECR User Guide).

    Raises:
        PreflightError: An image is missing, or a repository refuses.
    """
    wrong = {}
    for image, reference in repositories.images.items():
        is_digest = ":" in reference
        try:
            answer = client.batch_get_image(
                registryId=repositories.account,
                repositoryName=repositories.repository(image),
                imageIds=[{"imageDigest": reference} if is_digest else {"imageTag": reference}],
                acceptedMediaTypes=MANIFESTS.split(", "),
            )
        except client.exceptions.ClientError as error:
            answered = error.response["Error"]["Code"]
        else:
            if not answer["failures"]:
                continue
            answered = answer["failures"][0]["failureCode"]
        wrong[f"{repositories.location}/{image}{'@' if is_digest else ':'}{reference}"] = answered
    if wrong:
        answers = ", ".join(f"{code} for {name}" for name, code in wrong.items())
        raise PreflightError(
            f"Not all images can be pulled from ECR. It answers {answers}. Mirror this version into the "
            "repositories, let their policies allow this account to pull, or correct registry.repository and "
            "the names of the images, then deploy again."
        )
