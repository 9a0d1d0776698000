"""Edge: the only part that the internet reaches."""

from collections.abc import Callable
from functools import partial

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.edge.alarms import watch_firewall, watch_site
from instandt_cdk.edge.web_acl import WebAcl
from instandt_cdk.ingress.stack import IngressStack
from instandt_cdk.operations import Operations
from instandt_cdk.settings import Settings
from instandt_cdk.shared.expiry_alarm import watch_expiry
from instandt_cdk.shared.log_bucket import UNLOGGED, LogBucket

STATIC_ASSETS = "/_app/immutable/*"
"""The frontend's build names these files after their content, so they may be cached for ever."""

ORIGIN_TIMEOUT = cdk.Duration.seconds(120)
"""How long CloudFront waits for an answer, and keeps an idle connection: as long as it can without a raised
quota ("Quotas", Amazon CloudFront Developer Guide), because the backend may still be storing an upload. The
load balancer waits longer, so it never closes a connection that CloudFront is about to use."""

CACHED_ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)
"""CloudFront would cache these errors for ten seconds ("How CloudFront caches HTTP 4xx and 5xx status codes
from your origin", Amazon CloudFront Developer Guide)."""

REDIRECT = """\
function handler(event) {
  const request = event.request;
  if (request.headers.host.value === '%(domain)s') {
    return request;
  }
  const query = request.rawQueryString();
  const location = 'https://%(domain)s' + request.uri + (query ? '?' + query : '');
  return { statusCode: 301, headers: { location: { value: location } } };
}
"""
"""Redirects requests for the distribution's own name, *.cloudfront.net, to the site ("CloudFront Functions
event structure")."""


Behavior = Callable[..., cloudfront.BehaviorOptions]


class EdgeStack(cdk.Stack):
    """Edge: WAF web ACL, viewer certificate, CloudFront distribution, public DNS names."""

    operations: Operations

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment,
        settings: Settings,
        ingress: IngressStack,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            stack_name=settings.names.stack(construct_id),
            description=type(self).__doc__,
        )
        zone = route53.HostedZone.from_hosted_zone_attributes(
            self,
            "Zone",
            hosted_zone_id=settings.site.hosted_zone_id,
            zone_name=settings.site.hosted_zone_name,
        )
        behavior = self._behavior(settings, ingress)
        access_logs = LogBucket(
            self,
            "AccessLogs",
            operations=settings.operations,
            # CloudFront delivers its logs with an ACL ("Configure standard logging (legacy)").
            object_ownership=s3.ObjectOwnership.OBJECT_WRITER,
        )
        accept(access_logs, UNLOGGED)
        # A key serves one region, and so does a topic; logs and metrics of CloudFront stay in us-east-1.
        self.operations = Operations.make(self, settings=settings)
        web_acl = WebAcl(
            self,
            "WebAcl",
            names=settings.names,
            settings=settings.edge,
            logs=self.operations.logs,
        )
        domain = settings.site.domain
        certificate = acm.Certificate(
            self,
            "ViewerCertificate",
            domain_name=domain,
            validation=acm.CertificateValidation.from_dns(zone),
        )
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"instaNDT at {domain}",
            domain_names=[domain],
            certificate=certificate,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            enable_ipv6=settings.edge.serves(6),
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            web_acl_id=web_acl.arn,
            log_bucket=access_logs,
            default_behavior=_uncached(behavior),
            additional_behaviors={STATIC_ASSETS: _static_assets(behavior)},
            error_responses=[
                cloudfront.ErrorResponse(http_status=status, ttl=cdk.Duration.seconds(0))
                for status in CACHED_ERRORS
            ],
        )
        accept(
            distribution, {"CFR1": "Customers of an imaging site may be anywhere; WAF guards it."}
        )
        self._watch(distribution, certificate)
        alias = route53.RecordTarget.from_alias(targets.CloudFrontTarget(distribution))
        if settings.edge.serves(4):
            route53.ARecord(self, "Ipv4Name", zone=zone, record_name=f"{domain}.", target=alias)
        if settings.edge.serves(6):
            route53.AaaaRecord(self, "Ipv6Name", zone=zone, record_name=f"{domain}.", target=alias)

        cdk.CfnOutput(self, "SiteUrl", value=f"https://{domain}")

    def _watch(self, distribution: cloudfront.Distribution, certificate: acm.Certificate) -> None:
        watch_site(self, distribution=distribution, operations=self.operations)
        watch_firewall(self, operations=self.operations)
        watch_expiry(
            self,
            operations=self.operations,
            certificate_arn=certificate.certificate_arn,
            of="site",
        )

    def _behavior(self, settings: Settings, ingress: IngressStack) -> Behavior:
        """Return what all of the distribution's behaviors have in common."""
        site = settings.site
        origin = origins.VpcOrigin.with_application_load_balancer(
            ingress.load_balancer,
            # The name that the origin's certificate is checked against.
            domain_name=site.internal_name,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            read_timeout=ORIGIN_TIMEOUT,
            keepalive_timeout=ORIGIN_TIMEOUT,
        )
        redirect = cloudfront.Function(
            self,
            "Redirect",
            # The CDK would give all environments of an account the same name.
            function_name=settings.names.redirect_function,
            comment=f"Other names to {site.domain}",
            code=cloudfront.FunctionCode.from_inline(REDIRECT % {"domain": site.domain}),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        return partial(
            cloudfront.BehaviorOptions,
            origin=origin,
            response_headers_policy=cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            function_associations=[
                cloudfront.FunctionAssociation(
                    function=redirect, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST
                )
            ],
        )


def _uncached(behavior: Behavior) -> cloudfront.BehaviorOptions:
    """Return the behavior of pages and the API: never cached, and forwarded as it came."""
    return behavior(
        allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
        cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
        origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER,
    )


def _static_assets(behavior: Behavior) -> cloudfront.BehaviorOptions:
    """Return the behavior of static files: cached, and requested without cookies."""
    return behavior(
        cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
        origin_request_policy=cloudfront.OriginRequestPolicy.HOST_HEADER_ONLY,
    )
