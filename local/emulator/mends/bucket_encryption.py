"""A bucket is encrypted as its template says.

ministack's CloudFormation drops the property. AWS documents it: AWS::S3::Bucket, BucketEncryption,
CloudFormation Template Reference.

Mended when test_a_call_needs_the_key_and_the_tags_too passes without this file.
"""

from xml.etree.ElementTree import Element, SubElement, tostring

from local.emulator import hooks

_TABLE = "_S3_BUCKET_CONFIGURATIONS"
"""ministack's table of a bucket's properties: name, conversion to the API's XML, and two calls of the API."""


def install() -> None:
    """Add the property."""
    provisioners, s3 = hooks.service("cloudformation.provisioners"), hooks.service("s3")
    known = hooks.original(provisioners, _TABLE)
    added = ("BucketEncryption", _xml, s3._put_bucket_encryption, s3._delete_bucket_encryption)
    hooks.assign(provisioners, _TABLE, (*known, added))


def _xml(encryption: hooks.Properties) -> bytes:
    root = Element("ServerSideEncryptionConfiguration")
    for rule in encryption["ServerSideEncryptionConfiguration"]:
        element = SubElement(root, "Rule")
        default = SubElement(element, "ApplyServerSideEncryptionByDefault")
        for name, value in rule["ServerSideEncryptionByDefault"].items():
            SubElement(default, name).text = value
        if rule.get("BucketKeyEnabled"):
            SubElement(element, "BucketKeyEnabled").text = "true"
    return tostring(root)
