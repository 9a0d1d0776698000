"""Whether the mails of the alarms reach somebody."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from instandt_cdk.changes.deployed import is_deployed, resources
from instandt_cdk.doctor.finding import Finding, good, warning
from instandt_cdk.settings import Settings
from instandt_cdk.settings.limits.regions import EDGE_REGION

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

# "SubscribeToTopic" and "ListSubscriptionsByTopic", Amazon SNS API Reference.
UNCONFIRMED = "PendingConfirmation"
"""What stands in place of the ARN of a subscription that nobody has confirmed."""


def are_confirmed(
    sns: Mapping[str, Any], cloudformation: Mapping[str, "CloudFormationClient"], settings: Settings
) -> Iterator[Finding]:
    """Somebody has confirmed the address in both regions that have alarms."""
    address = settings.alarm_email
    for stack, region in (("Network", settings.aws.region), ("Edge", EDGE_REGION)):
        name = settings.names.stack(stack)
        if not is_deployed(cloudformation[region], name):
            yield good(f"the deployment of {name} will ask {address} to confirm the address")
            continue
        for topic in resources(cloudformation[region], name, "AWS::SNS::Topic").values():
            yield _finding(sns[region], topic, address=f"{address}", region=region)


def _finding(client: Any, topic: str, *, address: str, region: str) -> Finding:  # noqa: ANN401 - boto3's are dynamic
    found = client.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    states = [one["SubscriptionArn"] for one in found if one["Endpoint"] == address]
    if any(state.startswith("arn:") for state in states):
        return good(f"{address} gets the alarms of {region}")
    if UNCONFIRMED in states:
        return warning(
            f"nobody has confirmed {address} in {region}, so its alarms reach nobody",
            'follow the link in the mail "AWS Notification - Subscription Confirmation"',
        )
    # SNS drops what is not confirmed within two days.
    return warning(
        f"{address} is not subscribed to the alarms of {region}, which reach nobody",
        f"`aws sns subscribe --region {region} --topic-arn {topic} --protocol email "
        f"--notification-endpoint {address}`, then follow the link in the mail",
    )
