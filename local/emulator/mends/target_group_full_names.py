"""ministack's target groups have a full name without its beginning, and their metrics could not be found.

Mended when Fn::GetAtt TargetGroupFullName begins with "targetgroup/". Reference:
AWS::ElasticLoadBalancingV2::TargetGroup, CloudFormation Template Reference.
"""

from local.emulator import hooks


def install() -> None:
    """Give the full name as the metrics bear it."""

    @hooks.around(hooks.service("alb"), "_target_group_full_name_from_arn")
    def full_name(original: hooks.Original, arn: str) -> str:
        return f"targetgroup/{original(arn)}"
