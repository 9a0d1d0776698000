"""The section [aws]."""

from collections.abc import Iterator
from typing import Annotated

from instandt_cdk.settings.section import Region, Section, Text

OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-")
"""Beginnings of regions with accounts of their own, which us-east-1 is no part of ("AWS partitions",
AWS Fault Isolation Boundaries)."""


class AwsSettings(Section):
    """Where the environment lives."""

    account: Annotated[str, Text(r"\d{12}", "an account number of 12 digits", "123456789012")]
    """The AWS account's number, 12 digits, in quotes."""

    region: Region
    """The main region, for example "eu-central-1". The edge is always in us-east-1, as CloudFront demands."""

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """The edge and the rest must be in one partition."""
        if self.region.startswith(OTHER_PARTITIONS):
            yield (
                "region",
                "is in a partition without us-east-1, where CloudFront's part has to be; "
                "choose a commercial region, such as eu-central-1",
            )
