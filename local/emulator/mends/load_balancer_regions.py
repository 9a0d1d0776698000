"""A load balancer answers under its name, whatever region the request is signed for.

ministack looks among those of the region in the request's signature; a browser signs nothing. The name
holds the region ("DNS name", User Guide for Application Load Balancers).

Mended when tests/local/test_emulator_balancing.py passes without this file.
"""

import re

from local.emulator import hooks

_NAME = re.compile(r"[^.]+\.(?P<region>[^.]+)\.elb\.amazonaws\.com(:\d+)?", re.IGNORECASE)


def install() -> None:
    """Adapt how a request finds its load balancer."""
    responses = hooks.core("responses")

    @hooks.around(hooks.application(), "_handle_alb_request")
    async def handle(original: hooks.Original, host: str, *request: object) -> object:
        if not (name := _NAME.fullmatch(host)):
            return await original(host, *request)
        with responses.request_scope(responses.get_account_id(), name["region"]):
            return await original(host, *request)
