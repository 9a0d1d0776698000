"""What stacks are handed, so that everything is kept and watched in the same way."""

from dataclasses import dataclass, field
from typing import Self

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_sns as sns
from constructs import Construct

from instandt_cdk.names import Names
from instandt_cdk.operations.alarms import Advice, AlarmTopic
from instandt_cdk.operations.key import OperationsKey
from instandt_cdk.operations.logs import Logs
from instandt_cdk.settings import OperationsSettings, Settings

AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
NO_PROBLEM = cloudwatch.TreatMissingData.NOT_BREACHING


@dataclass(frozen=True, kw_only=True)
class Operations:
    """How things are kept and watched in a region."""

    settings: OperationsSettings
    names: Names
    logs: Logs
    alarm_topic: sns.ITopic
    region: str
    alarms: list[str] = field(default_factory=list)
    """All alarms so far, in the order in which they were made, without the environment's name."""

    @classmethod
    def make(cls, scope: Construct, *, settings: Settings) -> Self:
        """Make a region's key and topic of the alarms, directly in the region's first stack.

        An alarm can tell a topic of its own region only ("PutMetricAlarm", Amazon CloudWatch API Reference).
        """
        key = OperationsKey(scope, "OperationsKey", operations=settings.operations)
        return cls(
            settings=settings.operations,
            names=settings.names,
            logs=Logs(key=key, settings=settings.operations),
            alarm_topic=AlarmTopic(scope, "Alarms", settings=settings, key=key),
            region=cdk.Stack.of(scope).region,
        )

    def watch(
        self,
        scope: Construct,
        construct_id: str,
        advice: Advice,
        *,
        metric: cloudwatch.IMetric,
        threshold: float,
        comparison: cloudwatch.ComparisonOperator = AT_LEAST,
        periods: int = 1,
        of: int | None = None,
        missing: cloudwatch.TreatMissingData = NO_PROBLEM,
    ) -> None:
        """Tell the operator when a metric crosses a threshold.

        Args:
            scope: The alarm's parent.
            construct_id: The alarm's id.
            advice: What the operator is told.
            metric: What is watched, with the period that is looked at.
            threshold: In the metric's unit.
            comparison: On which side of the threshold there is a problem.
            periods: In how many periods it must be there.
            of: Of how many; left out, these must follow each other.
            missing: What it means when the metric has no data. By default, that there is no problem.
        """
        alarm = cloudwatch.Alarm(
            scope,
            construct_id,
            alarm_name=self.names.alarm(advice.alarm),
            alarm_description=f"{advice} More: {self.settings.guide(advice.section)}",
            metric=metric,
            threshold=threshold,
            comparison_operator=comparison,
            evaluation_periods=of or periods,
            datapoints_to_alarm=periods,
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(actions.SnsAction(self.alarm_topic))
        self.alarms.append(advice.alarm)

    def watch_events(
        self,
        scope: Construct,
        construct_id: str,
        advice: Advice,
        *,
        pattern: events.EventPattern,
    ) -> None:
        """Tell the operator when an event happens, once for all that happen within five minutes.

        The rule has no target: a rule also publishes a metric, and so the event is an alarm as others are,
        with advice and on the dashboard, and no service but CloudWatch may use the topic. SNS's policies
        could not tell which rule of EventBridge publishes.

        Sources: "Using IAM policy conditions in Amazon EventBridge" ("if you want the rule to do more than
        publish a CloudWatch metric, you must also add a target"), "Monitoring Amazon EventBridge" and
        "Using resource-based policies for Amazon EventBridge", Amazon EventBridge User Guide.
        """
        rule = events.Rule(
            scope, f"{construct_id}Event", description=advice.meaning, event_pattern=pattern
        )
        metric = cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name="TriggeredRules",
            dimensions_map={"RuleName": rule.rule_name},
            statistic="Sum",
            period=cdk.Duration.minutes(5),
        )
        self.watch(scope, construct_id, advice, metric=metric, threshold=1)

    def watch_function(
        self, scope: Construct, *, what: str, task: str, errors: cloudwatch.IMetric
    ) -> None:
        """Tell the operator when a function or state machine fails that nobody waits for.

        Args:
            scope: Its parent.
            what: Its name, in the alarm's.
            task: What is not done when it fails, as the rest of "It does not …".
            errors: Its failures; counted by the hour.
        """
        self.watch(
            scope,
            "Failing",
            Advice(
                alarm=f"functions-failing-{what}",
                section="functions-failing",
                meaning=f"A function has failed, and does not {task}.",
                remedy="Read the last error in its log, the log group of the stack "
                f"{cdk.Stack.of(scope).stack_name} whose name contains {scope.node.id}, and do what it says.",
            ),
            metric=errors,
            threshold=1,
        )
