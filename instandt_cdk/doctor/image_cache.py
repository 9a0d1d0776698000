"""The repository prefix of ECR's pull-through cache."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from instandt_cdk.doctor.finding import Finding, failed, good
from instandt_cdk.names import Names

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient


def prefix_is_free(ecr: "ECRClient", *, names: Names) -> Iterator[Finding]:
    """No other pull-through cache rule uses the prefix: rules are shared by the whole account and region."""
    prefix = names.prefix
    try:
        rules = ecr.describe_pull_through_cache_rules(ecrRepositoryPrefixes=[prefix])
    except ecr.exceptions.PullThroughCacheRuleNotFoundException:
        yield good(f"the prefix {prefix} is free")
        return
    own = f":secret:{names.registry_login('pull-through-cache')}-"
    for rule in rules["pullThroughCacheRules"]:
        if own in rule.get("credentialArn", ""):
            yield good(f"the prefix {prefix} belongs to this environment")
        else:
            yield failed(
                f"another rule uses the prefix {prefix} for {rule['upstreamRegistryUrl']}",
                f"give the environment another name, or, if nobody needs the rule, `aws ecr "
                f"delete-pull-through-cache-rule --ecr-repository-prefix {prefix}`",
            )
