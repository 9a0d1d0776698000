"""The key for what operations need: logs and alarms."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from instandt_cdk.operations.removal import removal_policy
from instandt_cdk.settings import OperationsSettings


class OperationsKey(kms.Key):
    """Encrypts the log groups of an account and region, and its alarm topic."""

    def __init__(
        self, scope: Construct, construct_id: str, *, operations: OperationsSettings
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Encrypts instaNDT's logs and alarms",
            enable_key_rotation=True,
            removal_policy=removal_policy(operations),
        )
        let_logs_use(self)


def let_logs_use(key: kms.Key) -> None:
    """Let CloudWatch Logs use a key for the log groups of its account and region."""
    stack = cdk.Stack.of(key)
    key.add_to_resource_policy(
        # The library's log group does not do this ("Encrypt log data in CloudWatch Logs using AWS KMS",
        # Amazon CloudWatch Logs User Guide). The page also lists kms:Describe*, which has no encryption
        # context and so would never meet the condition.
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
            actions=[
                "kms:Encrypt",
                "kms:Decrypt",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
            ],
            resources=["*"],
            conditions={
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": (
                        f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:*"
                    )
                }
            },
        )
    )
