"""Checks before a deployment: what would fail after half an hour of waiting fails in the first minutes."""

from collections.abc import Iterable

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from constructs import Construct

from custom_resource import Properties
from instandt_cdk.compliance import accept
from instandt_cdk.contract import Image
from instandt_cdk.operations import Advice, Logs, Operations
from instandt_cdk.secrets.image_source import ImageSource
from instandt_cdk.settings import RegistrySettings, SiteSettings
from instandt_cdk.shared.python_function import PythonFunction
from preflight.requests import ImagesInEcr, RegistryAccess, ZoneDelegation

TIMEOUT = cdk.Duration.minutes(4)
"""Longer than the longest check, which waits for a delegation that was just changed."""

WITHOUT_TOKEN = {
    "gitlab": "no instance can start instaNDT's containers any more",
    "pull-through-cache": "only images that ECR has cached can be pulled, so the next release will fail",
}
"""What a token that the registry refuses means, by `registry.source`."""


class Preflight(Construct):
    """A function that looks, and three custom resources that ask it, each in the stack that depends on it.

    A schedule asks, too: the registry's token expires some day, which nobody else would notice in time.

    There is only one function, so that few may read the registry's token. ECR's own check,
    ValidatePullThroughCacheRule, would add nothing: it tries the user and the token, not whether they may
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
        logs: Logs,
    ) -> None:
        super().__init__(scope, construct_id)
        self._registry = registry
        self._stack = cdk.Stack.of(self)
        self._access: RegistryAccess | None = None
        self._function = PythonFunction(
            self,
            "Function",
            package="preflight",
            handler="handler.handle",
            description="Checks the registry, the images and the domain before a deployment needs them",
            timeout=TIMEOUT,
            talks_to="AWS APIs, the image registry and DNS",
            failures="CloudFormation reports a failed request itself. The schedule asks again the next day, "
            "and an alarm tells of errors.",
            logs=logs,
        )
        if images.credentials is None:
            self._let_look_into_ecr()
            return
        images.let_read_credentials(self._function)
        self._access = RegistryAccess(
            host=registry.host,
            project=f"{registry.project}",
            images=sorted(registry.image_names.values()),
            credentials_arn=images.credentials.secret_arn,
            token_key=f"{registry.token_key}",
            token_parameter=token_parameter,
        )
        self._ask(self, "RegistryAccess", self._access)

    def watch_refusals(self, scope: Construct, operations: Operations) -> None:
        """Look daily whether the registry takes the token, if there is one, and tell the operator if not.

        Args:
            scope: A stack that comes after the alarms' topic, and for which nothing waits: CloudFormation
                takes a minute for a schedule.
            operations: Those of the region.
        """
        if self._access is None:
            return
        events.Rule(
            scope,
            "DailyLook",
            description="Asks whether the image registry still takes the token",
            schedule=events.Schedule.rate(cdk.Duration.days(1)),
            targets=[
                targets.LambdaFunction(
                    self._function,
                    event=events.RuleTargetInput.from_object(self._access.daily_look()),
                )
            ],
        )
        operations.watch(
            scope,
            "RegistryRefuses",
            Advice(
                alarm="registry-token",
                section="registry-token",
                meaning=f"The image registry {self._access.host} has refused GitLab's user and token, or "
                f"could not be reached: {WITHOUT_TOKEN[self._registry.source]}.",
                remedy="Read the last error in the log of the stack Secrets' function; if the token has "
                "expired, create a new one in GitLab with the scope read_registry, and deploy with it as "
                "GITLAB_TOKEN.",
            ),
            metric=self._function.metric_errors(period=cdk.Duration.hours(1)),
            threshold=1,
            # Between two looks, and before the first one, there is no data.
            missing=cloudwatch.TreatMissingData.IGNORE,
        )

    def images_available(self, scope: Construct, *, images: Iterable[Image]) -> cdk.CustomResource:
        """Ask whether the images can be pulled.

        Args:
            scope: The stack whose tasks pull them.
            images: In the version that is to run.
        """
        references = {image.name: image.reference for image in images}
        wanted = (
            self._access.in_versions(references)
            if self._access
            else ImagesInEcr(location=f"{self._registry.repository}", images=references)
        )
        return self._ask(scope, "ImagesAvailable", wanted)

    def zone_delegation(self, scope: Construct, *, site: SiteSettings) -> cdk.CustomResource:
        """Ask whether public DNS leads to the hosted zone.

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
            ZoneDelegation(
                hosted_zone_id=site.hosted_zone_id, hosted_zone_name=site.hosted_zone_name
            ),
        )

    def _ask(self, scope: Construct, construct_id: str, asked: Properties) -> cdk.CustomResource:
        stack_arn = self._stack.format_arn(
            service="cloudformation",
            resource="stack",
            resource_name=f"{cdk.Stack.of(scope).stack_name}/*",
        )
        self._function.add_to_role_policy(
            # The function asks whether an update is a rollback, which is not checked again.
            iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[stack_arn])
        )
        accept(
            self._function.own_role,
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
            properties=asked.to_properties(),
        )

    def _let_look_into_ecr(self) -> None:
        mirror = ImagesInEcr(location=f"{self._registry.repository}", images={})
        self._function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["ecr:BatchGetImage"],
                resources=[
                    self._stack.format_arn(
                        service="ecr",
                        account=mirror.account,
                        region=mirror.region,
                        resource="repository",
                        resource_name=mirror.repository(name),
                    )
                    for name in self._registry.image_names.values()
                ],
            )
        )
