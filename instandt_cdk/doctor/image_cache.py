"""The place of the cached images in the account's registry."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from instandt_cdk.doctor.finding import Finding, failed, good
from instandt_cdk.names import Names

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient


def prefix_is_free(ecr: "ECRClient", *, names: Names) -> Iterator[Finding]:
    """No other rule of the registry, which the account's region has one of, uses the prefix."""
    prefix = names.prefix
    try:
        rules = ecr.describe_pull_through_cache_rules(ecrRepositoryPrefixes=[prefix])
    except ecr.exceptions.PullThroughCacheRuleNotFoundException:
        yield good(f"the prefix {prefix} is free")
        return
    own = f":secret:{names.registry_login('pull-through-cache')}-"
    for rule in rules["pullThroughCacheRules"]:
        if own in rule.get("credentialArn", ""):
            yield good(f"the prefix {prefix} is this environment's")
        else:
            yield failed(
                f"the prefix {prefix} is used for {rule['upstreamRegistryUrl']} by another rule",
                f"give the environment another name, or `aws ecr delete-pull-through-cache-rule "
                f"--ecr-repository-prefix {prefix}` if nobody needs the rule",
            )
