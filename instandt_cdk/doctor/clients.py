"""The ways to AWS: a client for each service and region that is asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import boto3
from botocore.config import Config

from instandt_cdk.settings.limits.regions import EDGE_REGION

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

# Somebody waits: an answer in seconds, or none.
IMPATIENT = Config(
    connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 2, "mode": "standard"}
)


@dataclass(frozen=True, kw_only=True)
class Clients:
    """Clients of the main region, and of the edge's where the name says so."""

    cloudformation: "CloudFormationClient"
    ec2: "EC2Client"
    ec2_edge: "EC2Client"
    ecr: "ECRClient"
    quotas: "ServiceQuotasClient"
    rds: "RDSClient"
    route53: "Route53Client"
    secrets: "SecretsManagerClient"
    ses: "SESV2Client"
    ssm: Mapping[str, "SSMClient"]
    """By region, each in which there are stacks."""
    sts: "STSClient"

    @classmethod
    def make(cls, region: str, *, deployed: Iterable[str]) -> Self:
        """Find credentials as the AWS CLI does.

        Args:
            region: The main one.
            deployed: All in which there are stacks.

        Raises:
            botocore.exceptions.BotoCoreError: The AWS CLI's configuration cannot be used.
        """
        main = boto3.Session(region_name=region)
        edge = boto3.Session(region_name=EDGE_REGION)
        return cls(
            cloudformation=main.client("cloudformation", config=IMPATIENT),
            ec2=main.client("ec2", config=IMPATIENT),
            ec2_edge=edge.client("ec2", config=IMPATIENT),
            ecr=main.client("ecr", config=IMPATIENT),
            quotas=main.client("service-quotas", config=IMPATIENT),
            rds=main.client("rds", config=IMPATIENT),
            route53=main.client("route53", config=IMPATIENT),
            secrets=main.client("secretsmanager", config=IMPATIENT),
            ses=main.client("sesv2", config=IMPATIENT),
            ssm={
                place: boto3.Session(region_name=place).client("ssm", config=IMPATIENT)
                for place in deployed
            },
            # The edge's region is enabled in every account; the main one may not be.
            sts=edge.client("sts", config=IMPATIENT),
        )
