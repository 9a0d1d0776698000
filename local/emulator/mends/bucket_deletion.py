"""A bucket that holds objects cannot be deleted.

ministack's CloudFormation deletes it with all that is in it, which would hide that the application forgot to
empty it. AWS documents that the deletion fails: AWS::S3::Bucket, CloudFormation Template Reference.

Mended when test_a_bucket_with_objects_is_not_deleted passes without this file.
"""

from local.emulator import hooks
from local.emulator.resource_types import body


def install() -> None:
    """Let CloudFormation ask S3 to delete the bucket."""
    provisioners, s3 = hooks.service("cloudformation.provisioners"), hooks.service("s3")

    @hooks.around(provisioners, "_s3_delete")
    def delete(_original: object, name: str, _properties: object) -> None:
        if name in s3._buckets:
            body(s3._delete_bucket(name))
