"""The age of the oldest instance is published; without an instance, nothing is old."""

from datetime import UTC, datetime, timedelta

import pytest

from host_age import handler
from host_age.metric import NAME, NAMESPACE
from tests.support.emulated import ACCOUNT, REGION, Cloud

EVENT = {"Groups": ["cluster", "bastion"], "Environment": "aged"}


@pytest.fixture(autouse=True)
def aws(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{cloud.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)


def _launch(cloud: Cloud, group: str) -> None:
    tag = {"Key": "aws:autoscaling:groupName", "Value": group}
    cloud.client("ec2").run_instances(
        ImageId="ami-12345678",
        InstanceType="t4g.nano",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": [tag]}],
    )


def _published(cloud: Cloud, environment: str) -> float:
    now = datetime.now(UTC)
    (point,) = cloud.client("cloudwatch").get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName=NAME,
        Dimensions=[{"Name": "Environment", "Value": environment}],
        StartTime=now - timedelta(days=1),
        EndTime=now + timedelta(days=1),
        Period=2 * 24 * 3600,
        Statistics=["Maximum"],
    )["Datapoints"]
    return float(point["Maximum"])


def test_the_age_of_the_oldest_instance_is_published(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    _launch(cloud, "bastion")

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # noqa: ARG003
            return datetime.now(UTC) + timedelta(days=20)

    monkeypatch.setattr(handler, "datetime", Later)
    handler.handle(EVENT, None)
    assert _published(cloud, "aged") == pytest.approx(20, abs=0.1)


def test_of_several_instances_the_oldest_counts(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    launches = [now - timedelta(days=days) for days in (3, 20, 1)]
    monkeypatch.setattr(handler, "_launches", lambda _groups: iter(launches))
    handler.handle({"Groups": ["cluster"], "Environment": "several"}, None)
    assert _published(cloud, "several") == pytest.approx(20, abs=0.1)


def test_instances_of_other_groups_do_not_count(cloud: Cloud) -> None:
    _launch(cloud, "of-another-environment")
    handler.handle({"Groups": ["empty"], "Environment": "empty"}, None)
    assert _published(cloud, "empty") == 0
