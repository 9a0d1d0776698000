"""Checks that the vendor's images can be pulled from GitLab's container registry."""

from collections.abc import Mapping
from http import HTTPStatus

from preflight.errors import PreflightError
from preflight.registry import Registry, describe
from preflight.requests import ImagesInRegistry, RegistryAccess


def check_access(wanted: RegistryAccess, *, registry: Registry) -> None:
    """Check that the user may pull the project's images, in any version.

    If the user lacks access, a registry may still issue a token, which allows nothing ("Token Authentication
    Specification"). So the check also uses the token.

    Raises:
        PreflightError: The registry denies access, lacks a repository, or cannot be reached.
    """
    repositories = [wanted.repository(image) for image in wanted.images]
    _raise_if_wrong(
        {name: registry.status_of_repository(name) for name in repositories},
        wanted=wanted,
        registry=registry,
    )


def check_available(wanted: ImagesInRegistry, *, registry: Registry) -> None:
    """Check that each image exists in its version.

    Raises:
        PreflightError: An image is missing, or the registry denies access or cannot be reached.
    """
    statuses = {}
    for image, reference in wanted.images.items():
        name = wanted.repository(image)
        separator = "@" if ":" in reference else ":"
        statuses[f"{name}{separator}{reference}"] = registry.status_of_manifest(name, reference)
    _raise_if_wrong(statuses, wanted=wanted, registry=registry)


def _raise_if_wrong(
    statuses: Mapping[str, int], *, wanted: RegistryAccess, registry: Registry
) -> None:
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
        f'The container registry {registry.host} refuses the user "{registry.login.username}". It answers '
        f"{answers}. In GitLab, create an access token with the scope read_registry for a user who may read "
        f"the project {wanted.project}, and deploy again with --parameters {wanted.token_parameter}=TOKEN."
    )
