"""The commands of the README, with the real CDK CLI."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.synthesis import STACKS

# A network namespace of its own, which only root may make outside a user namespace of its own.
NO_NETWORK = ("unshare", "--net", *(() if os.geteuid() == 0 else ("--map-root-user",)))


def _cdk(
    *arguments: str,
    output: Path,
    command: tuple[str, ...] = ("npx", "cdk"),
    path: Path = ROOT / ".venv/bin",
) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))
    }
    environment["PATH"] = f"{path}:{environment['PATH']}"
    # Nothing that looks like credentials or docker is there.
    environment |= {
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DOCKER": "/nonexistent",
        "AWS_CONFIG_FILE": "/nonexistent",
    }
    return subprocess.run(
        [*command, *arguments, "--output", str(output)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


def _files(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in directory.glob("*.template.json")}


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Production, synthesized with no credentials, docker or network, and no environment activated."""
    # The node and the uv that the machine happens to have must not be used.
    path = tmp_path_factory.mktemp("path")
    for program in ("node", "uv"):
        (path / program).write_text("#!/bin/sh\nexit 1\n")
        (path / program).chmod(0o755)
    output = tmp_path_factory.mktemp("production")
    cdk = (*NO_NETWORK, ".venv/bin/node", "node_modules/.bin/cdk")
    synth = _cdk("synth", "--quiet", "-c", "env=prod", output=output, command=cdk, path=path)
    assert synth.returncode == 0, synth.stderr[-3000:]
    return output


def test_production_synthesizes_without_credentials_docker_network_or_activation(
    production: Path,
) -> None:
    assert len(_files(production)) == len(STACKS)


def test_the_same_settings_give_the_same_templates(production: Path, tmp_path: Path) -> None:
    synth = _cdk("synth", "--quiet", "-c", "env=prod", output=tmp_path)
    assert synth.returncode == 0, synth.stderr[-3000:]
    assert _files(tmp_path) == _files(production)


def test_the_certificate_function_is_bundled_with_what_it_imports(production: Path) -> None:
    (bundle,) = [path.parent for path in production.glob("asset.*/certbot")]
    assert (bundle / "certificate" / "handler.py").exists()
    assert (bundle / "custom_resource.py").exists()
    # certbot finds its plugins by their distributions' entry points.
    assert list(bundle.glob("certbot_dns_route53-*.dist-info/entry_points.txt"))
    (binding,) = bundle.glob("cryptography/hazmat/bindings/_rust.abi3.so")
    machine = binding.read_bytes()[18:20]
    assert machine == b"\xb7\x00", "not an ELF file for AArch64 (EM_AARCH64 = 183)"


def test_a_bad_setting_ends_in_one_sentence(tmp_path: Path) -> None:
    synth = _cdk("synth", "--quiet", "-c", "env=nowhere", output=tmp_path)
    assert synth.returncode == 1
    assert (
        "nowhere.toml: there is no such file; the environments are: dev, local, prod"
        in synth.stderr
    )
    assert "Traceback" not in synth.stderr


@pytest.mark.parametrize(
    "verb",
    [
        "install",
        "fmt",
        "lint",
        "types",
        "test",
        "synth",
        "diff",
        "doctor",
        "cost",
        "deploy",
        "destroy",
        "local",
        "local-down",
    ],
)
def test_make_explains_its_verbs(verb: str) -> None:
    explained = subprocess.run(
        ["make"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert f"make {verb} " in explained
