"""Secrets: credentials that the operator brings, and generated keys that nobody needs to know."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from instandt_cdk.operations import Logs, let_logs_use, removal_policy
from instandt_cdk.secrets.image_source import ImageSource, image_source
from instandt_cdk.secrets.preflight import Preflight
from instandt_cdk.settings import Settings
from instandt_cdk.shared.secrets import accept_unrotated, for_other_stacks


class SecretsStack(cdk.Stack):
    """Secrets: access to the image registry, ACME account, JWT keys."""

    images: ImageSource
    """Where the tasks get their images from."""
    preflight: Preflight
    """For the stacks that depend on what it checks."""
    key: kms.Key
    """Encrypts the secrets below. Whoever reads one needs this key, too."""
    acme_state: secretsmanager.ISecret | None
    """What certbot remembers; None where ACM issues the certificate."""
    jwt_key: secretsmanager.ISecret
    jwt_pat_key: secretsmanager.ISecret

    def __init__(
        self, scope: Construct, construct_id: str, *, env: cdk.Environment, settings: Settings
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            stack_name=settings.names.stack(construct_id),
            description=type(self).__doc__,
            termination_protection=settings.operations.is_protected,
        )
        self._removal_policy = removal_policy(settings.operations)
        self.key = kms.Key(
            self,
            "Key",
            description="Encrypts instaNDT's secrets and the log of their check",
            enable_key_rotation=True,
            removal_policy=self._removal_policy,
        )
        self.images = image_source(self, settings=settings, key=self.key)
        let_logs_use(self.key)
        self.preflight = Preflight(
            self,
            "Preflight",
            registry=settings.registry,
            images=self.images,
            token_parameter=settings.names.token_parameter,
            # With this stack's own key it waits for no other stack, so a wrong token is found at once.
            logs=Logs(key=self.key, settings=settings.operations),
        )
        self.acme_state = self._acme_state(settings.names.acme_state) if settings.acme else None
        self.jwt_key = self._jwt_key("JwtKey", "signs the tokens of sessions")
        self.jwt_pat_key = self._jwt_key("JwtPatKey", "signs personal access tokens")

    def _acme_state(self, name: str) -> secretsmanager.ISecret:
        acme_state = secretsmanager.Secret(
            self,
            "AcmeState",
            # Operators who restore an earlier state type this name.
            secret_name=name,
            description="ACME account and certificates of the internal load balancer, kept by certbot",
            # The certificate function writes the rest; an update of the stack leaves it alone.
            secret_object_value={},
            encryption_key=self.key,
            removal_policy=self._removal_policy,
        )
        accept_unrotated(acme_state, "The certificate function renews what expires in it.")
        return for_other_stacks(self, "AcmeStateShared", acme_state)

    def _jwt_key(self, construct_id: str, purpose: str) -> secretsmanager.ISecret:
        secret = secretsmanager.Secret(
            self,
            construct_id,
            description=f"instaNDT: {purpose}",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=64, exclude_punctuation=True
            ),
            encryption_key=self.key,
            removal_policy=self._removal_policy,
        )
        accept_unrotated(secret, "A new key would sign everybody out; it is replaced on demand.")
        return for_other_stacks(self, f"{construct_id}Shared", secret)
