"""The site's page."""

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any

PAGE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
ROW = Template(
    '<tr><td><a href="$endpoint/api/media/$id">$name</a></td><td>$size MiB</td>'
    "<td><time>$uploaded_at</time></td><td><code>$sha256</code></td></tr>"
)
NO_ROW = '<tr><td colspan="4" class="empty">No media yet.</td></tr>'


def render(
    values: Mapping[str, Any], *, media: Iterable[Mapping[str, Any]], problem: str | None
) -> str:
    """Return the page of single values, the media, and why the backend has not answered, all escaped."""
    rows = [
        ROW.substitute(
            _escaped(medium),
            endpoint=escape(values["endpoint"]),
            size=f"{medium['size_in_bytes'] / 1024**2:.1f}",
        )
        for medium in media
    ]
    return PAGE.substitute(
        _escaped(values),
        state="down" if problem else "up",
        notice=f'<p class="notice">{escape(problem)}</p>' if problem else "",
        rows="\n".join(rows) or NO_ROW,
    )


def _escaped(values: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: escape(str(value)) for name, value in values.items()}
