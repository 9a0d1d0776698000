"""The AWS clients of the checks, one for each service and region."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

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

# The operator waits for the result, so calls give up within seconds.
CLIENT_CONFIG = Config(
    connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 2, "mode": "standard"}
)


def cloudformation_in(region: str) -> "CloudFormationClient":
    """Make a client for any region, also one that the settings no longer name."""
    return boto3.Session(region_name=region).client("cloudformation", config=CLIENT_CONFIG)


@dataclass(frozen=True, kw_only=True)
class Clients:
    """Clients for the main region, unless the name says "edge"."""

    cloudformation: Mapping[str, "CloudFormationClient"]
    """By region, for every region with stacks."""
    ec2: "EC2Client"
    ec2_edge: "EC2Client"
    ecr: "ECRClient"
    iam: Any
    quotas: "ServiceQuotasClient"
    rds: "RDSClient"
    route53: "Route53Client"
    secrets: "SecretsManagerClient"
    ses: "SESV2Client"
    ssm: Mapping[str, "SSMClient"]
    """By region, for every region with stacks."""
    sts: "STSClient"

    @classmethod
    def make(cls, main_region: str, *, stack_regions: Iterable[str]) -> Self:
        """Make the clients, with the credentials that the AWS CLI would use.

        Args:
            main_region: The environment's region.
            stack_regions: All regions with stacks.

        Raises:
            botocore.exceptions.BotoCoreError: The AWS CLI's configuration cannot be used.
        """
        main = boto3.Session(region_name=main_region)
        edge = boto3.Session(region_name=EDGE_REGION)
        regions = {region: boto3.Session(region_name=region) for region in stack_regions}
        return cls(
            cloudformation={
                region: session.client("cloudformation", config=CLIENT_CONFIG)
                for region, session in regions.items()
            },
            ec2=main.client("ec2", config=CLIENT_CONFIG),
            ec2_edge=edge.client("ec2", config=CLIENT_CONFIG),
            ecr=main.client("ecr", config=CLIENT_CONFIG),
            iam=edge.client("iam", config=CLIENT_CONFIG),
            quotas=main.client("service-quotas", config=CLIENT_CONFIG),
            rds=main.client("rds", config=CLIENT_CONFIG),
            route53=main.client("route53", config=CLIENT_CONFIG),
            secrets=main.client("secretsmanager", config=CLIENT_CONFIG),
            ses=main.client("sesv2", config=CLIENT_CONFIG),
            ssm={
                region: session.client("ssm", config=CLIENT_CONFIG)
                for region, session in regions.items()
            },
            # The edge's region is enabled in every account; the main one may not be.
            sts=edge.client("sts", config=CLIENT_CONFIG),
        )
