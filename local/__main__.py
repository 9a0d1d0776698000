"""The embedded AWS on this machine: `python -m local up | status | run | down`."""

import argparse
import os
import signal
import subprocess
import sys

from instandt_cdk.settings import SettingsError
from local.cdk import CdkError
from local.daemon import DaemonError
from local.down import down
from local.environment import Environment
from local.registry import TOKEN
from local.site import SiteError
from local.status import status
from local.up import up

INTERRUPTED = 128 + signal.SIGINT


def main() -> int:
    """Run a command; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up_parser = commands.add_parser("up", help="start and deploy, or bring to another version")
    up_parser.add_argument("--version", help="of the application instead of local.toml's")
    up_parser.add_argument(
        "--token",
        default=TOKEN,
        help="for the registry; another one than the default shows what a wrong one does",
    )
    commands.add_parser("status", help="show what there is")
    run_parser = commands.add_parser(
        "run", help="run a Python module with the embedded AWS as its AWS"
    )
    run_parser.add_argument("module", nargs=argparse.REMAINDER, help="its name and arguments")
    commands.add_parser("down", help="destroy, stop and remove everything")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        env = Environment.load(app_version=getattr(given, "version", None))
        env.enter()
        match given.command:
            case "up":
                up(env, token=given.token)
            case "run":
                command = [sys.executable, "-m", *given.module]
                variables = {**os.environ, **env.way_to_the_site}
                return subprocess.run(command, check=False, env=variables).returncode
            case "down":
                return 0 if down(env) else 1
            case _:
                return 0 if status(env) else 1
    except (SettingsError, DaemonError, CdkError, SiteError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. `make local` goes on, `make local-down` cleans up.", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
