"""Images that are missing in an operator's own repositories are named, all together."""

from dataclasses import replace

import boto3
import pytest

from preflight import ecr
from preflight.errors import PreflightError
from preflight.requests import ImagesInEcr


def test_images_in_ecr_are_found_or_named(aws_environment: dict[str, str]) -> None:
    client = boto3.client(
        "ecr",
        region_name="eu-central-1",
        endpoint_url=aws_environment["AWS_ENDPOINT_URL"],
        aws_access_key_id="000000000000",
        aws_secret_access_key="local",  # noqa: S106 - the emulator checks no signature
    )
    for image in ("frontend", "backend"):
        name = f"mirror/{image}"
        client.create_repository(repositoryName=name)
        client.put_image(repositoryName=name, imageManifest='{"schemaVersion": 2}', imageTag="1")
    mirrored = ImagesInEcr(
        location="000000000000.dkr.ecr.eu-central-1.amazonaws.com/mirror",
        images={"frontend": "1", "backend": "1"},
    )
    assert mirrored.region == "eu-central-1"
    ecr.check_available(mirrored, client=client)
    wanted = {"frontend": "1", "backend": "2", "migration": "1"}
    with pytest.raises(PreflightError) as caught:
        ecr.check_available(replace(mirrored, images=wanted), client=client)
    message = str(caught.value)
    assert f"ImageNotFound for {mirrored.location}/backend:2" in message
    assert f"RepositoryNotFoundException for {mirrored.location}/migration:1" in message
    assert "frontend" not in message
    assert "registry.repository" in message
