"""An object that is to be encrypted by KMS, without a key that is named, gets AWS's own key for S3.

ministack refuses it, and the CDK CLI uploads its assets in this way. AWS documents it: "PutObject",
x-amz-server-side-encryption-aws-kms-key-id, Amazon S3 API Reference.

Mended when test_objects_are_encrypted_with_aws_s_own_key_if_none_is_named passes without this file.
"""

from local.emulator import hooks

_ALGORITHM = "x-amz-server-side-encryption"
_KEY = "x-amz-server-side-encryption-aws-kms-key-id"


def install() -> None:
    """Name the key."""

    @hooks.around(hooks.service("s3"), "_resolve_sse_write_headers")
    def resolve(original: hooks.Original, headers: dict[str, str], bucket: str) -> hooks.Untyped:
        if headers.get(_ALGORITHM) == "aws:kms" and not headers.get(_KEY):
            headers = headers | {_KEY: "alias/aws/s3"}
        return original(headers, bucket)
