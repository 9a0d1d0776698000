"""Roles of an emulated AWS that may do what the roles of a template may."""

import json
from collections.abc import Mapping
from typing import Any

import boto3

from tests.support.synthesis import Synthesis

Statements = list[dict[str, Any]]


def statements(
    synthesis: Synthesis,
    role: str,
    *,
    references: Mapping[str, str],
    texts: Mapping[str, str],
) -> Statements:
    """Return what a role of the templates may do, said of the resources of an emulated AWS.

    Args:
        synthesis: The templates.
        role: The beginning of the role's logical id.
        references: ARNs by a part of the reference that a template has in their place, such as a logical id.
        texts: What to write for account, zone and names of the templates.

    Raises:
        ValueError: No policy of the templates belongs to the role.
    """
    found = [
        statement
        for _, _, policy in synthesis.resources("AWS::IAM::Policy")
        if any(owner["Ref"].startswith(role) for owner in policy["Properties"]["Roles"])
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    if not found:
        raise ValueError(f"no policy in the templates belongs to {role}")
    document = json.dumps(found)
    for text, other in texts.items():
        document = document.replace(text, other)

    def resolved(value: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        if len(value) != 1 or not next(iter(value)).startswith(("Ref", "Fn::")):
            return value
        reference = json.dumps(value)
        known = (arn for part, arn in references.items() if part in reference)
        return next(known, "arn:aws:not:in:these:tests")

    return list(json.loads(document, object_hook=resolved))


class Role:
    """A role of an emulated AWS."""

    def __init__(self, administrator: boto3.Session, name: str, *, endpoint_url: str) -> None:
        """Make the role, which may do nothing."""
        self._iam: Any = administrator.client("iam", endpoint_url=endpoint_url)
        self._name = name
        sts = administrator.client("sts", endpoint_url=endpoint_url)
        account = sts.get_caller_identity()["Account"]
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": account}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        made = self._iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        assumed = sts.assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName="tests")
        self._credentials = assumed["Credentials"]
        self.session = boto3.Session(
            self._credentials["AccessKeyId"],
            self._credentials["SecretAccessKey"],
            self._credentials["SessionToken"],
            region_name=administrator.region_name,
        )

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that lend a session of the role to a program."""
        return {
            "AWS_ACCESS_KEY_ID": self._credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self._credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": self._credentials["SessionToken"],
        }

    def allow(self, granted: Statements) -> None:
        """Let the role do what the statements say, and nothing else."""
        document = json.dumps({"Version": "2012-10-17", "Statement": granted})
        self._iam.put_role_policy(RoleName=self._name, PolicyName="own", PolicyDocument=document)
