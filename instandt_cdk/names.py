"""Every name that an environment's resources have in its account, each composed here and nowhere else.

Most resources have names that CloudFormation makes up. These have names of their own, because somebody types
them, because a service asks for a certain beginning, or because the CDK would give all environments the same.
"""

from dataclasses import dataclass

APPLICATION = "instandt"
"""The value of the tag `Application`, and what every name begins with that may begin as it likes."""

TOKEN_PARAMETER = "GitLabAccessToken"  # noqa: S105 - a name
"""The parameter of the stack Secrets that takes the registry's access token."""


@dataclass(frozen=True)
class Names:
    """The names of one environment."""

    environment: str

    @property
    def prefix(self) -> str:
        """The environment's name in the account: of the database, of the certificate, of ECR's cache."""
        return f"{APPLICATION}-{self.environment}"

    def stack(self, construct_id: str) -> str:
        """The CloudFormation stack with that id in the application."""
        return f"{self.prefix}-{construct_id.lower()}"

    def task_family(self, container: str) -> str:
        """The family of a container's task definitions."""
        return f"{self.stack('Services')}-{container}"

    @property
    def version_parameter(self) -> str:
        """The SSM parameter with the application's version."""
        return f"/{APPLICATION}/{self.environment}/app-version"

    @property
    def redirect_function(self) -> str:
        """The CloudFront function, whose names belong to the whole account."""
        return f"{self.stack('Edge')}-redirect"

    @property
    def firewall_log_group(self) -> str:
        """WAF writes only to log groups that begin so ("Logging destinations", AWS WAF Developer Guide)."""
        return f"aws-waf-logs-{self.stack('Edge')}"

    def database_log_group(self, log: str) -> str:
        """RDS writes a log of its PostgreSQL to the group of this name, and makes it if it is missing.

        Source: "Publishing PostgreSQL logs to Amazon CloudWatch Logs", Amazon RDS User Guide.
        """
        return f"/aws/rds/instance/{self.prefix}/{log}"

    def registry_login(self, source: str) -> str | None:
        """The secret with GitLab's user and token; None where there is no GitLab.

        Args:
            source: `registry.source`. ECR's cache accepts no other beginning ("Creating a pull through cache
                rule", Amazon ECR User Guide).
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
        """The registry's token as `cdk deploy --parameters` wants it: "STACK:PARAMETER"."""
        return f"{self.stack('Secrets')}:{TOKEN_PARAMETER}"

    @property
    def tags(self) -> dict[str, str]:
        """The tags of all of the environment's resources, by which its cost and its things are found."""
        return {"Application": APPLICATION, "Environment": self.environment}
