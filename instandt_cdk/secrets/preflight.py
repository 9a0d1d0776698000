"""The preflight: what must be true is asked first, so that what would fail does so in minutes."""

from collections.abc import Iterable, Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.contract import Image
from instandt_cdk.operations import Operations
from instandt_cdk.secrets.image_source import ImageSource
from instandt_cdk.settings import RegistrySettings, SiteSettings
from instandt_cdk.shared.python_function import PythonFunction

TIMEOUT = cdk.Duration.minutes(4)
"""Longer than the patience of the longest check, that of a delegation which was just changed."""


class Preflight(Construct):
    """A function that looks, and three custom resources that ask it, each in the stack that depends on it.

    One function is the only reader of the registry's token besides those that pull. ECR's own check,
    ValidatePullThroughCacheRule, would add nothing: it asks for the user and the token, not whether they may
    pull the project's images.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        registry: RegistrySettings,
        images: ImageSource,
        token_parameter: str,
        operations: Operations,
    ) -> None:
        super().__init__(scope, construct_id)
        self._registry = registry
        self._stack = cdk.Stack.of(self)
        self._function = PythonFunction(
            self,
            "Function",
            package="preflight",
            handler="handler.handle",
            description="Checks the registry, the images and the domain before a deployment needs them",
            timeout=TIMEOUT,
            operations=operations,
        )
        if images.credentials is None:
            self._let_look_into_ecr()
            return
        images.let_read_credentials(self._function)
        self._source = {
            "Host": registry.host,
            "Project": registry.project,
            "CredentialsArn": images.credentials.secret_arn,
            "TokenParameter": token_parameter,
        }
        names = sorted(registry.image_names.values())
        self._ask(self, "RegistryAccess", {**self._source, "Images": names})

    def images_available(self, scope: Construct, *, images: Iterable[Image]) -> cdk.CustomResource:
        """Ask whether the images can be pulled.

        Args:
            scope: The stack whose tasks pull them.
            images: In the version that is to run.
        """
        references = {image.name: image.reference for image in images}
        return self._ask(scope, "ImagesAvailable", {**self._source, "Images": references})

    def zone_delegation(self, scope: Construct, *, site: SiteSettings) -> cdk.CustomResource:
        """Ask whether the world asks the hosted zone's name servers.

        Args:
            scope: The stack whose certificate is proven in the zone.
            site: Names the zone.
        """
        self._function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["route53:GetHostedZone", "route53:ListResourceRecordSets"],
                resources=[
                    f"arn:{self._stack.partition}:route53:::hostedzone/{site.hosted_zone_id}"
                ],
            )
        )
        return self._ask(
            scope,
            "ZoneDelegation",
            {"HostedZoneId": site.hosted_zone_id, "HostedZoneName": site.hosted_zone_name},
        )

    def _ask(
        self, scope: Construct, construct_id: str, properties: Mapping[str, Any]
    ) -> cdk.CustomResource:
        stack_arn = self._stack.format_arn(
            service="cloudformation",
            resource="stack",
            resource_name=f"{cdk.Stack.of(scope).stack_name}/*",
        )
        self._function.add_to_role_policy(
            # A rollback must be told from an update: it is not checked again.
            iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[stack_arn])
        )
        accept(
            self._function.role or self,
            {
                f"IAM5[Resource::{stack_arn}]": "A stack's ARN ends in an id that it gets when it is created."
            },
        )
        return cdk.CustomResource(
            scope,
            construct_id,
            resource_type=f"Custom::{construct_id}",
            service_token=self._function.function_arn,
            service_timeout=TIMEOUT.plus(cdk.Duration.minutes(1)),
            properties=properties,
        )

    def _let_look_into_ecr(self) -> None:
        host, _, path = f"{self._registry.repository}".partition("/")
        account, _, _, region, *_ = host.split(".")
        self._source = {"Location": self._registry.repository}
        self._function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["ecr:BatchGetImage"],
                resources=[
                    self._stack.format_arn(
                        service="ecr",
                        account=account,
                        region=region,
                        resource="repository",
                        resource_name="/".join(filter(None, (path, name))),
                    )
                    for name in self._registry.image_names.values()
                ],
            )
        )
