"""Secrets: what only the operator knows, and what nobody needs to know."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from instandt_cdk.operations.key import encrypt_logs
from instandt_cdk.operations.logs import Logs
from instandt_cdk.operations.removal import is_protected, removal_policy_of_named
from instandt_cdk.secrets.image_source import ImageSource, image_source
from instandt_cdk.secrets.preflight import Preflight
from instandt_cdk.settings import AcmeSettings, OperationsSettings, RegistrySettings
from instandt_cdk.shared.shared_secret import shared
from instandt_cdk.shared.unrotated_secret import accept_unrotated


class SecretsStack(cdk.Stack):
    """Secrets: access to the image registry, ACME account, JWT keys."""

    images: ImageSource
    """Where the tasks get their images from."""
    registry_credentials: secretsmanager.ISecret | None
    """GitLab's user and token, or None where there is no GitLab (image_source.py says in which form)."""
    preflight: Preflight
    """For the stacks that need what it looks at."""
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
        self.key = kms.Key(
            self,
            "Key",
            description="Encrypts instaNDT's secrets and the log of their check",
            enable_key_rotation=True,
            removal_policy=removal_policy_of_named(operations),
        )
        self.images = image_source(
            self,
            environment=environment,
            registry=registry,
            key=self.key,
            operations=operations,
        )
        self.registry_credentials = self.images.credentials

        encrypt_logs(self.key)
        # With a key of this stack, which so waits for no other: a wrong token is known at once.
        self.preflight = Preflight(
            self,
            "Preflight",
            registry=registry,
            images=self.images,
            logs=Logs(key=self.key, operations=operations),
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
            removal_policy=removal_policy_of_named(operations),
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
            removal_policy=removal_policy_of_named(operations),
        )
        accept_unrotated(secret, "A new key would sign everybody out; it is replaced on demand.")
        return shared(self, f"{construct_id}Shared", secret)
