"""The AWS clients of the checks, one for each service and region."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
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


def cloudformation_in_any_region() -> Callable[[str], "CloudFormationClient"]:
    """Return what gives a client for a region, also for one that the settings no longer name."""
    # A session reads the description of a service once, which takes longer than the rest.
    session = boto3.Session()

    @cache
    def cloudformation(region: str) -> "CloudFormationClient":
        return session.client("cloudformation", region_name=region, config=CLIENT_CONFIG)

    return cloudformation


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
    sns: Mapping[str, Any]
    """By region, for every region with stacks."""
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
        session, config = boto3.Session(), CLIENT_CONFIG
        main, edge = main_region, EDGE_REGION
        return cls(
            cloudformation={
                region: session.client("cloudformation", region_name=region, config=config)
                for region in stack_regions
            },
            ec2=session.client("ec2", region_name=main, config=config),
            ec2_edge=session.client("ec2", region_name=edge, config=config),
            ecr=session.client("ecr", region_name=main, config=config),
            iam=session.client("iam", region_name=edge, config=config),
            quotas=session.client("service-quotas", region_name=main, config=config),
            rds=session.client("rds", region_name=main, config=config),
            route53=session.client("route53", region_name=main, config=config),
            secrets=session.client("secretsmanager", region_name=main, config=config),
            ses=session.client("sesv2", region_name=main, config=config),
            sns={
                region: session.client("sns", region_name=region, config=config)
                for region in stack_regions
            },
            ssm={
                region: session.client("ssm", region_name=region, config=config)
                for region in stack_regions
            },
            # The edge's region is enabled in every account; the main one may not be.
            sts=session.client("sts", region_name=edge, config=config),
        )
