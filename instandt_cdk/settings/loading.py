"""Reads a settings file, or reports everything that is wrong with it."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError

from instandt_cdk.settings.environment import EnvironmentName, Settings
from instandt_cdk.settings.errors import SettingsError, as_written, refusals, sentence

DEFAULT_ENVIRONMENT = "dev"

_NAME = TypeAdapter(EnvironmentName, config=ConfigDict(strict=True))


def load_chosen(directory: Path, context: Mapping[str, object]) -> Settings:
    """Read the settings that the context of the CDK chooses: `-c env=NAME`, `-c app_version=VERSION`.

    Without `env` it is "dev". An empty or misspelled `env` is an error: somebody meant an environment, and
    the next command may destroy the wrong one.

    Raises:
        SettingsError: As `load`; or a key of the context looks like one of the two.
    """
    for key in context:
        if key.lower().startswith("env") and key != "env":
            raise SettingsError(
                f"-c {as_written(key)}: chooses no environment; write -c env=NAME instead"
            )
        if key != "app_version" and get_close_matches(key.lower(), ["app_version"]):
            raise SettingsError(
                f"-c {as_written(key)}: chooses no version; write -c app_version=VERSION instead"
            )
    return load(
        directory,
        context.get("env", DEFAULT_ENVIRONMENT),
        app_version=context.get("app_version"),
    )


def load(directory: Path, environment: object, *, app_version: object = None) -> Settings:
    """Read an environment's settings.

    Args:
        directory: The folder of the settings files.
        environment: The environment's name; its file is `NAME.toml`.
        app_version: Replaces the file's `app_version`, to try another version.

    Raises:
        SettingsError: The name is none, or the file is missing, is not TOML, or breaks rules; the message
            lists all of them.
    """
    path = directory / f"{_checked(environment, directory)}.toml"
    values = _read(path)
    if not values:
        raise SettingsError(f"{path}: is empty; copy prod.toml, which explains its keys")
    if "environment" in values:
        raise SettingsError(
            f"{path}: environment: is the file's name, not a key in the file; remove the line"
        )
    if app_version is not None:
        values["app_version"] = app_version
    try:
        return Settings.model_validate({**values, "environment": environment})
    except ValidationError as error:
        raise SettingsError(
            "\n".join(sentence(path, refusal) for refusal in refusals(error, Settings))
        ) from None


def _checked(environment: object, directory: Path) -> str:
    """Return the name, which can be a file's only if it is an environment's."""
    try:
        return _NAME.validate_python(environment)
    except ValidationError as error:
        (refusal,) = refusals(error, Settings)
        raise SettingsError(sentence(directory, replace(refusal, key="environment"))) from None


def _read(path: Path) -> dict[str, object]:
    try:
        # Some editors begin a file with a byte order mark.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        known = sorted(file.stem for file in path.parent.glob("*.toml"))
        close = get_close_matches(path.stem, known, n=1)
        raise SettingsError(
            f"{path}: there is no such file; the environments are: {', '.join(known)}"
            + (f" (did you mean {close[0]}?)" if close else "")
        ) from None
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"{path}: not valid TOML: byte {error.start} is not UTF-8; save the file as UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}; correct it there") from None
    except RecursionError:
        raise SettingsError(
            f"{path}: has lists or tables too deep in each other; take some of the brackets away"
        ) from None
    except ValueError:
        # "Integer string conversion length limitation", Python's documentation.
        raise SettingsError(
            f"{path}: has a number with more digits than can be read; write a smaller one"
        ) from None
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be read: {error.strerror}; make it a file that you can read"
        ) from None
