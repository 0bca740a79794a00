"""How a page is made of its template: one file, no script, no network; all text escaped, figures unbroken."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.report.heat_map import grade
from analysis.words import (
    SHORT_CHANNELS,
    VISITS,
    bandwidth_words,
    channel_words,
    count_words,
    percent_words,
    seconds_words,
    transaction_words,
)
from loadtests.results.check_record import gathered

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_TEMPLATES = Path(__file__).with_name("templates")
_FIGURE = re.compile(r"(?<=\d) (?=(?:%|s|ms|min|h)(?:\W|$))")
_CODE = re.compile(r"`([^`]+)`")
VERDICT_WORDS = {"pass": "PASS", "fail": "FAIL", "inconclusive": "INCONCLUSIVE", "none": "not judged"}


@lru_cache(maxsize=1)
def templates() -> "Environment":
    """The templates of all pages, with the words they use as filters."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES, encoding="utf-8"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_unbroken,
    )
    environment.filters.update(
        seconds=seconds_words,
        percent=percent_words,
        bandwidth=bandwidth_words,
        channel=channel_words,
        short_channel=lambda channel: SHORT_CHANNELS.get(channel, channel),
        transaction=transaction_words,
        visit=VISITS.__getitem__,
        grade=grade,
        counted=count_words,
        clock=_clock,
        code=_with_code,
        gathered=gathered,
    )
    return environment


def _unbroken(value: Any) -> Any:
    """Text whose figures stay on one line with their units."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return _FIGURE.sub("\u00a0", value)
    return value


def _with_code(text: str) -> "Markup":
    """Text with what stands in `backticks` set as code."""
    from markupsafe import Markup, escape

    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(_unbroken(text)))))


def _clock(utc: str) -> str:
    """An ISO time as `10:15:30`."""
    return f"{datetime.fromisoformat(utc).astimezone(UTC):%H:%M:%S}"
