"""Random settings: everything that the settings accept, and so everything that may be deployed."""

from collections.abc import Sequence
from typing import Any, get_args

from hypothesis import strategies as st
from pydantic import ValidationError

from instandt_cdk.settings import Settings
from instandt_cdk.settings.limits.countries import COUNTRIES
from instandt_cdk.settings.limits.instance_types import INSTANCE_TYPES
from instandt_cdk.settings.limits.postgresql import INSTANCE_SIZES
from instandt_cdk.settings.limits.regions import CLOUDFRONT_PREFIX_LISTS
from instandt_cdk.settings.network import Nat
from instandt_cdk.settings.operations import RetentionDays

ACCOUNT = "222222222222"
ADDRESSES = st.lists(st.ip_addresses().map(str), max_size=4)


def _some(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A section, each key of which is there or not."""
    return st.fixed_dictionaries({}, optional=optional)


def _service() -> st.SearchStrategy[dict[str, Any]]:
    return st.integers(1, 6).flatmap(
        lambda most: st.fixed_dictionaries(
            {"maximum_count": st.just(most), "desired_count": st.integers(1, most)},
            optional={
                "cpu": st.integers(128, 4096),
                "memory_mib": st.integers(128, 8192),
                "port": st.integers(1, 65535),
                "health_path": st.sampled_from(["/", "/api/health", "/~a/b_c.d-e"]),
                "read_only_root": st.booleans(),
                "user": st.sampled_from(["1", "1000:1000"]),
                "health_codes": st.sampled_from(["200", "200-499", "200,301-302"]),
            },
        )
    )


def _registry() -> st.SearchStrategy[dict[str, Any]]:
    login = {"username": "deploy-token", "project": "group/project"}
    repositories = st.sampled_from(
        [
            f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/instandt",
            "333333333333.dkr.ecr.us-west-2.amazonaws.com",
        ]
    )
    gitlab = {"source": st.just("gitlab")} | {key: st.just(login[key]) for key in login}
    hosts = st.sampled_from(["registry.gitlab.com", "registry.example.com:5050"])
    digests = {
        f"{image}_digest": st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True)
        for image in ("frontend", "backend", "migration")
    }
    ecr = {"source": st.just("ecr"), "repository": repositories}
    return st.one_of(
        st.just(login),
        st.fixed_dictionaries({**gitlab, "host": hosts}),
        st.fixed_dictionaries({**gitlab, **digests}),
        st.fixed_dictionaries(ecr),
        st.fixed_dictionaries({**ecr, **digests}),
    )


def _private_prefixes() -> st.SearchStrategy[str]:
    """The first half of an address: RFC 1918, RFC 6598."""
    return st.integers(0, 255).map("10.{}".format) | st.integers(64, 127).map("100.{}".format)


@st.composite
def _network(draw: st.DrawFn) -> dict[str, Any]:
    """A network of our own, or the operator's."""
    zones = draw(st.lists(st.sampled_from("abcdef"), min_size=2, max_size=3, unique=True))
    either = {"zones": zones, "cloudfront_prefix_list_id": "pl-0123456789abcdef0"} | draw(
        _some(interface_endpoints=st.booleans())
    )
    if draw(st.booleans()):
        return either | {
            "cidr": f"{draw(_private_prefixes())}.0.0/{draw(st.integers(16, 20))}",
            "nat": draw(st.sampled_from(get_args(Nat))),
        }
    application, data, tables = (
        [f"{kind}-{number:017x}" for number in range(first, first + len(zones))]
        for kind, first in (("subnet", 0), ("subnet", 16), ("rtb", 0))
    )
    existing = {
        "id": "vpc-0a0a0a0a",
        "cidr": f"{draw(_private_prefixes())}.0.0/{draw(st.integers(16, 28))}",
        "application_subnet_ids": application,
        "data_subnet_ids": data,
    }
    return either | {
        "existing_vpc": existing | draw(_some(application_route_table_ids=st.just(tables)))
    }


def _storage(region: str) -> st.SearchStrategy[dict[str, Any]]:
    others = sorted(set(CLOUDFRONT_PREFIX_LISTS) - {region})
    files = st.fixed_dictionaries(
        {"mode": st.just("local")},
        optional={"mount_path": st.sampled_from(["/srv", "/var/lib/a_b-c.d"])},
    )
    bucket = _some(
        mode=st.just("s3"),
        intelligent_tiering_after_days=st.integers(0, 400),
        archive_after_days=st.integers(1, 36500),
        old_versions_days=st.integers(1, 36500),
        replica_region=st.sampled_from(others),
    )
    return st.one_of(bucket, files)


@st.composite
def _values(draw: st.DrawFn, regions: Sequence[str]) -> dict[str, Any]:
    """An environment as a file would hold it."""
    region = draw(st.sampled_from(regions))
    zone = draw(st.sampled_from(["example.com", "a-b.example.co.uk"]))
    domain = draw(st.sampled_from([zone, f"x.{zone}"]))
    storage = draw(st.integers(20, 5000))
    family = draw(st.sampled_from(sorted(INSTANCE_SIZES)))
    least = draw(st.integers(1, 4))
    arn = f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:hmac-Ab1Cd2"
    acme = _some(
        account_key_secret_arn=st.just(arn),
        external_account_binding=st.just({"key_id": "kid", "hmac_key_secret_arn": arn}),
        profile=st.sampled_from([None, "shortlived"]),
    ).map(lambda optional: {"email": "operations@example.com", **optional})
    issuer = draw(st.sampled_from(["acme", "acm"]))
    return {
        "environment": draw(st.from_regex(r"[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,10})?", fullmatch=True)),
        "app_version": draw(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", fullmatch=True)),
        "aws": {"account": ACCOUNT, "region": region},
        "site": {
            "domain": domain,
            "internal_name": f"internal.{zone}",
            "hosted_zone_name": zone,
            "hosted_zone_id": "Z0123456789ABCDEFGHIJ",
            "origin_certificate": issuer,
            "cookie_domain": draw(st.sampled_from([None, domain, zone])),
        },
        "acme": draw(acme) if issuer == "acme" else None,
        "registry": draw(_registry()),
        "application": {"email_sender": "instandt@example.com"}
        | draw(
            _some(
                upload_limit_mib=st.integers(1, 20480),
                upload_minutes=st.integers(1, 60),
                grafana_loki=st.booleans(),
            )
        ),
        "network": draw(_network()),
        "edge": draw(
            _some(
                countries=st.lists(st.sampled_from(sorted(COUNTRIES)), max_size=50, unique=True),
                allowed_addresses=ADDRESSES,
                blocked_addresses=ADDRESSES,
                requests_per_five_minutes=st.integers(10, 2_000_000_000),
            )
        ),
        "storage": draw(_storage(region)),
        "database": {
            "instance_class": f"{family}.{draw(st.sampled_from(INSTANCE_SIZES[family]))}",
            "engine_version": draw(st.sampled_from(["15", "16", "17", "18"])),
            "storage_gib": storage,
            "maximum_storage_gib": draw(st.integers(storage * 11 // 10 + 1, 65536)),
        }
        | draw(
            _some(
                name=st.from_regex(r"[a-z][a-z0-9_]{0,62}", fullmatch=True),
                require_tls=st.booleans(),
                multi_az=st.booleans(),
                backup_days=st.integers(1, 35),
                snapshot_days=st.integers(1, 36500),
                rotation_days=st.integers(1, 1000),
            )
        ),
        "cluster": {
            "instance_type": draw(st.sampled_from(sorted(INSTANCE_TYPES))),
            "minimum_instances": least,
            "maximum_instances": draw(st.integers(least, 30)),
        }
        | draw(_some(instance_days=st.integers(1, 365), volume_gib=st.integers(30, 16384))),
        "frontend": draw(_service()),
        "backend": draw(_service()),
        "migration": draw(_some(cpu=st.integers(128, 2048), timeout_minutes=st.integers(1, 51))),
        "operations": draw(
            _some(
                log_retention_days=st.sampled_from(get_args(RetentionDays)),
                removal_policy=st.sampled_from(["retain", "destroy"]),
                guide_url=st.just("https://git.example.com/docs"),
            )
        )
        # Without a certificate authority there is no other address.
        | (
            {} if issuer == "acme" and draw(st.booleans()) else {"alarm_email": "alarm@example.com"}
        ),
        "smoke": draw(_some(media_path=st.sampled_from(["/", "/api/v2/studies"]))),
    }


def _accepted(values: dict[str, Any]) -> bool:
    try:
        Settings.model_validate(values)
    except ValidationError:
        return False
    return True


def any_settings(
    regions: Sequence[str] = (*CLOUDFRONT_PREFIX_LISTS, "ap-new-1"),
) -> st.SearchStrategy[Settings]:
    """All settings that are accepted, in one of the regions."""
    return _values(regions).filter(_accepted).map(Settings.model_validate)
