"""What the backend answers, and a medium on its way in and out."""

import contextlib
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from urllib.parse import quote

import urllib3

from instandt_cdk.commands.smoke import diconde
from instandt_cdk.commands.smoke.site import LONGEST_QUOTE, Answer, Site
from instandt_cdk.commands.smoke.verdict import Broken, LeftOut
from instandt_cdk.settings import Settings
from instandt_cdk.settings.smoke import SmokeSettings

TOKEN = "SMOKE_TOKEN"  # noqa: S105 - a name
"""The environment variable with a token that the API wants, sent as a bearer token."""

PREFIX = "instandt-smoke-"
"""How the names of uploaded files begin. What has such a name is nobody's, and is removed."""

NO_PATH = 'smoke.media_path is "/"'


def ask(site: Site, method: str, path: str, **options: object) -> Answer:
    """Ask the API, with the token if there is one."""
    body, headers = options.get("body"), options.get("headers")
    token = os.environ.get(TOKEN)
    return site.ask(
        method,
        path,
        body=body if isinstance(body, bytes) else None,
        headers={
            "Accept": "application/json",
            **({"Authorization": f"Bearer {token}"} if token else {}),
            **(headers if isinstance(headers, Mapping) else {}),
        },
    )


def answers(site: Site, settings: Settings) -> str:
    """The backend must be there: its health path if that is below /api/, else its list of media."""
    path, codes = settings.backend.health_path, settings.backend.health_codes
    if not path.startswith("/api/"):
        path, codes = settings.smoke.media_path, "200-499"
    if path == "/":
        raise LeftOut(f"backend.health_path is not below /api/, and {NO_PATH}")
    answer = ask(site, "GET", path)
    if not any(_within(answer.status, codes) for codes in codes.split(",")):
        raise Broken(f"{path} answers {answer}")
    return f"{path} answers {answer.status}"


def media_list(site: Site, smoke: SmokeSettings) -> object:
    """Return the API's list of media, which needs the database, as its JSON says it.

    Raises:
        Broken: There is none.
    """
    if smoke.media_path == "/":
        raise LeftOut(NO_PATH)
    answer = ask(site, "GET", smoke.media_path)
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise Broken(f"{smoke.media_path} answers {answer.status}: put a user's token into {TOKEN}")
    if answer.status != HTTPStatus.OK:
        raise Broken(f"{smoke.media_path} answers {answer}")
    try:
        return json.loads(answer.body)
    except ValueError:
        raise Broken(f"{smoke.media_path} does not answer in JSON") from None


def medium_comes_and_goes(site: Site, smoke: SmokeSettings) -> str:
    """A DICONDE file must come back as it was uploaded, and be gone after its removal.

    What an earlier run has left, because it was interrupted, is removed first.
    """
    rests = list(_rests(media_list(site, smoke), smoke))
    for identifier in rests:
        _remove(site, smoke, identifier)
    content = diconde.file()
    name = f"{PREFIX}{uuid.uuid4().hex[:8]}.dcm"
    try:
        identifier = _upload(site, smoke, content, name=name)
        fetched = ask(site, "GET", f"{smoke.media_path}/{quote(identifier, safe='')}")
        if fetched.status != HTTPStatus.OK or fetched.body != content:
            raise Broken(f"fetched, the file is {fetched}; it is not as it was uploaded")
    except BaseException:
        # Whatever happened, also Ctrl-C, nothing stays; the next run would remove it, too.
        with contextlib.suppress(Broken):
            _remove_named(site, smoke, name)
        raise
    _remove(site, smoke, identifier)
    if name in json.dumps(media_list(site, smoke)):
        raise Broken(f"{name} is still in the list after its removal")
    swept = f", {len(rests)} of an earlier run removed" if rests else ""
    return f"{len(content)} bytes of DICONDE uploaded, fetched, removed{swept}"


def _upload(site: Site, smoke: SmokeSettings, content: bytes, *, name: str) -> str:
    """Upload a file; return its id."""
    path, kind, body = f"{smoke.media_path}?name={name}", diconde.MEDIA_TYPE, content
    if smoke.upload_field:
        fields = {smoke.upload_field: (name, content, kind)}
        path, (body, kind) = smoke.media_path, urllib3.encode_multipart_formdata(fields)
    answer = ask(site, "POST", path, body=body, headers={"Content-Type": kind})
    if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
        raise Broken(f"the upload is answered with {answer}")
    with contextlib.suppress(ValueError, KeyError, TypeError):
        return str(json.loads(answer.body)[smoke.id_key])
    raise Broken(
        f"the answer to the upload has no {smoke.id_key}; see smoke.id_key: {answer.text[:LONGEST_QUOTE]}"
    )


def _remove(site: Site, smoke: SmokeSettings, identifier: str) -> None:
    path = f"{smoke.media_path}/{quote(identifier, safe='')}"
    answer = ask(site, "DELETE", path)
    if answer.status not in (HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT):
        raise Broken(f"the file cannot be removed: {path} answers {answer}")


def _remove_named(site: Site, smoke: SmokeSettings, name: str) -> None:
    for identifier in _rests(media_list(site, smoke), smoke, name=name):
        _remove(site, smoke, identifier)


def _rests(answer: object, smoke: SmokeSettings, *, name: str = PREFIX) -> Iterator[str]:
    """The ids of media whose name begins so, wherever they are in the API's JSON."""
    match answer:
        case list():
            for item in answer:
                yield from _rests(item, smoke, name=name)
        case dict():
            texts = [value for value in answer.values() if isinstance(value, str)]
            if smoke.id_key in answer and any(text.startswith(name) for text in texts):
                yield str(answer[smoke.id_key])
            for item in answer.values():
                yield from _rests(item, smoke, name=name)


def _within(status: int, codes: str) -> bool:
    first, _, last = codes.partition("-")
    return int(first) <= status <= int(last or first)
