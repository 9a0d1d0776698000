"""Everything that somebody could read beside a deployment: what commands print, files, logs, the bundle."""

import re
from collections.abc import Sequence
from pathlib import Path

from tests.bundle.environment import unpacked
from tests.local.deployment import Deployment, Finished, make


def everything_readable(deployment: Deployment, outputs: Sequence[Finished]) -> dict[str, str]:
    """Return each text by where it is: what the commands printed, files, the bundle, CloudWatch."""
    directory = deployment.environment.directory
    texts = {f"command {i}": finished.output for i, finished in enumerate(outputs)}
    texts |= {
        str(path): path.read_text(errors="replace")
        for path in directory.rglob("*")
        if path.is_file() and (path.suffix in (".log", ".json", ".txt") or "cdk.out" in path.parts)
    }
    made = make("bundle", "ENV=local")
    (bundle,) = re.findall(r"^/.*\.tar\.gz$", made.output, re.MULTILINE)
    texts |= {f"bundle {file}": text for file, text in unpacked(Path(bundle)).items()}
    return texts | {
        f"{stream} {when}": message for stream, when, message in deployment.log_events()
    }
