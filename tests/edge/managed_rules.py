"""AWS's managed rule sets as far as AWS documents them.

Names, labels, actions, what each rule inspects, size limits and WCUs: "AWS Managed Rules rule groups list",
AWS WAF Developer Guide, the section given at each set. AWS does not publish the patterns; those here are
the examples of that page and the commonest forms of each attack, enough to tell where a rule looks.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from tests.edge.request import Request

Component = Callable[[Request], str]


@dataclass(frozen=True)
class Rule:
    """A rule of a managed set; its own action is to block unless it says otherwise."""

    name: str
    label: str
    matches: Callable[[Request], bool]
    counts: bool = False


@dataclass(frozen=True)
class RuleSet:
    """A managed set: what it costs of a web ACL's capacity, and its rules in their order."""

    capacity_units: int
    namespace: str
    rules: tuple[Rule, ...]


def _path(request: Request) -> str:
    return unquote(request.path)


def _query_arguments(request: Request) -> str:
    return "\n".join(value for _, value in parse_qsl(request.query, keep_blank_values=True))


def _query_string(request: Request) -> str:
    return unquote(request.query)


def _cookie(request: Request) -> str:
    return request.header("cookie")


def _headers(request: Request) -> str:
    return "\n".join(f"{name}: {value}" for name, value in request.headers.items())


def _body(request: Request) -> str:
    return request.body.decode("latin-1")


def _method(request: Request) -> str:
    return request.method


def _user_agent(request: Request) -> str:
    return request.header("user-agent")


def _host(request: Request) -> str:
    return request.header("host")


def _finds(component: Component, pattern: str) -> Callable[[Request], bool]:
    expression = re.compile(pattern, re.IGNORECASE)
    return lambda request: expression.search(component(request)) is not None


def _exceeds(component: Component, size_bytes: int) -> Callable[[Request], bool]:
    return lambda request: len(component(request)) > size_bytes


def _listed(name: str) -> Callable[[Request], bool]:
    return lambda request: name in request.reputation


def _family(stem: str, pattern: str, places: Mapping[str, tuple[str, Component]]) -> list[Rule]:
    """The rules that look for the same attack in several places."""
    return [
        Rule(f"{stem}_{place}", f"{stem}_{label}", _finds(component, pattern))
        for place, (label, component) in places.items()
    ]


URI_PATH = {"URIPATH": ("URIPath", _path)}
QUERY_ARGUMENTS = {"QUERYARGUMENTS": ("QueryArguments", _query_arguments)}
QUERY_STRING = {"QUERYSTRING": ("QueryString", _query_string)}
COOKIE = {"COOKIE": ("Cookie", _cookie)}
HEADER = {"HEADER": ("Header", _headers)}
BODY = {"BODY": ("Body", _body)}

METADATA = r"169\.254\.169\.254"
TRAVERSAL = r"\.\./\.\./"
REMOTE_FILE = r"(https?|ftps?|file)://\d{1,3}(\.\d{1,3}){3}"
SCRIPT = r"<script|javascript:|onerror\s*="
SYSTEM_FILE = r"\.(log|ini)$"
JAVA = r"getRuntime\(\)\.exec"
LOG4J = r"\$\{jndi:"
REACT = r"__proto__:then"  # CVE-2025-55182
SQL = r"'\s*or\s+'?\d|union\s+select"
MORE_SQL = r";\s*drop\s+table|waitfor\s+delay"

RULE_SETS = {
    # "IP reputation rule groups", Amazon IP reputation list
    "AWSManagedRulesAmazonIpReputationList": RuleSet(
        25,
        "amazon-ip-list",
        (
            Rule("AWSManagedIPReputationList", "AWSManagedIPReputationList", _listed("malicious")),
            Rule("AWSManagedReconnaissanceList", "AWSManagedReconnaissanceList", _listed("scans")),
            Rule("AWSManagedIPDDoSList", "AWSManagedIPDDoSList", _listed("floods"), counts=True),
        ),
    ),
    # "Baseline rule groups", Core rule set (CRS)
    "AWSManagedRulesCommonRuleSet": RuleSet(
        700,
        "core-rule-set",
        (
            Rule("NoUserAgent_HEADER", "NoUserAgent_Header", lambda r: not _user_agent(r)),
            Rule("UserAgent_BadBots_HEADER", "BadBots_Header", _finds(_user_agent, "nessus|nmap")),
            Rule(
                "SizeRestrictions_QUERYSTRING",
                "SizeRestrictions_QueryString",
                _exceeds(lambda request: request.query, 2048),
            ),
            Rule(
                "SizeRestrictions_Cookie_HEADER",
                "SizeRestrictions_Cookie_Header",
                _exceeds(_cookie, 10240),
            ),
            Rule("SizeRestrictions_BODY", "SizeRestrictions_Body", _exceeds(_body, 8192)),
            Rule(
                "SizeRestrictions_URIPATH",
                "SizeRestrictions_URIPath",
                _exceeds(lambda request: request.path, 1024),
            ),
            *_family("EC2MetaDataSSRF", METADATA, BODY | COOKIE | URI_PATH | QUERY_ARGUMENTS),
            *_family("GenericLFI", TRAVERSAL, QUERY_ARGUMENTS | URI_PATH | BODY),
            *_family("RestrictedExtensions", SYSTEM_FILE, URI_PATH | QUERY_ARGUMENTS),
            *_family("GenericRFI", REMOTE_FILE, QUERY_ARGUMENTS | BODY | URI_PATH),
            *_family("CrossSiteScripting", SCRIPT, COOKIE | QUERY_ARGUMENTS | BODY | URI_PATH),
        ),
    ),
    # "Baseline rule groups", Known bad inputs
    "AWSManagedRulesKnownBadInputsRuleSet": RuleSet(
        200,
        "known-bad-inputs",
        (
            *_family("JavaDeserializationRCE", JAVA, HEADER | BODY | URI_PATH | QUERY_STRING),
            Rule("Host_localhost_HEADER", "Host_Localhost_Header", _finds(_host, "localhost")),
            Rule("PROPFIND_METHOD", "Propfind_Method", _finds(_method, "^propfind$")),
            Rule("ExploitablePaths_URIPATH", "ExploitablePaths_URIPath", _finds(_path, "web-inf")),
            *_family("Log4JRCE", LOG4J, HEADER | QUERY_STRING | BODY | URI_PATH),
            *_family("ReactJSRCE", REACT, BODY),
        ),
    ),
    # "Use-case specific rule groups", SQL database
    "AWSManagedRulesSQLiRuleSet": RuleSet(
        200,
        "sql-database",
        (
            *_family("SQLi", SQL, QUERY_ARGUMENTS | BODY | COOKIE | URI_PATH),
            *_family("SQLiExtendedPatterns", MORE_SQL, QUERY_ARGUMENTS | BODY | HEADER),
        ),
    ),
}
