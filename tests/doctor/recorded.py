"""The doctor, recording its calls to AWS: `python -m tests.doctor.recorded LOG DIRECTORY DNS_PORT NAME`.

Calls that the emulator lacks or answers otherwise get the answers below; all others go to the emulator.
"""

import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.model import OperationModel

from instandt_cdk.doctor.requirements import ENDPOINT_SERVICES
from tests.doctor import neighbours

ZONES = [f"eu-central-1{letter}" for letter in "ab"]
ABSENT: dict[str, dict[str, Any]] = {
    "DescribeInstanceTypeOfferings": {
        "InstanceTypeOfferings": [
            {"InstanceType": kind, "Location": zone}
            for kind in ("m6i.large", "t4g.nano")
            for zone in ZONES
        ]
    },
    # The emulator offers one version only if none is asked for.
    "DescribeOrderableDBInstanceOptions": {
        "OrderableDBInstanceOptions": [
            {"EngineVersion": "17.9", "AvailabilityZones": [{"Name": zone} for zone in ZONES]}
        ]
    },
    "DescribePullThroughCacheRules": {
        "pullThroughCacheRules": [
            {"credentialArn": "arn:aws:x:secret:ecr-pullthroughcache/dndt-gitlab-site-AbCdEf"}
        ]
    },
    "GetRole": {"Role": {"RoleName": "AWSServiceRoleForECS"}},
    "DescribeVpcEndpointServices": {
        "ServiceDetails": [
            {"ServiceName": f"com.amazonaws.eu-central-1.{service}", "AvailabilityZones": ZONES}
            for service in ENDPOINT_SERVICES
        ]
    },
    "GetServiceQuota": {"Quota": {"Value": 20.0}},
}


def run(log: Path, directory: Path, dns_port: int, name: str) -> int:
    """Return the command's exit code."""

    def note(model: OperationModel, **_: object) -> Any:  # noqa: ANN401 - an answer, if there is one here
        with log.open("a") as file:
            file.write(f"{model.service_model.service_name} {model.name}\n")
        if model.name in ABSENT:
            return AWSResponse("", 200, HTTPHeaders(), None), ABSENT[model.name]
        return None

    class Session(boto3.Session):
        def __init__(self, **options: Any) -> None:  # noqa: ANN401 - boto3's own
            super().__init__(**options)
            self.events.register("before-call", note)

    boto3.Session = Session  # type: ignore[assignment,misc]
    return neighbours.run(directory, dns_port, name)


if __name__ == "__main__":
    log, directory, dns_port, name = sys.argv[1:]
    sys.exit(run(Path(log), Path(directory), int(dns_port), name))
