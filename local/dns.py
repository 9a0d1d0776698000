"""The DNS server of the embedded AWS: it answers questions from the emulated Route 53.

The ACME server looks up the records that prove the control of a name (DNS-01, RFC 8555, 8.4), the preflight
the name servers of a zone, and the smoke test the site's addresses.
"""

import socketserver
import struct
import sys
import threading
from typing import TYPE_CHECKING, Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

ADDRESS = "127.0.0.1"
ANSWERED = ("A", "AAAA", "NS", "TXT")
BEHIND_ALIAS = {"A": ADDRESS, "AAAA": f"::ffff:{ADDRESS}"}
"""What stands for CloudFront is this machine's front door, in either notation (RFC 4291, 2.5.5.2)."""


class Route53Resolver:
    """Finds records where certbot writes them: in the longest public zone of the name."""

    def __init__(self, *, route53: "Route53Client") -> None:
        self._route53 = route53

    def answer(self, question: bytes) -> bytes:
        """Return the response to a DNS message; both in wire format (RFC 1035).

        Raises:
            dns.exception.DNSException: The question is not a DNS message.
        """
        query = dns.message.from_wire(question)
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        for asked in query.question:
            kind = dns.rdatatype.to_text(asked.rdtype)
            if kind not in ANSWERED:
                continue
            try:
                values = self._values(asked.name, kind)
            except (BotoCoreError, ClientError) as error:
                print(f"{asked.name} {kind}: {error}", file=sys.stderr, flush=True)
                response.set_rcode(dns.rcode.SERVFAIL)
                continue
            if values:
                response.answer.append(
                    dns.rrset.from_text_list(asked.name, 0, dns.rdataclass.IN, kind, values)
                )
        return response.to_wire()

    def _values(self, name: dns.name.Name, kind: str) -> list[str]:
        zone_id = self._public_zone_id(name)
        if zone_id is None:
            return []
        found = self._route53.list_resource_record_sets(
            HostedZoneId=zone_id,
            StartRecordName=name.to_text(),
            StartRecordType=kind,  # type: ignore[arg-type]
            MaxItems="1",
        )
        return [
            value
            for record_set in found["ResourceRecordSets"]
            if record_set["Type"] == kind and dns.name.from_text(record_set["Name"]) == name
            for value in (
                [BEHIND_ALIAS[kind]]
                if "AliasTarget" in record_set
                else [record["Value"] for record in record_set["ResourceRecords"]]
            )
        ]

    def _public_zone_id(self, name: dns.name.Name) -> str | None:
        zones = [
            (dns.name.from_text(zone["Name"]), zone["Id"])
            for page in self._route53.get_paginator("list_hosted_zones").paginate()
            for zone in page["HostedZones"]
            if not zone["Config"]["PrivateZone"]
        ]
        above = [(len(origin), zone_id) for origin, zone_id in zones if name.is_subdomain(origin)]
        return max(above)[1] if above else None


class DnsServer:
    """DNS on one port of the loopback address, over UDP and TCP, from threads of this process."""

    def __init__(self, *, resolver: Route53Resolver, port: int = 0) -> None:
        """Bind the port; 0 takes a free one.

        Raises:
            OSError: The port is taken.
        """

        class Udp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                question, connection = self.request
                connection.sendto(resolver.answer(question), self.client_address)

        class Tcp(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                (length,) = struct.unpack("!H", self.rfile.read(2))
                answer = resolver.answer(self.rfile.read(length))
                self.wfile.write(struct.pack("!H", len(answer)) + answer)

        tcp = _TcpServer((ADDRESS, port), Tcp)
        self.port = tcp.server_address[1]
        self._servers = (tcp, socketserver.ThreadingUDPServer((ADDRESS, self.port), Udp))

    def __enter__(self) -> Self:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()  # It waits until the thread no longer serves.
            server.server_close()


class _TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
