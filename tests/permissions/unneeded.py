"""The grants that no call needs, and why they stay."""

import json
import re
from dataclasses import dataclass

from tests.permissions.policies import Grant


@dataclass(frozen=True)
class Unneeded:
    """Some grants of some policies."""

    policies: str
    """An expression that the place of each policy matches."""
    actions: frozenset[str]
    statement: str
    """What the statement's JSON contains, to tell it from others of the policy."""
    reason: str

    def covers(self, grant: Grant) -> bool:
        """Whether the grant is one of these."""
        return (
            grant.action in self.actions
            and bool(re.match(self.policies, grant.policy))
            and self.statement in json.dumps(grant.document)
        )


UNNEEDED = (
    Unneeded(
        r"Services/\w+TaskDefinitionExecutionRole",
        frozenset({"secretsmanager:DescribeSecret"}),
        "secretsmanager:DescribeSecret",
        "The library grants it with every secret that a container gets, and offers no other way.",
    ),
    Unneeded(
        r"(Secrets/Key|Storage/DataKey)",
        frozenset(
            {
                "kms:CreateGrant",
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey*",
                "kms:ReEncrypt*",
            }
        ),
        '"kms:ViaService": "secretsmanager.',
        "The library adds it to the key of every secret. It leaves to identities' policies what the key's "
        "first statement leaves to them anyway.",
    ),
    Unneeded(
        r"Ingress/AccessLogsPolicy",
        frozenset({"s3:GetBucketAcl", "s3:PutObject"}),
        "delivery.logs.amazonaws.com",
        "The library adds it to the bucket of every load balancer's logs; it is for network load balancers.",
    ),
)

MOST = 20
"""How many grants may stay without a need, as actions of policies."""
