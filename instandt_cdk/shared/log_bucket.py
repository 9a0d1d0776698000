"""Buckets for access logs."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from instandt_cdk.compliance import accept, skip
from instandt_cdk.operations import removal_policy, skip_emptying
from instandt_cdk.settings import OperationsSettings

_NEVER_ENDING = "It receives access logs; logging access to them would never end."

UNLOGGED = {"S1": _NEVER_ENDING, "S3BucketLoggingEnabled": _NEVER_ENDING}
"""Accepts the finding that nobody logs access to a log bucket. The rule packs know S3's own log buckets."""


class LogBucket(s3.Bucket):
    """A bucket for access logs, which expire as the settings say."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        operations: OperationsSettings,
        object_ownership: s3.ObjectOwnership = s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            # Load balancers and S3 itself deliver logs to nothing but SSE-S3 ("Enable access logs for
            # your Application Load Balancer", Elastic Load Balancing User Guide).
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            # Logs that somebody deletes or overwrites to cover tracks are kept a while longer.
            versioned=True,
            object_ownership=object_ownership,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=cdk.Duration.days(operations.log_retention_days),
                    noncurrent_version_expiration=cdk.Duration.days(30),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
                )
            ],
            removal_policy=removal_policy(operations),
            auto_delete_objects=not operations.is_protected,
        )
        accept(
            self,
            {
                "S3BucketReplicationEnabled": "Logs are kept for inquiries, not for operation; their loss "
                "with a whole region is borne.",
                "S3DefaultEncryptionKMS": "Access logs hold no content; S3's own key encrypts them, the "
                "only one that S3 and load balancers deliver under.",
            },
        )
        skip(self.node.default_child, {"CKV_AWS_18": _NEVER_ENDING})
        skip_emptying(self)
