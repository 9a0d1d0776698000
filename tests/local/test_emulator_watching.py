"""What the adapter adds to the emulated alarms and their e-mails."""

from tests.support.emulated import Cloud

MATH = {
    "Type": "AWS::CloudWatch::Alarm",
    "Properties": {
        "AlarmName": "math",
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "Metrics": [{"Id": "e", "Expression": "1 + 1"}],
    },
}


def test_an_alarm_on_metric_math_is_kept(cloud: Cloud) -> None:
    cloud.apply("math", {"Resources": {"Alarm": MATH}})
    (alarm,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=["math"])["MetricAlarms"]
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    cloud.delete("math")


def test_a_topic_sends_e_mails(cloud: Cloud) -> None:
    sns = cloud.client("sns")
    topic = sns.create_topic(Name="mails")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="somebody@example.com")
    before = len(cloud.mails())
    sns.publish(TopicArn=topic, Subject="Hello", Message="World")
    (mail,) = cloud.mails()[before:]
    assert (mail["To"], mail["Subject"], mail["BodyText"]) == (
        ["somebody@example.com"],
        "Hello",
        "World",
    )


def test_a_saved_query_is_accepted(cloud: Cloud) -> None:
    query = {"Name": "folder/Question?", "QueryString": "fields @message"}
    resource = {"Type": "AWS::Logs::QueryDefinition", "Properties": query}
    stack = cloud.apply("saved-query", {"Resources": {"Query": resource}})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
