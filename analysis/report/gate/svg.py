"""SVG by hand: small, sharp, and the same bytes every time. Text is escaped; figures have one decimal."""

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup, escape

from analysis.report.drawing import INK, SOFT

NAMESPACE = "http://www.w3.org/2000/svg"
WIDTH = 440
"""Units of a small chart: two stand beside each other at a desk, one fills a telephone."""
TEXT = 12
BASELINE, CANDIDATE, RANGE, GRID = SOFT, "#0072B2", "#dfe5ea", "#d5dce2"


def element(name: str, content: str = "", **attributes: Any) -> str:
    """One element; `stroke_width=2` becomes `stroke-width="2"`."""
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{_value(v)}"' for key, v in attributes.items())
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = GRID, **attributes: Any) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, **attributes)


def path(points: Iterable[tuple[float, float]], *, closed: bool = False, **attributes: Any) -> str:
    """Points joined by lines."""
    text = "M" + "L".join(f"{_figure(x)} {_figure(y)}" for x, y in points)
    return element("path", d=text + "Z" * closed, **({"fill": "none"} | attributes))


def text(x: float | str, y: float, words: str, *, anchor: str = "start", fill: str = INK, **attributes: Any) -> str:
    """One line of text; `x` may be a share of the width, `12%`."""
    return element("text", str(escape(words)), x=x, y=y, text_anchor=anchor, fill=fill, **attributes)


def dot(x: float, y: float, fill: str, radius: float = 4.5) -> str:
    """The mark of a median."""
    return element("circle", cx=x, cy=y, r=radius, fill=fill)


def diamond(x: float, y: float, fill: str, radius: float = 5.5) -> str:
    """The mark of a 95th percentile."""
    corners = ((x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y))
    return path(corners, closed=True, fill=fill)


def chart(height: float, parts: Iterable[str]) -> Markup:
    """The whole picture, as wide as its box."""
    box = f"0 0 {WIDTH} {_figure(height)}"
    return Markup(element("svg", "".join(parts), xmlns=NAMESPACE, viewBox=box, font_size=TEXT, aria_hidden="true"))


def _value(value: Any) -> str:
    return _figure(value) if isinstance(value, int | float) else str(escape(value))


def _figure(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
