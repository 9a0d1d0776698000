"""CDK's custom resource that empties a bucket before its deletion runs here instead of in its function.

The function is written for Node and finds its libraries on AWS only. Done when ministack brings
`@aws-sdk/client-s3` for Node functions. Source of what it does: aws-cdk-lib, Bucket, `autoDeleteObjects`.
"""

from local.emulator import hooks, resource_types


def install() -> None:
    """Add the type; ministack asks its table of types before it calls a function."""
    resource_types.add(
        "Custom::S3AutoDeleteObjects",
        create=lambda logical_id, _properties, _stack: (logical_id, {}),
        update=lambda physical_id, _properties: (physical_id, {}),
        delete=_empty,
    )


def _empty(_physical_id: str, properties: hooks.Properties) -> None:
    """Delete every object, version and delete marker."""
    s3, bucket = hooks.service("s3"), properties["BucketName"]
    if bucket in s3._buckets:
        s3._buckets[bucket]["objects"].clear()
    for key in [key for key in s3._object_versions if key[0] == bucket]:
        del s3._object_versions[key]
