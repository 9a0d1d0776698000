"""The servers in the emulator's process: AWS, the front door, the registry and DNS."""

import asyncio
import signal
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import boto3
import trustme
from aiohttp import web
from hypercorn.asyncio import serve
from hypercorn.config import Config

from local import registry
from local.dns import DnsServer, Route53Resolver
from local.emulator import front_door, hooks
from local.emulator.options import Options

_ADDRESS = "127.0.0.1"
_ROUTE53_REGION = "us-east-1"
_KEEP_ALIVE_SECONDS = 75
"""For an idle connection, as in ministack's own server."""


async def run(options: Options) -> None:
    """Serve until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    endpoint = f"{_ADDRESS}:{options.port}"
    aws = Config()
    aws.bind = [endpoint]
    aws.keep_alive_timeout = _KEEP_ALIVE_SECONDS
    door = front_door.Door(
        address=f"{_ADDRESS}:{options.front_door_port}",
        access_log=str(options.directory / "front-door.log"),
    )
    route53 = boto3.client(
        "route53", endpoint_url=f"http://{endpoint}", region_name=_ROUTE53_REGION
    )
    async with _registry(options):
        with DnsServer(resolver=Route53Resolver(route53=route53), port=options.dns_port):
            await asyncio.gather(
                serve(hooks.application().app, aws, shutdown_trigger=stopping.wait),
                serve(front_door.application, door, shutdown_trigger=stopping.wait),
            )


@asynccontextmanager
async def _registry(options: Options) -> AsyncIterator[None]:
    """Serve the registry, and have its certificate trusted beside the others."""
    authority = trustme.CA()
    roots = [path.read_bytes() for path in options.trusted_roots]
    options.ca_bundle.write_bytes(b"".join([*roots, authority.cert_pem.bytes()]))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(options.registry.host.partition(":")[0]).configure_cert(tls)
    runner = web.AppRunner(registry.application(options.registry))
    await runner.setup()
    await web.TCPSite(runner, _ADDRESS, options.registry_port, ssl_context=tls).start()
    try:
        yield
    finally:
        await runner.cleanup()
