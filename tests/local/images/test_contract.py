"""No image starts without the whole of its contract."""

import subprocess
import sys

import pytest

from local.images.backend.__main__ import VARIABLES as BACKEND_VARIABLES
from local.images.frontend.__main__ import VARIABLES as FRONTEND_VARIABLES
from tests.support import ROOT


@pytest.mark.parametrize(
    ("name", "variables"), [("backend", BACKEND_VARIABLES), ("frontend", FRONTEND_VARIABLES)]
)
def test_an_image_names_every_missing_variable(name: str, variables: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"local.images.{name}"],
        env={"IMAGE_TAG": "1.0.0"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    names = ", ".join(sorted(variables))
    assert done.stderr == f"{name} 1.0.0 cannot start: set the environment variables {names}\n"
