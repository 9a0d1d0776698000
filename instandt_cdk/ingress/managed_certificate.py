"""A public certificate that AWS Certificate Manager issues and renews by itself."""

from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from constructs import Construct

from instandt_cdk.operations import Operations
from instandt_cdk.settings import SiteSettings
from instandt_cdk.shared.expiry_alarm import watch_expiry


class ManagedCertificate(Construct):
    """An ACM certificate of the load balancer's and the site's names, validated over DNS.

    CloudFront trusts ACM's certificates on its origins too ("Requirements for using SSL/TLS certificates with
    CloudFront", Amazon CloudFront Developer Guide), and so does the frontend's server side.
    """

    certificate_arn: str

    def __init__(
        self, scope: Construct, construct_id: str, *, site: SiteSettings, operations: Operations
    ) -> None:
        super().__init__(scope, construct_id)
        certificate = acm.Certificate(
            self,
            "Managed",
            domain_name=site.internal_name,
            subject_alternative_names=[site.domain],
            validation=acm.CertificateValidation.from_dns(
                route53.HostedZone.from_hosted_zone_attributes(
                    self,
                    "Zone",
                    hosted_zone_id=site.hosted_zone_id,
                    zone_name=site.hosted_zone_name,
                )
            ),
        )
        self.certificate_arn = certificate.certificate_arn
        watch_expiry(
            self,
            operations=operations,
            certificate_arn=self.certificate_arn,
            of="load balancer",
        )
