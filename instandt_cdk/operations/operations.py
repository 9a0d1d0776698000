"""What stacks are handed, so that everything is kept and watched in the same way."""

from dataclasses import dataclass
from typing import Self

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from instandt_cdk.operations.alarms import AlarmTopic
from instandt_cdk.operations.key import OperationsKey
from instandt_cdk.operations.logs import Logs
from instandt_cdk.settings import OperationsSettings, Settings


@dataclass(frozen=True, kw_only=True)
class Operations:
    """How things are kept and watched in the main region."""

    settings: OperationsSettings
    logs: Logs
    alarm_topic: sns.ITopic

    @classmethod
    def make(cls, scope: Construct, *, settings: Settings) -> Self:
        """Make the key and the topic of the alarms, directly in the stack that comes first."""
        key = OperationsKey(scope, "OperationsKey", operations=settings.operations)
        return cls(
            settings=settings.operations,
            logs=Logs(key=key, settings=settings.operations),
            alarm_topic=AlarmTopic(scope, "Alarms", settings=settings, key=key),
        )

    def watch(self, *alarms: cloudwatch.Alarm) -> None:
        """Tell the operator when one of the alarms goes off."""
        for alarm in alarms:
            alarm.add_alarm_action(actions.SnsAction(self.alarm_topic))
