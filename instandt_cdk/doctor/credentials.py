"""The operator's AWS credentials."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from instandt_cdk.doctor.finding import Finding, failed, good
from instandt_cdk.settings import AwsSettings

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

REMEDY = "sign in as the AWS CLI does (`aws sso login`, AWS_PROFILE or AWS_ACCESS_KEY_ID)"

OF_ANOTHER_ACCOUNT = "they belong to account"
"""How the finding begins that `make bundle` refuses to go on with; without credentials it does."""


def belong_to_account(sts: "STSClient", aws: AwsSettings) -> Iterator[Finding]:
    """There are credentials, AWS accepts them, and they belong to the account in the settings."""
    try:
        identity = sts.get_caller_identity()
    except NoCredentialsError:
        yield failed("there are none", REMEDY)
        return
    except BotoCoreError as error:
        yield failed(f"they cannot be used: {error}", REMEDY)
        return
    except ClientError as error:
        # The call needs no permission ("GetCallerIdentity", AWS STS API Reference), so the credentials are
        # invalid.
        yield failed(f"AWS refuses them: {error.response['Error'].get('Code', '')}", REMEDY)
        return
    if identity["Account"] != aws.account:
        yield failed(
            f'{OF_ANOTHER_ACCOUNT} {identity["Account"]}, not to aws.account = "{aws.account}"',
            "use credentials of that account, or correct aws.account",
        )
        return
    yield good(f"{identity['Arn']}")
