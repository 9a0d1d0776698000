"""Takes the local environment down: destroys its stacks, ends its processes, deletes its files."""

import shutil

from local import cdk
from local.daemon import DaemonError
from local.environment import Environment
from local.parts import Parts
from local.progress import Progress


class DownError(Exception):
    """Not everything could be destroyed or stopped; the message says what."""


def down(env: Environment) -> None:
    """Destroy the stacks if the emulator runs, then stop and delete everything.

    Raises:
        DownError: A stack could not be destroyed, or a process could not be stopped.
    """
    if not env.directory.exists():
        print("There is no local environment: nothing to take down.")
        return
    parts = Parts(env)
    problems = []
    if parts.emulator.running and parts.emulator_answers():
        print("Destroying the stacks")
        try:
            cdk.destroy(env, on_line=Progress(prefix=env.stack_prefix).feed)
        except cdk.CdkError as error:
            tail = "\n".join(env.deploy_log.read_text().splitlines()[-15:])
            problems.append(f"{error}:\n{tail}")
    print("Stopping")
    for part in reversed(parts.all):
        if part.daemon.running:
            try:
                part.daemon.stop()
                print(f"  ✓ {part.title}")
            except DaemonError as error:
                problems.append(str(error))
    shutil.rmtree(env.directory)
    if problems:
        raise DownError("\n".join(problems))
    print("The local environment is gone.")
