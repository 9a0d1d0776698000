"""What would hurt of a change to a custom resource: what its function does with it."""

from collections.abc import Iterator

from instandt_cdk.changes import harms
from instandt_cdk.changes.difference import Change, Fate
from instandt_cdk.changes.harms import Harm
from instandt_cdk.changes.stacks import Stacks

EMPTIED = {"Key": "aws-cdk:auto-delete-objects", "Value": "true"}
"""The tag of a bucket that the CDK's function may empty."""

STAGING = "://acme-staging"


def custom_resource(change: Change, after: Stacks) -> Iterator[Harm]:
    """Any custom resource; those without a word here do nothing when they are updated or deleted."""
    if change.fate is Fate.REPLACED:
        yield harms.SERVICE_TOKEN
    match change.before.type:
        case "Custom::S3AutoDeleteObjects":
            yield from _emptied(change, after)
        case "Custom::OriginCertificate":
            _, directory = change.values("DirectoryUrl")
            if change.differs("DirectoryUrl") and STAGING in (directory or ""):
                yield harms.UNTRUSTED


def _emptied(change: Change, after: Stacks) -> Iterator[Harm]:
    """The CDK's function: deleted, or given another bucket, it empties the one that it had."""
    bucket = after.resources.get(change.before.properties["BucketName"]["Ref"])
    given_up = change.fate is Fate.REMOVED or change.differs("BucketName")
    if bucket and given_up and EMPTIED in bucket.properties.get("Tags", ()):
        yield harms.LOST
