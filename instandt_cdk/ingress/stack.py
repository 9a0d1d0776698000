"""Ingress: the load balancer, reachable for CloudFront and instaNDT's own tasks only."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as route53_targets
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.ingress.certbot_certificate import CertbotCertificate
from instandt_cdk.ingress.managed_certificate import ManagedCertificate
from instandt_cdk.network.stack import NetworkStack
from instandt_cdk.network.vpc import APPLICATION
from instandt_cdk.secrets.stack import SecretsStack
from instandt_cdk.settings import OperationsSettings, Settings
from instandt_cdk.shared.log_bucket import UNLOGGED, LogBucket

IDLE_TIMEOUT = cdk.Duration.minutes(5)
"""Long enough not to cut a slow upload. CloudFront's own limit, which the edge sets, is shorter."""


class IngressStack(cdk.Stack):
    """Ingress: internal load balancer with its certificate, HTTPS listener and private name."""

    load_balancer: elb.ApplicationLoadBalancer
    security_group: ec2.SecurityGroup
    listener: elb.ApplicationListener

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment,
        settings: Settings,
        network: NetworkStack,
        secrets: SecretsStack,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            stack_name=settings.names.stack(construct_id),
            description=type(self).__doc__,
        )
        self.security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=network.vpc,
            description="HTTPS from CloudFront and the tasks to the load balancer",
            allow_all_outbound=False,
        )
        self.security_group.add_ingress_rule(
            ec2.Peer.prefix_list(network.cloudfront_prefix_list_id), ec2.Port.tcp(443), "CloudFront"
        )
        self.load_balancer = self._load_balancer(network.vpc, settings.operations)
        self._certificate = certificate = self._make_certificate(settings, network, secrets)
        delegation = secrets.preflight.zone_delegation(self, site=settings.site)
        # Without the delegation, the certificate would wait for hours.
        certificate.node.add_dependency(delegation)
        zone = route53.PrivateHostedZone(
            self, "InternalZone", zone_name=settings.site.internal_name, vpc=network.vpc
        )
        # A rollback cannot delete a load balancer that is protected. So it comes after what else may fail.
        self.load_balancer.node.add_dependency(delegation, certificate, zone, self.security_group)
        self.listener = self._listener(certificate.certificate_arn)
        route53.ARecord(
            self,
            "InternalName",
            zone=zone,
            target=route53.RecordTarget.from_alias(
                route53_targets.LoadBalancerTarget(self.load_balancer)
            ),
        )

    def renew_certificate(self, scope: Construct) -> None:
        """Let certbot renew the certificate; ACM renews its own by itself.

        Args:
            scope: A stack for which nothing waits.
        """
        if isinstance(self._certificate, CertbotCertificate):
            self._certificate.renew(scope)

    def _make_certificate(
        self, settings: Settings, network: NetworkStack, secrets: SecretsStack
    ) -> CertbotCertificate | ManagedCertificate:
        """Make the certificate of `site.origin_certificate`: publicly trusted, as CloudFront demands."""
        if settings.acme is None or secrets.acme_state is None:
            return ManagedCertificate(
                self, "Certificate", site=settings.site, operations=network.operations
            )
        return CertbotCertificate(
            self,
            "Certificate",
            name=settings.names.prefix,
            state=secrets.acme_state,
            state_key=secrets.key,
            site=settings.site,
            acme=settings.acme,
            operations=network.operations,
        )

    def _load_balancer(
        self, vpc: ec2.IVpc, operations: OperationsSettings
    ) -> elb.ApplicationLoadBalancer:
        load_balancer = elb.ApplicationLoadBalancer(
            self,
            "LoadBalancer",
            vpc=vpc,
            vpc_subnets=APPLICATION,
            internet_facing=False,
            security_group=self.security_group,
            deletion_protection=operations.is_protected,
            drop_invalid_header_fields=True,
            idle_timeout=IDLE_TIMEOUT,
        )
        accept(
            load_balancer,
            {
                "ALBWAFEnabled": "It is internal; what comes from the internet has passed the edge's WAF."
            },
        )
        if not operations.is_protected:
            accept(
                load_balancer,
                {
                    "ELBDeletionProtectionEnabled": "The operator chose an environment to throw away."
                },
            )
        access_logs = LogBucket(self, "AccessLogs", operations=operations)
        accept(access_logs, UNLOGGED)
        load_balancer.log_access_logs(access_logs)
        return load_balancer

    def _listener(self, certificate_arn: str) -> elb.ApplicationListener:
        return self.load_balancer.add_listener(
            "Https",
            port=443,
            protocol=elb.ApplicationProtocol.HTTPS,
            certificates=[elb.ListenerCertificate.from_arn(certificate_arn)],
            ssl_policy=elb.SslPolicy.RECOMMENDED_TLS,
            # Users see this until the services have added their rules.
            default_action=elb.ListenerAction.fixed_response(
                503, content_type="text/plain", message_body="instaNDT is being installed.\n"
            ),
            open=False,
        )
