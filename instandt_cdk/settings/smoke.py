"""The section [smoke]: what `make smoke` has to know of the vendor's API."""

from collections.abc import Iterator

from instandt_cdk.settings.section import HttpPath, Section, Word


class SmokeSettings(Section):
    """How `make smoke` uploads, fetches and removes a small file.

    instaNDT's documentation does not describe its API; the defaults fit the stand-ins of `make local`. Ask
    the vendor. If the API wants a login, give a user's token in the environment variable `SMOKE_TOKEN`.
    """

    media_path: HttpPath = "/api/media"
    """The API's list of media. POST uploads a file there, GET and DELETE below it, behind a / and the file's
    id, fetch and remove it. "/" leaves the three out."""

    id_key: Word = "id"
    """The key of a medium's id in the API's JSON."""

    upload_field: Word | None = None
    """The form field that an upload's file is in. If left out, the file is the whole body, and its name is in
    the query."""

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Only requests below /api/ reach the backend."""
        if self.media_path != "/" and not self.media_path.startswith("/api/"):
            yield "media_path", 'is not below /api/, where the backend is; correct it, or write "/"'
