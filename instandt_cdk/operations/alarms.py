"""What alarms say, and where they go."""

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from instandt_cdk.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What an alarm tells the operator, in two sentences."""

    alarm: str
    """The alarm's name, without the environment's."""
    section: str
    """The section of docs/alarms.md."""
    meaning: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.meaning} {self.remedy}"


class AlarmTopic(sns.Topic):
    """The topic of all alarms of a region, and the operator's subscription to it."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, key: kms.IKey
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            display_name=f"instaNDT {settings.environment}",
            enforce_ssl=True,
            master_key=key,
        )
        cloudwatch = iam.ServicePrincipal("cloudwatch.amazonaws.com")
        of_this_account = {"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}}
        # `enforce_ssl` gives the topic a policy, which replaces the default one that lets the account
        # publish.
        self.add_to_resource_policy(
            # "Example cases for Amazon SNS access control", Amazon SNS Developer Guide.
            iam.PolicyStatement(
                principals=[cloudwatch],
                actions=["sns:Publish"],
                resources=[self.topic_arn],
                conditions=of_this_account,
            )
        )
        key.add_to_resource_policy(
            # "Amazon SNS topics and AWS KMS: event sources", Amazon SNS Developer Guide.
            iam.PolicyStatement(
                principals=[cloudwatch],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],
                conditions=of_this_account,
            )
        )
        self.add_subscription(subscriptions.EmailSubscription(settings.alarm_email))
