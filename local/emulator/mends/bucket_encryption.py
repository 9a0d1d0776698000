"""A bucket is encrypted with the key that its template names.

ministack's CloudFormation drops the property. AWS documents it: AWS::S3::Bucket, BucketEncryption,
CloudFormation Template Reference. A template that names no key means AWS's own one, which ministack does not
have: with it, no client could put what the bucket's encryption asks for.

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

    def put(bucket: str, xml: bytes) -> None:
        if b"KMSMasterKeyID" in xml:
            s3._put_bucket_encryption(bucket, xml)

    added = ("BucketEncryption", _xml, put, s3._delete_bucket_encryption)
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
