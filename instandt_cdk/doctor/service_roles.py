"""Whether the account has the service-linked role without which a first deployment fails."""

from collections.abc import Iterator
from typing import Any

from instandt_cdk.doctor.finding import Finding, failed, good

ECS_ROLE = "AWSServiceRoleForECS"


def ecs_role_exists(iam: Any) -> Iterator[Finding]:  # noqa: ANN401 - no stubs of IAM are locked
    """ECS has its service-linked role.

    In an account that has never used ECS, making the first cluster makes the role, and then often fails,
    because IAM does not know the role everywhere yet (aws/containers-roadmap#2614). The other services of a
    deployment make their roles, too, and wait for them.
    """
    try:
        iam.get_role(RoleName=ECS_ROLE)
    except iam.exceptions.NoSuchEntityException:
        yield failed(
            f"there is no {ECS_ROLE}, and ECS often fails when it makes this role itself",
            "`aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com`",
        )
    else:
        yield good(f"{ECS_ROLE} exists")
