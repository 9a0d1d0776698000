"""Secrets: what only the operator knows, and what nobody needs to know."""

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.components.removal import is_protected, removal_policy
from instandt_cdk.components.shared_secret import shared
from instandt_cdk.components.unrotated_secret import accept_unrotated
from instandt_cdk.settings import AcmeSettings, OperationsSettings, RegistrySettings


class SecretsStack(cdk.Stack):
    """Secrets: GitLab registry credentials, pull-through cache, ACME account, JWT keys."""

    image_repository_prefix: str
    """Where ECR keeps the cached images, below the account's registry."""
    key: kms.Key
    """Encrypts the secrets below; who reads one needs both."""
    acme_state: secretsmanager.ISecret | None
    """What certbot remembers; None where ACM issues the certificate."""
    jwt_key: secretsmanager.ISecret
    jwt_pat_key: secretsmanager.ISecret

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment,
        stack_name: str,
        environment: str,
        registry: RegistrySettings,
        acme: AcmeSettings | None,
        operations: OperationsSettings,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            stack_name=stack_name,
            description=type(self).__doc__,
            termination_protection=is_protected(operations),
        )
        access_token = cdk.CfnParameter(
            self,
            "GitLabAccessToken",
            no_echo=True,
            min_length=1,
            description="The access token of the GitLab registry; asked for once, kept afterwards",
        )
        gitlab = secretsmanager.Secret(
            self,
            "GitLabCredentials",
            # ECR accepts no other beginning ("Creating a pull through cache rule", Amazon ECR User Guide).
            secret_name=f"ecr-pullthroughcache/dndt-gitlab-{environment}",
            description="GitLab registry: user and access token for ECR's pull-through cache",
            secret_object_value={
                "username": cdk.SecretValue.unsafe_plain_text(registry.username),
                "accessToken": cdk.SecretValue.cfn_parameter(access_token),
            },
            removal_policy=removal_policy(operations),
        )
        accept_unrotated(gitlab, "GitLab issues the token; no AWS service can rotate it.")
        accept(
            gitlab,
            {
                "SecretsManagerUsingKMSKey": "ECR reads the credentials of a cache under AWS's own key for "
                "secrets only."
            },
        )
        cache = ecr.CfnPullThroughCacheRule(
            self,
            "GitLabCache",
            ecr_repository_prefix=f"instandt-{environment}",
            upstream_registry="gitlab-container-registry",
            upstream_registry_url="registry.gitlab.com",
            credential_arn=gitlab.secret_full_arn or gitlab.secret_arn,
        )
        self.image_repository_prefix = f"{cache.ecr_repository_prefix}/{registry.project}"

        self.key = kms.Key(
            self,
            "Key",
            description="Encrypts instaNDT's secrets",
            enable_key_rotation=True,
            removal_policy=removal_policy(operations),
        )
        self.acme_state = self._acme_state(environment, operations) if acme else None
        self.jwt_key = self._jwt_key("JwtKey", "signs the tokens of sessions", operations)
        self.jwt_pat_key = self._jwt_key("JwtPatKey", "signs personal access tokens", operations)

    def _acme_state(
        self, environment: str, operations: OperationsSettings
    ) -> secretsmanager.ISecret:
        acme_state = secretsmanager.Secret(
            self,
            "AcmeState",
            # Operators who restore an earlier state type this name.
            secret_name=f"instandt-letsencrypt-account-{environment}",
            description="ACME account and certificates of the internal load balancer, kept by certbot",
            # The certificate function writes the rest; an update of the stack leaves it alone.
            secret_object_value={},
            encryption_key=self.key,
            removal_policy=removal_policy(operations),
        )
        accept_unrotated(acme_state, "The certificate function renews what expires in it.")
        return shared(self, "AcmeStateShared", acme_state)

    def _jwt_key(
        self, construct_id: str, purpose: str, operations: OperationsSettings
    ) -> secretsmanager.ISecret:
        secret = secretsmanager.Secret(
            self,
            construct_id,
            description=f"instaNDT: {purpose}",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=64, exclude_punctuation=True
            ),
            encryption_key=self.key,
            removal_policy=removal_policy(operations),
        )
        accept_unrotated(secret, "A new key would sign everybody out; it is replaced on demand.")
        return shared(self, f"{construct_id}Shared", secret)
