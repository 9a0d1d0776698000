"""The section [registry]."""

from typing import Literal

from instandt_cdk.settings.section import ImageName, Section, Word


class RegistrySettings(Section):
    """Where the vendor's three images come from: gitlab.com, through ECR's pull-through cache."""

    source: Literal["pull-through-cache", "gitlab", "ecr"] = "pull-through-cache"
    """Where the containers pull the images from."""

    username: Word
    """The GitLab user of the registry's access token. The token itself is no setting: it is asked for at
    the first deployment and kept in Secrets Manager."""

    project: ImageName
    """The path of the registry's project, for example "group/project"."""

    frontend_image: ImageName = "frontend"
    """The name of the frontend's image below the project."""

    backend_image: ImageName = "backend"
    """The name of the backend's image below the project."""

    migration_image: ImageName = "migration"
    """The name of the database migration's image below the project."""
