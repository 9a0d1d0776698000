"""Reads a settings file, or reports everything that is wrong with it."""

import tomllib
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from instandt_cdk.settings.environment import Settings
from instandt_cdk.settings.errors import SettingsError, refusals, sentence


def load(directory: Path, environment: str, *, app_version: str | None = None) -> Settings:
    """Read an environment's settings.

    Args:
        directory: The folder of the settings files.
        environment: The environment's name; its file is `NAME.toml`.
        app_version: Replaces the file's `app_version`, to try another version.

    Raises:
        SettingsError: The file is missing, is not TOML, or breaks rules; the message lists all of them.
    """
    path = directory / f"{environment}.toml"
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
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be read: {error.strerror}; make it a file that you can read"
        ) from None
