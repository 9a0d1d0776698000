"""The conditions that the web ACL's rules are made of, by readable names."""

from collections.abc import Sequence

from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

Acl = wafv2.CfnWebACL


def all_of(*statements: Acl.StatementProperty) -> Acl.StatementProperty:
    """All statements are true."""
    return Acl.StatementProperty(
        and_statement=Acl.AndStatementProperty(statements=list(statements))
    )


def any_of(statements: Sequence[Acl.StatementProperty]) -> Acl.StatementProperty:
    """At least one statement is true."""
    if len(statements) == 1:
        return statements[0]  # WAF refuses an OR of one
    return Acl.StatementProperty(or_statement=Acl.OrStatementProperty(statements=statements))


def not_(statement: Acl.StatementProperty) -> Acl.StatementProperty:
    """The statement is false."""
    return Acl.StatementProperty(not_statement=Acl.NotStatementProperty(statement=statement))


def labelled(label: str) -> Acl.StatementProperty:
    """A rule before this one has added the label."""
    return Acl.StatementProperty(
        label_match_statement=Acl.LabelMatchStatementProperty(scope="LABEL", key=label)
    )


def method_matches(pattern: str) -> Acl.StatementProperty:
    """The method matches the expression."""
    return _matches(pattern, Acl.FieldToMatchProperty(method={}), "NONE")


def path_matches(pattern: str) -> Acl.StatementProperty:
    """The path matches the expression as it came, encoded and not normalized."""
    return _matches(pattern, Acl.FieldToMatchProperty(uri_path={}), "NONE")


def header_matches(name: str, pattern: str) -> Acl.StatementProperty:
    """The header's value, in lower case, matches the expression; it does not when there is none."""
    return _matches(pattern, Acl.FieldToMatchProperty(single_header={"Name": name}), "LOWERCASE")


def body_exceeds(size_bytes: int) -> Acl.StatementProperty:
    """The body is larger."""
    return Acl.StatementProperty(
        size_constraint_statement=Acl.SizeConstraintStatementProperty(
            comparison_operator="GT",
            size=size_bytes,
            # WAF does not see what is beyond its limit. A body that goes beyond it counts as a match.
            field_to_match=Acl.FieldToMatchProperty(
                body=Acl.BodyProperty(oversize_handling="MATCH")
            ),
            text_transformations=_transformed("NONE"),
        )
    )


def more_requests_than(limit: int) -> Acl.StatementProperty:
    """The client's address has sent more requests in the last five minutes."""
    return Acl.StatementProperty(
        rate_based_statement=Acl.RateBasedStatementProperty(aggregate_key_type="IP", limit=limit)
    )


def from_countries(codes: Sequence[str]) -> Acl.StatementProperty:
    """The client's address belongs to one of the countries (ISO 3166)."""
    return Acl.StatementProperty(
        geo_match_statement=Acl.GeoMatchStatementProperty(country_codes=list(codes))
    )


def from_addresses(scope: Construct, ranges: Sequence[str]) -> Acl.StatementProperty:
    """The client's address lies in one of the ranges (CIDR).

    Args:
        scope: A construct of their own, for the sets of addresses.
        ranges: IPv4 and IPv6 ranges; AWS wants a set for each version.
    """
    versions = {
        "IPV4": [each for each in ranges if ":" not in each],
        "IPV6": [each for each in ranges if ":" in each],
    }
    sets = [
        wafv2.CfnIPSet(
            scope, version, scope="CLOUDFRONT", ip_address_version=version, addresses=addresses
        )
        for version, addresses in versions.items()
        if addresses
    ]
    return any_of(
        [Acl.StatementProperty(ip_set_reference_statement={"arn": each.attr_arn}) for each in sets]
    )


def _matches(
    pattern: str, field: Acl.FieldToMatchProperty, transformation: str
) -> Acl.StatementProperty:
    return Acl.StatementProperty(
        regex_match_statement=Acl.RegexMatchStatementProperty(
            regex_string=pattern,
            field_to_match=field,
            text_transformations=_transformed(transformation),
        )
    )


def _transformed(transformation: str) -> list[Acl.TextTransformationProperty]:
    return [Acl.TextTransformationProperty(priority=0, type=transformation)]
