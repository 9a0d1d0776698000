"""Where everything stands in the picture. Whatever it says comes from the templates."""

from instandt_cdk.changes.stacks import Stacks
from instandt_cdk.diagram import parts
from instandt_cdk.diagram.findings import Findings
from instandt_cdk.diagram.parts import Part, Service
from instandt_cdk.diagram.svg import Area, Drawing

COLOURS = {
    "Network": "#0f766e",
    "Egress": "#475569",
    "Cluster": "#4d7c0f",
    "Secrets": "#a16207",
    "Storage": "#1d4ed8",
    "Ingress": "#7e22ce",
    "Services": "#15803d",
    "Edge": "#be123c",
}
LABEL = (
    "The way of a request: browser, CloudFront with a firewall, VPC origin, internal load balancer, "
    "frontend, load balancer again, backend, and from there PostgreSQL, S3 and SES."
)


def drawing(stacks: Stacks) -> Drawing:
    """Draw production.

    Args:
        stacks: Its stacks.

    Raises:
        MissingError: The templates lack what the picture shows.
    """
    found = Findings(stacks)
    drawn = Drawing(1210, 880, LABEL, COLOURS)
    _frames(drawn, found)
    _way_of_a_request(drawn, found)
    _backend_ways(drawn, found)
    _beside(drawn, found)
    drawn.key((20, 862))
    return drawn


def _frames(drawn: Drawing, found: Findings) -> None:
    network = found.one("AWS::EC2::VPC").properties
    subnets = found.all("AWS::EC2::Subnet").values()
    zones = sorted({one.properties["AvailabilityZone"] for one in subnets})
    where = f"{zones[0][:-1]}, zones {', '.join(zone[-1] for zone in zones)}"
    edge = next(iter(found.all("AWS::CloudFront::Distribution"))).place.region
    drawn.frame(Area(390, 12, 300, 124), f"{edge}, and worldwide")
    drawn.frame(Area(222, 166, 718, 672), f"VPC {network['CidrBlock']}", where, fill="#eef2f7")
    tiers = {
        "Public": Area(706, 196, 220, 96),
        "VpcApplication": Area(236, 306, 690, 384),
        "VpcData": Area(236, 706, 690, 118),
    }
    for tier, area in tiers.items():
        found.all("AWS::EC2::Subnet", tier)
        drawn.frame(area, f"{tier.removeprefix('Vpc')} subnets", fill="#f8fafc")


def _way_of_a_request(drawn: Drawing, found: Findings) -> None:
    edge, balancer = parts.edge(found), parts.balancer(found)
    frontend, backend = (Service.of(found, name) for name in ("Frontend", "Backend"))
    site = edge.resource.properties["DistributionConfig"]["Aliases"][0]
    drawn.box(Area(14, 44, 190, 72), "", "Browser", (site,))
    _box(drawn, found, Area(402, 40, 276, 86), "CloudFront", edge)
    _box(drawn, found, Area(390, 336, 290, 76), "Load balancer", balancer)
    _box(drawn, found, Area(248, 500, 250, 84), "Frontend", frontend)
    _box(drawn, found, Area(560, 500, 250, 84), "Backend", backend)
    drawn.request(1, ((204, 80), (402, 80)), "HTTPS", (220, 70))
    drawn.request(2, ((535, 126), (535, 336)), "VPC origin", (550, 222))
    drawn.request(3, ((420, 412), (420, 500)), _to(frontend), (404, 450), "end")
    port = found.port(frontend.resource, balancer.resource)
    drawn.request(4, ((466, 500), (466, 412)), f"API, port {port}", (481, 450))
    drawn.request(5, ((620, 412), (620, 500)), _to(backend), (636, 450))


def _backend_ways(drawn: Drawing, found: Findings) -> None:
    backend = found.one("AWS::ECS::Service", "Backend")
    database, media = parts.database(found), parts.media(found)
    _box(drawn, found, Area(248, 736, 562, 76), "PostgreSQL", database)
    _box(drawn, found, Area(974, 480, 222, 62), "S3, the media", media)
    drawn.box(Area(974, 554, 222, 40), "", "SES, mails")
    port = found.port(backend, database.resource)
    drawn.request(6, ((600, 584), (600, 736)), f"port {port}", (582, 664), "end")
    drawn.request(7, ((810, 516), (974, 516)), "S3's endpoint", (818, 502))
    drawn.request(8, ((810, 570), (974, 570)), parts.mails(found), (818, 556))


def _beside(drawn: Drawing, found: Findings) -> None:
    bastion, migration = parts.bastion(found), parts.migration(found)
    _box(drawn, found, Area(14, 336, 190, 76), "Certificate", parts.certificate(found))
    _box(drawn, found, Area(720, 222, 192, 62), "NAT", parts.nat(found))
    _box(drawn, found, Area(974, 216, 222, 76), "Images", parts.registry(found))
    _box(drawn, found, Area(720, 336, 192, 76), "Endpoints", parts.endpoints(found))
    _box(drawn, found, Area(248, 612, 250, 62), "Bastion", bastion)
    _box(drawn, found, Area(640, 612, 250, 62), "Migration", migration)
    drawn.box(Area(14, 612, 190, 62), "", "Operator", ("Session Manager",))
    drawn.box(Area(974, 612, 222, 62), "", "Deployment", ("once for each release",))
    drawn.beside(((204, 374), (390, 374)))
    drawn.note((244, 366), "gets and renews")
    drawn.beside(((912, 252), (974, 252)))
    drawn.beside(((204, 642), (248, 642)))
    drawn.beside(((974, 642), (890, 642)))
    database = found.one("AWS::RDS::DBInstance")
    for x, part in ((373, bastion), (755, migration)):
        drawn.beside(((x, 674), (x, 736)))
        drawn.note((x + 10, 703), f"port {found.port(part.resource, database)}")


def _box(drawn: Drawing, found: Findings, area: Area, title: str, part: Part) -> None:
    drawn.box(area, found.stack(part.resource), title, part.lines)


def _to(service: Service) -> str:
    return f"{service.paths} to port {service.port}"
