"""Where the vendor's images are, and what a task needs to pull one.

| source | secret | its keys | who reads it |
|---|---|---|---|
| pull-through-cache | `ecr-pullthroughcache/dndt-gitlab-NAME` | username, accessToken | ECR |
| gitlab | `instandt-gitlab-NAME` | username, password | the tasks' execution roles |
| ecr | none | | |

The settings' rules make sure that each source has the keys that it needs.
"""

import json
from dataclasses import dataclass
from typing import Protocol

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

from instandt_cdk.compliance import accept, skip
from instandt_cdk.contract import Image
from instandt_cdk.names import TOKEN_PARAMETER
from instandt_cdk.operations import removal_policy
from instandt_cdk.settings import RegistrySettings, Settings
from instandt_cdk.shared.secrets import (
    accept_unrotated,
    for_other_stacks,
    let_decrypt,
    let_read,
)

KEPT_IMAGES = 30
"""How many images a repository of ECR's cache keeps. A version is several: one for each processor, and a list
of them. What is gone and asked for again is fetched again."""


class ImageSource(Protocol):
    """A place from which the vendor's images are pulled."""

    @property
    def credentials(self) -> secretsmanager.ISecret | None:
        """GitLab's user and token, for other stacks to grant reading on; None if GitLab is not asked."""

    def let_read_credentials(self, reader: iam.IGrantable) -> None:
        """Let somebody read GitLab's user and token, if there are any."""

    def container_image(self, task: ecs.TaskDefinition, image: Image) -> ecs.ContainerImage:
        """The image for a container of the task, whose execution role may then pull it."""


@dataclass(frozen=True, kw_only=True)
class EcrRepositories:
    """Images in ECR, in this or another account and region."""

    location: str
    """What the images' addresses begin with: "ACCOUNT.dkr.ecr.REGION.amazonaws.com/PATH"."""
    first_pull: tuple[str, ...] = ()
    """The actions that the first pull of an image needs in addition to those of every pull."""
    credentials: secretsmanager.ISecret | None = None

    def let_read_credentials(self, reader: iam.IGrantable) -> None:
        """Let somebody read the cache's credentials; ECR keeps them under AWS's own key."""
        if self.credentials is not None:
            let_read(reader, self.credentials)

    def container_image(self, task: ecs.TaskDefinition, image: Image) -> ecs.ContainerImage:
        """The image; the library lets the execution role pull it."""
        host, _, name = f"{self.location}/{image.name}".partition("/")
        account, _, _, region, *_ = host.split(".")
        repository = ecr.Repository.from_repository_attributes(
            task,
            "Repository",
            repository_arn=cdk.Stack.of(task).format_arn(
                service="ecr",
                account=account,
                region=region,
                resource="repository",
                resource_name=name,
            ),
            repository_name=name,
        )
        role = task.obtain_execution_role()
        accept(role, {"IAM5[Resource::*]": "ecr:GetAuthorizationToken has no resource level."})
        for action in self.first_pull:
            repository.grant(role, action)
        return ecs.ContainerImage.from_ecr_repository(repository, image.reference)


@dataclass(frozen=True, kw_only=True)
class GitLabRegistry:
    """Images in GitLab ("Using non-AWS container images in Amazon ECS", Amazon ECS Developer Guide)."""

    location: str
    """What the images' addresses begin with: "HOST/PROJECT"."""
    credentials: secretsmanager.ISecret
    key: kms.IKey
    """Encrypts the credentials."""

    def let_read_credentials(self, reader: iam.IGrantable) -> None:
        """Let somebody read the credentials and use their key."""
        let_read(reader, self.credentials, key=self.key)

    def container_image(self, task: ecs.TaskDefinition, image: Image) -> ecs.ContainerImage:
        """The image; the library lets the execution role read the credentials."""
        let_decrypt(task.obtain_execution_role(), self.key)
        return ecs.ContainerImage.from_registry(
            f"{self.location}/{image.address}", credentials=self.credentials
        )


def image_source(stack: cdk.Stack, *, settings: Settings, key: kms.IKey) -> ImageSource:
    """Make what the settings' source of images needs, directly in the stack.

    Args:
        stack: Where.
        settings: The environment's.
        key: For secrets that this account's roles read.
    """
    match settings.registry.source:
        case "pull-through-cache":
            return _pull_through_cache(stack, settings)
        case "gitlab":
            return _gitlab(stack, settings, key)
        case "ecr":
            return EcrRepositories(location=f"{settings.registry.repository}")


