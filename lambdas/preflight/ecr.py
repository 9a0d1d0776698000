"""Checks that the vendor's images can be pulled from repositories in ECR."""

from typing import TYPE_CHECKING

from preflight.errors import PreflightError
from preflight.registry import MANIFESTS
from preflight.requests import ImagesInEcr

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient


def check_available(wanted: ImagesInEcr, *, client: "ECRClient") -> None:
    """Check that each image exists in its version.

    This uses BatchGetImage, because a repository in another account must allow it for pulls anyway ("Private
    repository policy examples in Amazon ECR", Amazon ECR User Guide).

    Raises:
        PreflightError: An image is missing, or a repository denies access.
    """
    wrong = {}
    for image, reference in wanted.images.items():
        is_digest = ":" in reference
        try:
            answer = client.batch_get_image(
                registryId=wanted.account,
                repositoryName=wanted.repository(image),
                imageIds=[{"imageDigest": reference} if is_digest else {"imageTag": reference}],
                acceptedMediaTypes=MANIFESTS.split(", "),
            )
        except client.exceptions.ClientError as error:
            answered = error.response["Error"]["Code"]
        else:
            if not answer["failures"]:
                continue
            answered = answer["failures"][0]["failureCode"]
        wrong[f"{wanted.location}/{image}{'@' if is_digest else ':'}{reference}"] = answered
    if wrong:
        answers = ", ".join(f"{code} for {name}" for name, code in wrong.items())
        raise PreflightError(
            f"Not all images can be pulled from ECR. It answers {answers}. Copy this version into the "
            "repositories, let their policies allow this account to pull, or correct registry.repository and "
            "the names of the images, then deploy again."
        )
