"""The operator's guide to the alarms, docs/alarms.md."""

import re

from tests.support import ROOT

FILE = "docs/alarms.md"


def sections() -> dict[str, str]:
    """The sections' text by their anchors, as GitHub and GitLab make them of headings."""
    parts = re.split(r"(?m)^## (.*)\n", (ROOT / FILE).read_text())[1:]
    return {
        heading.lower().replace(" ", "-"): text
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    }
