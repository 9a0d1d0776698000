"""Whether the vendor's images can be pulled from GitLab's registry."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

from preflight.errors import PreflightError
from preflight.registry import Registry, describe


@dataclass(frozen=True, kw_only=True)
class Project:
    """The project in the registry that holds the images."""

    path: str
    images: Mapping[str, str | None]
    """Reference (tag or digest) by the image's name below the project; None where none is asked for."""
    parameter: str
    """The parameter of a deployment that takes the access token: "STACK:PARAMETER"."""

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> Self:
        """Parse `ResourceProperties`."""
        images = properties["Images"]
        return cls(
            path=properties["Project"],
            images=images if isinstance(images, dict) else dict.fromkeys(images),
            parameter=properties["TokenParameter"],
        )

    def repository(self, image: str) -> str:
        """The image's repository in the registry."""
        return f"{self.path}/{image}"


def check_access(project: Project, *, registry: Registry) -> None:
    """Check that the user may pull the project's images, whatever their version.

    A registry may answer a refused scope with a token that allows nothing ("Token Authentication
    Specification"), so the token is used, too.

    Raises:
        PreflightError: The registry refuses, lacks one of the repositories, or cannot be reached.
    """
    repositories = [project.repository(image) for image in project.images]
    _judge(
        {name: registry.status_of_repository(name) for name in repositories},
        project=project,
        registry=registry,
    )


def check_available(project: Project, *, registry: Registry) -> None:
    """Check that each image is there in its version.

    Raises:
        PreflightError: An image is missing, the registry refuses, or it cannot be reached.
    """
    statuses = {}
    for image, reference in project.images.items():
        name = project.repository(image)
        separator = "@" if ":" in f"{reference}" else ":"
        statuses[f"{name}{separator}{reference}"] = registry.status_of_manifest(
            name, f"{reference}"
        )
    _judge(statuses, project=project, registry=registry)


def _judge(statuses: Mapping[str, int], *, project: Project, registry: Registry) -> None:
    wrong = {name: status for name, status in statuses.items() if status != HTTPStatus.OK}
    if not wrong:
        return
    answers = ", ".join(f"{describe(status)} for {name}" for name, status in wrong.items())
    if set(wrong.values()) == {HTTPStatus.NOT_FOUND}:
        raise PreflightError(
            f"The container registry {registry.host} does not have all images. It answers {answers}. Set "
            "app_version to a version that the vendor has published, or correct registry.project and the "
            "names of the images, then deploy again."
        )
    raise PreflightError(
        f'The container registry {registry.host} refuses the user "{registry.username}". It answers '
        f"{answers}. In GitLab, create an access token with the scope read_registry for a user who may read "
        f"the project {project.path}, and deploy again with --parameters {project.parameter}=TOKEN."
    )
