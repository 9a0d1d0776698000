"""The site's page as a function of what it shows."""

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any

PAGE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
UNKNOWN = "unknown"


def render(
    *,
    version: str,
    backend: Mapping[str, Any],
    media: Iterable[Mapping[str, Any]],
    problem: str | None,
    endpoint: str,
    limit_mebibytes: int,
) -> str:
    """Return the page; everything that comes from outside is escaped.

    Args:
        version: The frontend's version.
        backend: The answer of `/api/version`, empty if there is none.
        media: The list of `/api/media`.
        problem: Why the backend has not answered.
        endpoint: Where a browser reaches the API; empty for where it got the page from.
        limit_mebibytes: The largest upload.
    """
    schema = backend.get("schema", {})
    rows = "\n".join(_row(medium, endpoint=endpoint) for medium in media)
    return PAGE.substitute(
        frontend=escape(version),
        backend=escape(backend.get("version", UNKNOWN)),
        schema=escape(schema.get("version", UNKNOWN)),
        migrated_at=escape(schema.get("migrated_at", UNKNOWN)),
        storage_mode=escape(backend.get("storage_mode", UNKNOWN)),
        count=backend.get("media", 0),
        state="down" if problem else "up",
        notice=f'<p class="notice">{escape(problem)}</p>' if problem else "",
        rows=rows or '<tr><td colspan="4" class="empty">No images yet.</td></tr>',
        endpoint=escape(endpoint),
        limit=limit_mebibytes,
    )


def _row(medium: Mapping[str, Any], *, endpoint: str) -> str:
    link = f"{endpoint}/api/media/{medium['id']}"
    return (
        f'<tr><td><a href="{escape(link)}">{escape(medium["name"])}</a></td>'
        f"<td>{_size(medium['size_in_bytes'])}</td>"
        f"<td><time>{escape(medium['uploaded_at'])}</time></td>"
        f"<td><code>{escape(medium['sha256'][:16])}…</code></td></tr>"
    )


def _size(size_bytes: int) -> str:
    size = float(size_bytes)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