def _pull_through_cache(stack: cdk.Stack, settings: Settings) -> ImageSource:
    """ECR's cache of gitlab.com, which fetches an image when it is pulled for the first time."""
    names, registry = settings.names, settings.registry
    credentials = secretsmanager.Secret(
        stack,
        "GitLabCredentials",
        secret_name=names.registry_login(registry.source),
        description="GitLab registry: user and access token for ECR's pull-through cache",
        secret_object_value=_login(stack, registry),
        removal_policy=removal_policy(settings.operations),
    )
    _accept_unrotated(credentials)
    own_key = "ECR reads the credentials of a cache under AWS's own key for secrets only."
    accept(credentials, {"SecretsManagerUsingKMSKey": own_key})
    skip(credentials.node.default_child, {"CKV_AWS_149": own_key})
    cache = ecr.CfnPullThroughCacheRule(
        stack,
        "GitLabCache",
        ecr_repository_prefix=names.prefix,
        upstream_registry="gitlab-container-registry",
        upstream_registry_url=registry.host,
        credential_arn=credentials.secret_full_arn or credentials.secret_arn,
    )
    _expire_old_images(cache)
    return EcrRepositories(
        location=f"{stack.account}.dkr.ecr.{stack.region}.amazonaws.com/"
        f"{cache.ecr_repository_prefix}/{registry.project}",
        # "IAM permissions required to sync an upstream registry with an Amazon ECR private registry", Amazon
        # ECR User Guide.
        first_pull=("ecr:BatchImportUpstreamImage", "ecr:CreateRepository"),
        credentials=credentials,
    )


def _expire_old_images(cache: ecr.CfnPullThroughCacheRule) -> None:
    """Let ECR give each repository that it makes for the cache a limit of images.

    It encrypts them with its own key and tags nothing: for more it needs a role, without which pulls fail
    ("Creating a repository creation template in Amazon ECR", Amazon ECR User Guide;
    aws/containers-roadmap#2398).
    """
    expire = {
        "rulePriority": 1,
        "selection": {
            "tagStatus": "any",
            "countType": "imageCountMoreThan",
            "countNumber": KEPT_IMAGES,
        },
        "action": {"type": "expire"},
    }
    ecr.CfnRepositoryCreationTemplate(
        cache,
        "Repositories",
        prefix=cache.ecr_repository_prefix or "",
        applied_for=["PULL_THROUGH_CACHE"],
        description="The repositories of instaNDT's images, as ECR's cache makes them",
        lifecycle_policy=json.dumps({"rules": [expire]}),
    )


def _gitlab(stack: cdk.Stack, settings: Settings, key: kms.IKey) -> ImageSource:
    """GitLab itself, asked by the container instances."""
    registry = settings.registry
    credentials = secretsmanager.Secret(
        stack,
        "GitLabLogin",
        # Operators who replace the token type this name.
        secret_name=settings.names.registry_login(registry.source),
        description="GitLab registry: user and access token for the tasks' execution roles",
        secret_object_value=_login(stack, registry),
        encryption_key=key,
        removal_policy=removal_policy(settings.operations),
    )
    _accept_unrotated(credentials)
    return GitLabRegistry(
        location=f"{registry.host}/{registry.project}",
        credentials=for_other_stacks(stack, "GitLabLoginShared", credentials),
        key=key,
    )


def _login(stack: cdk.Stack, registry: RegistrySettings) -> dict[str, cdk.SecretValue]:
    token = cdk.CfnParameter(
        stack,
        TOKEN_PARAMETER,
        no_echo=True,
        min_length=1,
        description="The access token of the GitLab registry; asked for once, kept afterwards",
    )
    return {
        "username": cdk.SecretValue.unsafe_plain_text(f"{registry.username}"),
        f"{registry.token_key}": cdk.SecretValue.cfn_parameter(token),
    }


def _accept_unrotated(credentials: secretsmanager.ISecret) -> None:
    accept_unrotated(credentials, "GitLab issues the token; no AWS service can rotate it.")
