"""Reads the deployed listener from Elastic Load Balancing."""

from typing import TYPE_CHECKING

from local.front_door.routing import (
    Action,
    Condition,
    FixedResponse,
    Forward,
    Listener,
    Redirect,
    Rule,
    Target,
    TargetGroup,
)

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import (
        ActionOutputTypeDef,
        ListenerTypeDef,
        RuleConditionOutputTypeDef,
        RuleTypeDef,
        TargetGroupTypeDef,
    )


def read(elbv2: "ElasticLoadBalancingv2Client") -> Listener | None:
    """Return the one HTTPS listener that is deployed, or None as long as there is none.

    Raises:
        ValueError: There are several, or it does what the front door cannot.
    """
    listeners = [
        listener
        for balancers in elbv2.get_paginator("describe_load_balancers").paginate()
        for balancer in balancers["LoadBalancers"]
        for page in elbv2.get_paginator("describe_listeners").paginate(
            LoadBalancerArn=balancer["LoadBalancerArn"]
        )
        for listener in page["Listeners"]
        if listener["Protocol"] == "HTTPS"
    ]
    if not listeners:
        return None
    if len(listeners) > 1:
        raise ValueError(
            f"{len(listeners)} HTTPS listeners are deployed, but there is one front door"
        )
    return _listener(elbv2, listeners[0])


def _listener(elbv2: "ElasticLoadBalancingv2Client", listener: "ListenerTypeDef") -> Listener:
    rules = [
        rule
        for page in elbv2.get_paginator("describe_rules").paginate(
            ListenerArn=listener["ListenerArn"]
        )
        for rule in page["Rules"]
        if not rule["IsDefault"]
    ]
    ordered = [_rule(rule) for rule in sorted(rules, key=lambda rule: int(rule["Priority"]))]
    ordered.append(Rule(conditions=(), action=_action(listener["DefaultActions"])))
    arns = {rule.action.group_arn for rule in ordered if isinstance(rule.action, Forward)}
    groups = (
        elbv2.describe_target_groups(TargetGroupArns=sorted(arns))["TargetGroups"] if arns else []
    )
    return Listener(
        certificate_arn=listener["Certificates"][0]["CertificateArn"],
        rules=tuple(ordered),
        groups={group["TargetGroupArn"]: _group(elbv2, group) for group in groups},
    )


def _rule(rule: "RuleTypeDef") -> Rule:
    return Rule(
        conditions=tuple(_condition(condition) for condition in rule["Conditions"]),
        action=_action(rule["Actions"]),
    )


def _condition(condition: "RuleConditionOutputTypeDef") -> Condition:
    match condition:
        case {"Field": "path-pattern" | "host-header" as field, "Values": [*patterns]}:
            return Condition(field=field, patterns=tuple(patterns))
        case _:
            raise ValueError(f"the front door knows no rules on {condition.get('Field')}")


def _action(actions: "list[ActionOutputTypeDef]") -> Action:
    action = actions[-1]
    match action["Type"]:
        case "forward":
            weighted = action.get("ForwardConfig", {}).get("TargetGroups", [])
            return Forward(group_arn=action.get("TargetGroupArn") or weighted[0]["TargetGroupArn"])
        case "fixed-response":
            fixed = action["FixedResponseConfig"]
            return FixedResponse(
                status=int(fixed["StatusCode"]),
                content_type=fixed.get("ContentType") or "text/plain",
                body=fixed.get("MessageBody", ""),
            )
        case "redirect":
            redirect = action["RedirectConfig"]
            return Redirect(
                status=int(redirect["StatusCode"].removeprefix("HTTP_")),
                protocol=redirect.get("Protocol", "#{protocol}"),
                host=redirect.get("Host", "#{host}"),
                port=redirect.get("Port", "#{port}"),
                path=redirect.get("Path", "/#{path}"),
                query=redirect.get("Query", "#{query}"),
            )
        case unknown:
            raise ValueError(f"the front door knows no action {unknown}")


def _group(elbv2: "ElasticLoadBalancingv2Client", group: "TargetGroupTypeDef") -> TargetGroup:
    health = elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
    registered = [description["Target"] for description in health["TargetHealthDescriptions"]]
    return TargetGroup(
        name=group["TargetGroupName"],
        scheme=group["Protocol"].lower(),
        health_path=group.get("HealthCheckPath", "/"),
        healthy_codes=group.get("Matcher", {}).get("HttpCode", "200"),
        interval_seconds=group.get("HealthCheckIntervalSeconds", 30),
        targets=tuple(Target(host=target["Id"], port=target["Port"]) for target in registered),
    )
