"""The names of an environment's resources in the account.

All code takes them from here. The README spells the token's parameter out; a test compares.

Most resources get a name from CloudFormation. The resources here have fixed names because people type them,
because a service requires a prefix, or because the CDK would use the same name in every environment.
"""

from dataclasses import dataclass

STACKS = (
    "Network", "Egress", "Cluster", "Secrets", "Replica", "Storage", "Ingress", "Services", "Edge",
)  # fmt: skip
"""The construct ids of an environment's stacks. Only some environments have a Replica, and most an Egress."""

APPLICATION = "instandt"
"""The value of the tag `Application`, and the prefix of all names whose prefix is free to choose."""

TOKEN_PARAMETER = "GitLabAccessToken"  # noqa: S105 - a name
"""The Secrets stack's parameter for the registry's access token."""

DATABASE_LOGS = ("postgresql", "upgrade")
"""What RDS writes into log groups."""


@dataclass(frozen=True)
class Names:
    """The names of one environment."""

    environment: str

    @property
    def prefix(self) -> str:
        """The prefix of most names, and the name of the certificate and ECR's cache."""
        return f"{APPLICATION}-{self.environment}"

    def stack(self, construct_id: str) -> str:
        """Return the name of the CloudFormation stack with that construct id."""
        return f"{self.prefix}-{construct_id.lower()}"

    @property
    def with_stack_id(self) -> str:
        """A regular expression: how names begin that have a part of their stack's id (operations.removal).

        Those of an environment whose name begins with this one's go on differently.
        """
        return rf"{self.prefix}-[0-9a-f]{{8}}\b"

    def task_family(self, container: str) -> str:
        """Return the family of a container's task definitions."""
        return f"{self.stack('Services')}-{container}"

    @property
    def cluster(self) -> str:
        """The ECS cluster.

        A service's cluster cannot be changed. CloudFormation would plan to replace the service with each
        release if it had to look the name up in another stack (aws/aws-cdk#38829).
        """
        return self.prefix

    @property
    def version_parameter(self) -> str:
        """The SSM parameter that holds the application's version."""
        return f"/{APPLICATION}/{self.environment}/app-version"

    def alarm(self, alarm: str) -> str:
        """Return the name of an alarm, which the subject of its e-mail shows.

        The dashboard names alarms of other stacks and regions by it. When an alarm moves to another logical
        id, CloudFormation finds the name taken; change the name as well then.
        """
        return f"{self.prefix}-{alarm}"

    def saved_query(self, question: str) -> str:
        """Return the name of a saved query of logs, in the environment's folder."""
        return f"{APPLICATION}/{self.environment}/{question}"

    @property
    def dashboard(self) -> str:
        """The dashboard, which operators look for by name; such names are unique in the account."""
        return self.prefix

    @property
    def firewall_metric(self) -> str:
        """The web ACL in CloudWatch, which tells web ACLs apart by this name only.

        Source: "AWS WAF metrics and dimensions", AWS WAF Developer Guide.
        """
        return self.prefix

    @property
    def redirect_function(self) -> str:
        """The CloudFront function; such names are unique in the account."""
        return f"{self.stack('Edge')}-redirect"

    @property
    def firewall_log_group(self) -> str:
        """How the log group of WAF begins, which requires this prefix.

        Source: "Logging destinations", AWS WAF Developer Guide.
        """
        return f"aws-waf-logs-{self.stack('Edge')}"

    def registry_login(self, source: str) -> str | None:
        """Return the name of the secret with GitLab's user and token; None for the source "ecr".

        ECR's pull-through cache requires the prefix ("Creating a pull through cache rule", Amazon ECR User
        Guide).

        Args:
            source: The setting `registry.source`.
        """
        return {
            "pull-through-cache": f"ecr-pullthroughcache/dndt-gitlab-{self.environment}",
            "gitlab": f"{APPLICATION}-gitlab-{self.environment}",
        }.get(source)

    @property
    def acme_state(self) -> str:
        """The secret with certbot's account and certificates."""
        return f"{APPLICATION}-letsencrypt-account-{self.environment}"

    @property
    def token_parameter(self) -> str:
        """The parameter for the registry's token, as in `cdk deploy --parameters`: "STACK:PARAMETER"."""
        return f"{self.stack('Secrets')}:{TOKEN_PARAMETER}"

    @property
    def tags(self) -> dict[str, str]:
        """The tags of all resources of the environment, to find them and their cost."""
        return {"Application": APPLICATION, "Environment": self.environment}
