"""Bucket properties that ministack drops: encryption, lifecycle rules and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from local.emulator import hooks

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.emulator.hooks import Untyped

_KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"


def install(provisioners: Untyped) -> None:
    """Adapt AWS::S3::Bucket."""
    s3 = hooks.service("s3")
    known = hooks.original(provisioners, "_S3_BUCKET_CONFIGURATIONS")
    added = (
        (
            "BucketEncryption",
            _encryption_xml,
            s3._put_bucket_encryption,
            s3._delete_bucket_encryption,
        ),
        (
            "LifecycleConfiguration",
            _lifecycle_xml,
            s3._put_bucket_lifecycle,
            s3._delete_bucket_lifecycle,
        ),
        ("Tags", _tagging_xml, s3._put_bucket_tagging, s3._delete_bucket_tagging),
    )
    hooks.assign(provisioners, "_S3_BUCKET_CONFIGURATIONS", known + added)
    _adapt_deletion(s3, provisioners)

    # ministack has no AWS-managed key; S3 uses that one when an upload names none.
    @hooks.around(s3, "_resolve_sse_write_headers")
    def with_managed_key(
        original: Callable[..., object], headers: dict[str, str], bucket: str
    ) -> object:
        return original({_KEY_HEADER: "alias/aws/s3"} | headers, bucket)


def _adapt_deletion(s3: Untyped, provisioners: Untyped) -> None:
    # ministack's CloudFormation deletes a bucket with all that is in it, which would hide that the
    # app forgot to empty it.
    @hooks.around(provisioners, "_s3_delete")
    def delete(original: Callable[..., None], name: str, properties: object) -> None:
        bucket = s3._buckets.get(name)
        if bucket and (bucket["objects"] or s3._bucket_has_versions(name)):
            raise ValueError("The bucket you tried to delete is not empty")
        original(name, properties)


def _document(root: str, children: list[ElementTree.Element]) -> bytes:
    element = ElementTree.Element(root)
    element.extend(children)
    return bytes(ElementTree.tostring(element))


def _element(name: str, value: Untyped) -> ElementTree.Element:
    """One XML element out of a string, a number or a mapping."""
    element = ElementTree.Element(name)
    if isinstance(value, dict):
        element.extend(_element(key, item) for key, item in value.items())
    else:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)
    return element


def _encryption_xml(properties: dict[str, Any]) -> bytes:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule.get("ServerSideEncryptionByDefault", {}),
            "BucketKeyEnabled": rule.get("BucketKeyEnabled", False),
        }
        for rule in properties["ServerSideEncryptionConfiguration"]
    ]
    return _document(
        "ServerSideEncryptionConfiguration", [_element("Rule", rule) for rule in rules]
    )


def _tagging_xml(tags: list[dict[str, str]]) -> bytes:
    tag_set = ElementTree.Element("TagSet")
    tag_set.extend(_element("Tag", tag) for tag in tags if not tag["Key"].startswith("aws:"))
    return _document("Tagging", [tag_set])


def _lifecycle_xml(properties: dict[str, Any]) -> bytes:
    return _document("LifecycleConfiguration", [_rule(rule) for rule in properties["Rules"]])


def _rule(properties: dict[str, Any]) -> ElementTree.Element:
    """A rule as PutBucketLifecycleConfiguration spells it."""
    rule = _element("Rule", {"Status": properties["Status"]})
    rule.append(_element("Filter", {"Prefix": properties.get("Prefix", "")}))
    if "Id" in properties:
        rule.append(_element("ID", properties["Id"]))
    if "ExpirationInDays" in properties:
        rule.append(_element("Expiration", {"Days": properties["ExpirationInDays"]}))
    for name in ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration"):
        if name in properties:
            rule.append(_element(name, properties[name]))
    for name, days in (("Transition", "Days"), ("NoncurrentVersionTransition", "NoncurrentDays")):
        for transition in properties.get(f"{name}s", []):
            rule.append(
                _element(
                    name,
                    {
                        days: transition["TransitionInDays"],
                        "StorageClass": transition["StorageClass"],
                    },
                )
            )
    return rule
