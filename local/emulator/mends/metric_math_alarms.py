"""ministack's CloudFormation refuses alarms of calculated metrics; here they are kept as they are written.

Mended when `_cw_metric_alarm_record` keeps the property Metrics. Reference: AWS::CloudWatch::Alarm,
CloudFormation Template Reference.
"""

from local.emulator import hooks


def install() -> None:
    """Keep such an alarm without a metric of its own, which ministack does not evaluate."""

    @hooks.around(hooks.service("cloudformation.provisioners"), "_cw_metric_alarm_record")
    def record(
        original: hooks.Original, name: str, properties: hooks.Properties
    ) -> hooks.Properties:
        if "Metrics" not in properties:
            return dict(original(name, properties))
        single = {key: value for key, value in properties.items() if key != "Metrics"}
        kept = original(name, {**single, "MetricName": "Expression", "Namespace": "Expression"})
        metrics = properties["Metrics"]
        return {**kept, "MetricName": None, "Namespace": None, "Metrics": metrics}
