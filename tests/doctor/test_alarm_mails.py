"""The doctor tells when nobody would hear of an alarm."""

from pathlib import Path

from instandt_cdk.doctor.alarm_mails import are_confirmed
from instandt_cdk.settings import load
from tests.doctor.stubs import answering, lines
from tests.support.emulated import ACCOUNT, REGION, Cloud
from tests.support.settings_files import write

EDGE = "us-east-1"
ADDRESS = "alarms@example.com"


def test_an_address_that_is_not_confirmed_is_named(cloud: Cloud, tmp_path: Path) -> None:
    write(
        tmp_path,
        f'aws.account = "{ACCOUNT}"',
        f'operations.alarm_email = "{ADDRESS}"',
        name="heard",
    )
    settings = load(tmp_path, "heard")
    sns = {region: cloud.client("sns", region) for region in (REGION, EDGE)}
    cloudformation = {region: cloud.client("cloudformation", region) for region in (REGION, EDGE)}

    def told() -> list[str]:
        return lines(are_confirmed(sns, cloudformation, settings))

    asked = f"✓ the deployment of instandt-heard-{{}} will ask {ADDRESS} to confirm the address"
    assert told() == [asked.format("network"), asked.format("edge")]
    cloud.apply("instandt-heard-network", {"Resources": {"It": {"Type": "AWS::SNS::Topic"}}})
    (stack,) = cloudformation[REGION].describe_stack_resources(StackName="instandt-heard-network")[
        "StackResources"
    ]
    topic = stack["PhysicalResourceId"]
    assert told()[0] == (
        f"! {ADDRESS} is not subscribed to the alarms of {REGION}, which reach nobody → `aws sns "
        f"subscribe --region {REGION} --topic-arn {topic} --protocol email --notification-endpoint "
        f"{ADDRESS}`, then follow the link in the mail"
    )
    sns[REGION].subscribe(TopicArn=topic, Protocol="email", Endpoint="others@example.com")
    assert told()[0].startswith(f"! {ADDRESS} is not subscribed")
    sns[REGION].subscribe(TopicArn=topic, Protocol="email", Endpoint=ADDRESS)
    assert told()[0] == f"✓ {ADDRESS} gets the alarms of {REGION}"
    # The emulator confirms a subscription itself. AWS lists it like this until somebody has.
    pending = {"SubscriptionArn": "PendingConfirmation", "Endpoint": ADDRESS}
    sns[REGION] = answering("sns", [("list_subscriptions_by_topic", {"Subscriptions": [pending]})])
    assert told()[0] == (
        f"! nobody has confirmed {ADDRESS} in {REGION}, so its alarms reach nobody → follow the link "
        'in the mail "AWS Notification - Subscription Confirmation"'
    )
