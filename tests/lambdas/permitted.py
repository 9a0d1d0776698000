"""The certificate's function with the permissions that it has in production."""

from typing import Any

from tests.lambdas.certificates import Certificates
from tests.support.choices import ACCOUNT_KEY, HMAC_KEY, synthesis_of
from tests.support.roles import Role, statements
from tests.support.synthesis import as_list

ACCOUNT = "000000000000"
NAMES_CONDITION = "route53:ChangeResourceRecordSetsNormalizedRecordNames"


class PermittedCertificates(Certificates):
    """Calls the function with the role that a deployment with the same properties gives it."""

    def __init__(self, *, role: Role, **options: Any) -> None:  # noqa: ANN401 - of Certificates
        super().__init__(**options)
        self._role = role
        self.forbidden: set[str] = set()
        """Actions that the role is to lack."""

    def event(self, kind: str, **fields: object) -> dict[str, Any]:
        self._permit()
        return super().event(kind, **fields)

    def renewal(self) -> dict[str, Any]:
        self._permit()
        return super().renewal()

    def _permit(self) -> None:
        """Do what CloudFormation does before it calls the function: change the role's policy."""
        properties = self.properties
        choice = "prod"
        if "AccountKeySecretArn" in properties:
            choice = "account key"
        elif "ExternalAccountHmacKeySecretArn" in properties:
            choice = "bound account"
        granted = statements(
            synthesis_of(choice),
            "CertificateFunctionRole",
            references={
                "AcmeState": properties["StateSecretArn"],
                "CertificateLock": f"arn:aws:dynamodb:eu-central-1:{ACCOUNT}:table/{properties['LockTable']}",
            },
            texts={
                ACCOUNT_KEY: properties.get("AccountKeySecretArn", ""),
                HMAC_KEY: properties.get("ExternalAccountHmacKeySecretArn", ""),
                "222222222222": ACCOUNT,
                "Z0123456789ABCDEFGHIJ": self._zone_id.rpartition("/")[2],
            },
        )
        for statement in granted:
            statement["Action"] = sorted({*as_list(statement["Action"])} - self.forbidden)
            for condition in statement.get("Condition", {}).values():
                if NAMES_CONDITION in condition:
                    challenges = [f"_acme-challenge.{name}" for name in properties["Domains"]]
                    condition[NAMES_CONDITION] = challenges
        self._role.allow([statement for statement in granted if statement["Action"]])
