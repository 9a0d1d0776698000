"""Everything that somebody could read beside a deployment: what commands print, files, logs."""

from collections.abc import Sequence

from tests.local.deployment import Deployment, Finished


def everything_readable(deployment: Deployment, outputs: Sequence[Finished]) -> dict[str, str]:
    """Return each text by where it is: what the commands printed, files of the environment, CloudWatch."""
    directory = deployment.environment.directory
    texts = {f"command {i}": finished.output for i, finished in enumerate(outputs)}
    texts |= {
        str(path): path.read_text(errors="replace")
        for path in directory.rglob("*")
        if path.is_file() and (path.suffix in (".log", ".json", ".txt") or "cdk.out" in path.parts)
    }
    return texts | {
        f"{stream} {when}": message for stream, when, message in deployment.log_events()
    }
