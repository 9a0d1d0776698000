"""An alarm that goes off reaches the operator."""

import re
from typing import Any

import pytest

from tests.support.choices import EVERYTHING, synthesis_of
from tests.support.synthesis import Resource, Template, as_list

REMEDIES = ("Read ", "Look ", "Make ", "Raise ", "Run ")
"""How the second sentence of an alarm's description begins: as a request."""

CLOUDWATCH = "cloudwatch.amazonaws.com"


def _topic(action: dict[str, Any]) -> str:
    """The logical id of the topic in Network that an alarm's action refers to."""
    output = action["Fn::GetStackOutput"]["OutputName"]
    return str(output.removeprefix("PublishOutputRef")[:-8])


def _allows(policy: dict[str, Any], *actions: str) -> bool:
    """Whether a resource's policy lets CloudWatch do the actions for alarms of the account."""
    allowed = {
        action
        for statement in policy["Statement"]
        if statement["Effect"] == "Allow"
        and statement["Principal"] == {"Service": CLOUDWATCH}
        and statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "222222222222"}}
        for action in as_list(statement["Action"])
    }
    return set(actions) <= allowed


def _policy_of(template: Template, topic: str) -> Resource:
    (policy,) = [
        resource
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::SNS::TopicPolicy"
        and {"Ref": topic} in resource["Properties"]["Topics"]
    ]
    return dict(policy["Properties"]["PolicyDocument"])


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_alarm_says_what_it_means_and_what_to_do(name: str) -> None:
    for stack, logical_id, alarm in synthesis_of(name).resources("AWS::CloudWatch::Alarm"):
        described = str(alarm["Properties"]["AlarmDescription"])
        # "PutMetricAlarm", Amazon CloudWatch API Reference.
        assert len(described) <= 1024
        meaning, remedy = re.split(r"(?<=\.) (?=[A-Z])", described)
        assert min(len(meaning.split()), len(remedy.split())) >= 5, f"{stack}: {logical_id}"
        assert remedy.startswith(REMEDIES), f"{stack}: {logical_id}"


@pytest.mark.parametrize("name", [name for name in EVERYTHING if name not in ("dev", "local")])
def test_cloudwatch_may_publish_to_the_topic_and_use_its_key(name: str) -> None:
    synthesis = synthesis_of(name)
    network = synthesis.templates["Network"]
    alarms = [alarm["Properties"] for _, _, alarm in synthesis.resources("AWS::CloudWatch::Alarm")]
    assert alarms
    for alarm in alarms:
        (action,) = alarm["AlarmActions"]
        topic = network["Resources"][_topic(action)]
        assert _allows(_policy_of(network, _topic(action)), "sns:Publish")
        (key, _) = topic["Properties"]["KmsMasterKeyId"]["Fn::GetAtt"]
        key_policy = network["Resources"][key]["Properties"]["KeyPolicy"]
        assert _allows(key_policy, "kms:Decrypt", "kms:GenerateDataKey")
