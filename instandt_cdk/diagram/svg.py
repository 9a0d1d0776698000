"""Boxes, frames, arrows and their texts, as SVG. It has a background of its own, for dark pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import NamedTuple

Point = tuple[int, int]

TEXT, SMALL = 15, 13
"""Sizes of text in pixels."""
LINE = 18
"""From one line of a box to the next, in pixels."""

HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">
<!-- Generated from the templates of production by `make docs`. -->
<style>
text {{ font: {small}px "Helvetica Neue", Helvetica, Arial, sans-serif; fill: #3b4351 }}
.title {{ font-size: {text}px; font-weight: bold; fill: #111827 }}
.heading {{ font-weight: bold; fill: #111827 }}
.frame {{ fill: none; stroke: #9aa3b2; stroke-dasharray: 5 4 }}
.box {{ fill: #ffffff; stroke: #6b7280 }}
.request {{ stroke: #c2410c; stroke-width: 3.5; fill: none; marker-end: url(#request) }}
.beside {{ stroke: #6b7280; stroke-width: 1.3; fill: none; marker-end: url(#beside) }}
.step {{ fill: #c2410c }}
.number {{ font-weight: bold; fill: #ffffff; text-anchor: middle }}
.tag {{ fill: #6b7280; text-anchor: end }}
.end {{ text-anchor: end }}
</style>
<defs>
<marker id="request" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="11" markerHeight="11" \
markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 10 5 0 10z" fill="#c2410c"/></marker>
<marker id="beside" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" \
markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 10 5 0 10z" fill="#6b7280"/></marker>
</defs>
<rect width="{width}" height="{height}" rx="8" fill="#f8fafc"/>
"""


class Area(NamedTuple):
    """A rectangle."""

    left: int
    top: int
    width: int
    height: int


@dataclass
class Drawing:
    """What is drawn, in this order."""

    width: int
    height: int
    label: str
    """What those hear who do not see it."""
    colours: dict[str, str]
    """Of the boxes' edges, by the name on their tag."""
    boxes: list[Area] = field(default_factory=list)
    texts: list[tuple[Area, str]] = field(default_factory=list)
    """Where each text is, about; and the text."""
    ways: list[tuple[Point, Point]] = field(default_factory=list)
    """From where to where the arrows lead, straight."""
    _elements: list[str] = field(default_factory=list)

    def frame(self, area: Area, *titles: str, fill: str = "none") -> None:
        """Draw a frame around other things, with one or more lines of a title."""
        self._rectangle(area, "frame", f' style="fill:{fill}" rx="8"')
        for number, title in enumerate(titles):
            style = "" if number else "heading"
            self._text((area.left + 12, area.top + 18 + number * LINE), title, SMALL, style)

    def box(self, area: Area, tag: str, title: str, lines: Sequence[str] = ()) -> None:
        """Draw a box with a title, lines below it, and the tag that gives its colour; "" for none."""
        self.boxes.append(area)
        self._rectangle(area, "box", ' rx="4"')
        if tag:
            edge = Area(area.left, area.top, 5, area.height)
            self._rectangle(edge, "", f' fill="{self.colours[tag]}"')
            self._text((area.left + area.width - 8, area.top + 16), tag, SMALL, "tag")
        top = area.top + (area.height - LINE * (1 + len(lines))) // 2 + 12
        self._text((area.left + 13, top), title, TEXT, "title")
        for number, line in enumerate(lines, 1):
            self._text((area.left + 13, top + number * LINE), line, SMALL)

    def request(
        self, number: int, way: tuple[Point, Point], label: str, at: Point, anchor: str = ""
    ) -> None:
        """Draw a numbered step of a request's way."""
        self._arrow(way, "request")
        (x, y), (next_x, next_y) = way
        middle = (x + next_x) // 2, (y + next_y) // 2
        self._elements.append(f'<circle class="step" cx="{middle[0]}" cy="{middle[1]}" r="9"/>')
        self._elements.append(
            f'<text class="number" x="{middle[0]}" y="{middle[1] + 4}">{number}</text>'
        )
        self._text(at, label, SMALL, anchor)

    def beside(self, way: tuple[Point, Point]) -> None:
        """Draw a way that no request takes."""
        self._arrow(way, "beside")

    def note(self, at: Point, text: str) -> None:
        """Write something."""
        self._text(at, text, SMALL)

    def key(self, at: Point) -> None:
        """Explain the colours and the arrows, in a row."""
        x, y = at
        self._text(at, "Stacks:", SMALL, "heading")
        x += 65
        for name, colour in self.colours.items():
            self._rectangle(Area(x, y - 10, 12, 12), "", f' fill="{colour}"')
            self._text((x + 17, y), name, SMALL)
            x += 40 + 8 * len(name)
        self._text((x + 20, y), "Bold: the way of a request. Thin: beside it.", SMALL)

    def svg(self) -> str:
        """The picture."""
        head = HEAD.format(
            width=self.width, height=self.height, label=escape(self.label), small=SMALL, text=TEXT
        )
        return head + "\n".join(self._elements) + "\n</svg>\n"

    def _rectangle(self, area: Area, style: str, more: str) -> None:
        left, top, width, height = area
        name = f' class="{style}"' if style else ""
        self._elements.append(
            f'<rect{name} x="{left}" y="{top}" width="{width}" height="{height}"{more}/>'
        )

    def _arrow(self, way: tuple[Point, Point], style: str) -> None:
        self.ways.append(way)
        (x, y), (to_x, to_y) = way
        self._elements.append(f'<path class="{style}" d="M{x} {y} {to_x} {to_y}"/>')

    def _text(self, at: Point, text: str, size: int, style: str = "") -> None:
        x, y = at
        # Wider than Helvetica and Arial are.
        width = round(len(text) * size * 0.6)
        left = {"end": x - width, "tag": x - width}.get(style, x)
        self.texts.append((Area(left, y - size + 2, width, size), text))
        name = f' class="{style}"' if style else ""
        self._elements.append(f'<text{name} x="{x}" y="{y}">{escape(text)}</text>')
