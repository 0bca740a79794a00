"""How charts are drawn: colours, sizes, and matplotlib's figure as inline SVG. A run always gives the same bytes.

Each chart is drawn twice, for a desk and for a telephone: one that is only shrunk cannot be read.
"""

import re
from collections.abc import Callable
from io import StringIO
from typing import Any, NamedTuple

# Okabe & Ito's colours, which colour-blind people tell apart; line styles tell them apart in print.
STYLES = {
    "web": ("#0072B2", "-"),
    "ifd": ("#D55E00", "--"),
    "outlook": ("#009E73", "-."),
    "mobile": ("#7B3294", ":"),
}
INK, FAINT, ALARM, SOFT, BAND = "#1c2733", "#c9d1d9", "#a8321a", "#52606d", "#eef2f5"


class Size(NamedTuple):
    """A chart's width in inches, its text in points, and whether panels stand beside each other."""

    name: str
    width: float
    text: float

    @property
    def is_wide(self) -> bool:
        """True for a desk."""
        return self.name == "wide"


SIZES = (Size("wide", 9.6, 9.5), Size("narrow", 4.3, 9.0))

Charts = dict[str, str]
"""SVG text by size's name; empty when there is nothing to draw."""


def style_of(channel: str) -> tuple[str, str]:
    """Colour and line style of a channel."""
    return STYLES.get(channel, (INK, "-"))


def drawn(name: str, height: Callable[[Size], float], draw: Callable[[Any, Size], None]) -> Charts:
    """The chart in every size. `name` keeps the charts of a page apart, `draw` fills the figure."""
    return {size.name: _svg(name, size, height(size), draw) for size in SIZES}


def annotate_fail_line(axes: Any) -> None:
    """The line at 100 %, with its name."""
    axes.axhline(100, color=ALARM, linewidth=1.4)
    axes.annotate(
        "fail line", (1, 100), xycoords=("axes fraction", "data"), ha="right", va="bottom", color=ALARM, xytext=(0, 2),
        textcoords="offset points", bbox={"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.8},
    )  # fmt: skip


def _svg(name: str, size: Size, height: float, draw: Callable[[Any, Size], None]) -> str:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    settings = {
        "svg.fonttype": "none",
        "svg.hashsalt": f"crmload {name} {size.name}",
        "font.size": size.text,
        "text.parse_math": False,  # names of a site may hold dollars
        "axes.edgecolor": FAINT,
        "text.color": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
    }
    with rc_context(settings):
        figure = Figure(figsize=(size.width, height), layout="constrained")
        draw(figure, size)
        for axes in figure.axes:
            axes.spines[["top", "right"]].set_visible(False)
        buffer = StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return _inline(buffer.getvalue())


def _inline(svg: str) -> str:
    """The `<svg>` element alone, as wide as its box; names of groups dropped, as the page holds more than one chart."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*">', "<g>", svg)
    start, end = svg.index("<svg"), svg.index(">") + 1
    # Width and height come from the box around it; the view box keeps the proportions.
    return re.sub(r'\s(?:width|height)="[^"]*"', "", svg[start:end]) + svg[end:]
