"""The section [aws]."""

from collections.abc import Iterator
from typing import Annotated

from instandt_cdk.settings.section import Region, Section, Text

OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-")
"""Prefixes of the regions outside the commercial partition, to which us-east-1 belongs ("AWS partitions", AWS
Fault Isolation Boundaries)."""


class AwsSettings(Section):
    """The account and region of the environment."""

    account: Annotated[str, Text(r"\d{12}", "an account number of 12 digits", "123456789012")]
    """The AWS account's number, 12 digits, in quotes."""

    region: Region
    """The main region, for example "eu-central-1". The stack Edge is always in us-east-1, because
    CloudFront requires it."""

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """The region must be in the same partition as us-east-1."""
        if self.region.startswith(OTHER_PARTITIONS):
            yield (
                "region",
                "is in a partition without us-east-1, which CloudFront requires; "
                "choose a commercial region, such as eu-central-1",
            )
