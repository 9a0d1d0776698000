"""Images that are missing in an operator's own repositories are named, all together."""

from dataclasses import replace

import boto3
import pytest

from preflight import ecr
from preflight.errors import PreflightError
from preflight.requests import ImagesInEcr
from tests.support.choices import synthesis_of
from tests.support.roles import Role, statements


def test_images_in_ecr_are_found_or_named(
    aws_environment: dict[str, str], administrator: boto3.Session
) -> None:
    endpoint_url = aws_environment["AWS_ENDPOINT_URL"]
    registry = administrator.client("ecr", endpoint_url=endpoint_url)
    for image in ("frontend", "backend"):
        name = f"instandt/{image}"
        registry.create_repository(repositoryName=name)
        registry.put_image(repositoryName=name, imageManifest='{"schemaVersion": 2}', imageTag="1")
    role = Role(administrator, "preflight", endpoint_url=endpoint_url)
    role.allow(
        statements(
            synthesis_of("closed"),
            "PreflightFunctionRole",
            references={},
            texts={"222222222222": "000000000000"},
        )
    )
    client = role.session.client("ecr", endpoint_url=endpoint_url)
    mirrored = ImagesInEcr(
        location="000000000000.dkr.ecr.eu-central-1.amazonaws.com/instandt",
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
