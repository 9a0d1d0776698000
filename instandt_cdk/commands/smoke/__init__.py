"""Try the deployed site as a user would, and look whether the environment is well: a line for each.

It changes nothing but for a small file, which it uploads, fetches and removes. The exit code is 1 if a line
fails.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from instandt_cdk.commands.deployed import CommandError, Deployed
from instandt_cdk.commands.smoke import account, api, public
from instandt_cdk.commands.smoke.site import Site
from instandt_cdk.commands.smoke.verdict import Broken, LeftOut
from instandt_cdk.progress import say

HELP = "try names, certificates, firewall, page, API, an upload, version, database and alarms"
WIDTH = len("load balancer")

Look = Callable[[], str]
"""Looks at one thing and returns what it saw, in a few words.

Raises `Broken` if it is not as it should be, `LeftOut` if it cannot be looked at."""


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It takes none but the environment."""


def run(environment: Deployed, _given: argparse.Namespace) -> int:
    """Print a line for each look; return 1 if one failed, else 0."""
    failures = sum(not show(name, look) for name, look in looks(environment).items())
    broken = f"{failures} {'line fails' if failures == 1 else 'lines fail'}"
    say(f"{broken if failures else 'all well'}: {environment.settings.site.domain}")
    return 1 if failures else 0


def looks(environment: Deployed) -> Mapping[str, Look]:
    """Return all looks by the names of their lines, in the order of a request's way."""
    settings = environment.settings
    site = Site.of_environment(settings.site.domain)
    return {
        "names": partial(public.names, site, settings),
        "TLS": partial(public.tls, site),
        "expiry": partial(public.expiry, site),
        "load balancer": partial(account.certificate, environment),
        "firewall": partial(public.firewall, site),
        "page": partial(public.page, site),
        "API": partial(api.answers, site, settings),
        "media": partial(api.medium_comes_and_goes, site, settings.smoke),
        "version": partial(account.version, environment, site),
        "database": partial(account.database, environment, site),
        "alarms": partial(account.alarms, environment),
    }


def show(name: str, look: Look) -> bool:
    """Print the line of a look; return whether it did not fail."""
    started = time.monotonic()
    mark = "✓"
    try:
        seen = look()
    except LeftOut as reason:
        mark, seen = "-", f"left out: {reason}"
    except (Broken, CommandError) as error:
        mark, seen = "✗", str(error)
    except (BotoCoreError, ClientError, OSError) as error:
        mark, seen = "✗", f"could not be looked at: {error or type(error).__name__}"
    seconds = time.monotonic() - started
    say(f"  {mark} {name:<{WIDTH}} {seconds:5.1f} s  {' '.join(seen.split())}")
    return mark != "✗"
