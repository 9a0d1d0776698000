"""Ingress: the load balancer, reachable for CloudFront and instaNDT's own tasks only."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as route53_targets
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.ingress.origin_certificate import OriginCertificate, origin_certificate
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
        certificate = origin_certificate(
            self, "Certificate", settings=settings, secrets=secrets, operations=network.operations
        )
        delegation = secrets.preflight.zone_delegation(self, site=settings.site)
        # Without the delegation, the certificate would wait for hours. The load balancer waits for it too,
        # because a rollback could not delete it while it is protected.
        for construct in (certificate, self.load_balancer):
            construct.node.add_dependency(delegation)
        self.listener = self._listener(certificate)
        route53.ARecord(
            self,
            "InternalName",
            zone=route53.PrivateHostedZone(
                self, "InternalZone", zone_name=settings.site.internal_name, vpc=network.vpc
            ),
            target=route53.RecordTarget.from_alias(
                route53_targets.LoadBalancerTarget(self.load_balancer)
            ),
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

    def _listener(self, certificate: OriginCertificate) -> elb.ApplicationListener:
        return self.load_balancer.add_listener(
            "Https",
            port=443,
            protocol=elb.ApplicationProtocol.HTTPS,
            certificates=[elb.ListenerCertificate.from_arn(certificate.certificate_arn)],
            ssl_policy=elb.SslPolicy.RECOMMENDED_TLS,
            # Users see this until the services have added their rules.
            default_action=elb.ListenerAction.fixed_response(
                503, content_type="text/plain", message_body="instaNDT is being installed.\n"
            ),
            open=False,
        )
