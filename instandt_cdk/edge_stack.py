"""Edge: the only part that the internet reaches."""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from instandt_cdk.compliance import accept
from instandt_cdk.components.log_bucket import UNLOGGED, LogBucket
from instandt_cdk.components.web_acl import WebAcl
from instandt_cdk.settings import OperationsSettings, SiteSettings

STATIC_ASSETS = "/_app/immutable/*"
"""What the frontend's build names after its content, so that it may be cached for ever."""

ORIGIN_TIMEOUT = cdk.Duration.seconds(60)
"""The longest that CloudFront waits for a response without a raised quota."""

CACHED_ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)
"""Errors that CloudFront would keep for ten seconds ("How CloudFront caches HTTP 4xx and 5xx status codes
from your origin", Amazon CloudFront Developer Guide)."""


class EdgeStack(cdk.Stack):
    """Edge: WAF web ACL, viewer certificate, CloudFront distribution, public DNS names."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: cdk.Environment,
        stack_name: str,
        load_balancer: elb.IApplicationLoadBalancer,
        site: SiteSettings,
        operations: OperationsSettings,
    ) -> None:
        super().__init__(
            scope, construct_id, env=env, stack_name=stack_name, description=type(self).__doc__
        )
        zone = route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=site.hosted_zone_id, zone_name=site.hosted_zone_name
        )
        origin = origins.VpcOrigin.with_application_load_balancer(
            load_balancer,
            # The name that the origin's certificate is checked against.
            domain_name=site.internal_name,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            read_timeout=ORIGIN_TIMEOUT,
            keepalive_timeout=ORIGIN_TIMEOUT,
        )
        access_logs = LogBucket(
            self,
            "AccessLogs",
            operations=operations,
            # CloudFront delivers its logs with an ACL ("Configure standard logging (legacy)").
            object_ownership=s3.ObjectOwnership.OBJECT_WRITER,
        )
        accept(access_logs, UNLOGGED)
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"instaNDT at {site.domain}",
            domain_names=[site.domain],
            certificate=acm.Certificate(
                self,
                "ViewerCertificate",
                domain_name=site.domain,
                validation=acm.CertificateValidation.from_dns(zone),
            ),
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            web_acl_id=WebAcl(self, "WebAcl", operations=operations).arn,
            log_bucket=access_logs,
            default_behavior=cloudfront.BehaviorOptions(
                origin=origin,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
                origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER,
                response_headers_policy=cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            ),
            additional_behaviors={
                STATIC_ASSETS: cloudfront.BehaviorOptions(
                    origin=origin,
                    cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
                    origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER,
                    response_headers_policy=cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
                    viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                )
            },
            error_responses=[
                cloudfront.ErrorResponse(http_status=status, ttl=cdk.Duration.seconds(0))
                for status in CACHED_ERRORS
            ],
        )
        accept(
            distribution, {"CFR1": "Customers of an imaging site may be anywhere; WAF guards it."}
        )
        alias = route53.RecordTarget.from_alias(targets.CloudFrontTarget(distribution))
        route53.ARecord(self, "Ipv4Name", zone=zone, record_name=f"{site.domain}.", target=alias)
        route53.AaaaRecord(self, "Ipv6Name", zone=zone, record_name=f"{site.domain}.", target=alias)

        cdk.CfnOutput(self, "SiteUrl", value=f"https://{site.domain}")
