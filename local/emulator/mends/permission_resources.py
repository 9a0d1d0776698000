"""A call is decided on the resource that AWS names for it.

ministack looks up route53:GetChange and the import of a new certificate on "*", and calls about logs on the
group's ARN without what AWS appends. Policies that AWS accepts would be refused. AWS documents the resources
in the Service Authorization Reference, and "log-group:NAME:log-stream:STREAM" in "Overview of managing access
permissions to your CloudWatch Logs resources", CloudWatch Logs User Guide.

Mended when test_a_call_is_decided_on_the_resource_that_aws_names passes without this file.
"""

import json

from local.emulator import hooks


def install() -> None:
    """Name the resources."""

    @hooks.around(hooks.core("iam_actions"), "extract_resource_arn")
    def resource(
        original: hooks.Original,
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        *scope: hooks.Untyped,
    ) -> str:
        found = str(original(service, method, path, headers, body, *scope))
        _parameters, region, account = scope
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if service == "route53" and "/change/" in path:
            return f"arn:aws:route53:::change/{path.rpartition('/')[2]}"
        if service == "acm" and action == "ImportCertificate" and found == "*":
            return f"arn:aws:acm:{region}:{account}:certificate/*"
        if service == "logs" and ":log-group:" in found and "Tag" not in action:
            return f"{found}:log-stream:{json.loads(body).get('logStreamName', '')}"
        return found
