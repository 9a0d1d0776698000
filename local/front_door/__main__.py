"""Serve the deployed site over HTTPS on loopback."""

import argparse
import asyncio
import logging
import signal
import ssl
import sys

import aiohttp
import boto3
from aiohttp import web

from local.front_door.proxy import Proxy
from local.front_door.view import Clients, View

ADDRESS = "127.0.0.1"
ACCESS_LOG_FORMAT = '%t "%r" %s %b bytes %Tf s'


async def serve(*, clients: Clients, state: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        clients: Where the deployment is read.
        state: The name of the secret with certbot's state.
        port: The TCP port on loopback.
    """
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    # A new connection for each request: an idle one may end just when it is used again.
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        view = View(clients=clients, state=state, session=session)
        application = web.Application()
        proxy = Proxy(view=view, session=session, port=port)
        application.router.add_route("*", "/{path:.*}", proxy.handle)
        runner = web.AppRunner(application, access_log_format=ACCESS_LOG_FORMAT)
        await runner.setup()
        await web.TCPSite(runner, ADDRESS, port, ssl_context=_tls(view)).start()
        print(f"the front door listens on {ADDRESS}:{port}", flush=True)
        following = asyncio.create_task(view.follow())
        await asyncio.wait(
            [following, asyncio.create_task(stopping.wait())], return_when=asyncio.FIRST_COMPLETED
        )
        await runner.cleanup()
        if following.done():
            following.result()
        following.cancel()


def _tls(view: View) -> ssl.SSLContext:
    """Return a context that gives each new connection the certificate of that moment."""

    def choose(connection: ssl.SSLObject, *_: object) -> int | None:
        if view.tls is None:
            return ssl.AlertDescription.ALERT_DESCRIPTION_INTERNAL_ERROR
        connection.context = view.tls
        return None

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = choose
    return context


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m local.front_door", description=__doc__)
    parser.add_argument("--port", type=int, default=8443, help="TCP port on 127.0.0.1")
    parser.add_argument("--endpoint-url", default="http://127.0.0.1:4566", help="of AWS")
    parser.add_argument("--region", default="eu-central-1", help="of the load balancer")
    parser.add_argument("--account", default="000000000000", help="12 digits")
    parser.add_argument(
        "--state", default="instandt-letsencrypt-account-local", help="secret of certbot's state"
    )
    given = parser.parse_args()
    logging.basicConfig(stream=sys.stdout, format="%(message)s")
    logging.getLogger("aiohttp.access").setLevel(logging.INFO)
    session = boto3.Session(
        aws_access_key_id=given.account,
        aws_secret_access_key="local",  # noqa: S106 - the emulator checks no signature
        region_name=given.region,
    )
    clients = Clients(
        elbv2=session.client("elbv2", endpoint_url=given.endpoint_url),
        acm=session.client("acm", endpoint_url=given.endpoint_url),
        secrets=session.client("secretsmanager", endpoint_url=given.endpoint_url),
    )
    asyncio.run(serve(clients=clients, state=given.state, port=given.port))


if __name__ == "__main__":
    main()
