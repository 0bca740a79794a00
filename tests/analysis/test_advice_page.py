"""advice.html: fits or not, what to buy, what it costs; a refusal makes a page too, and nothing can do harm."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html import unescape
from pathlib import Path

import pytest

from analysis.capacity.advice import Advice
from analysis.report.capacity.page import advice_html, write_page
from analysis.report.capacity.people_bars import people_bars
from analysis.report.capacity.words import effect, headline, what_to_do_now
from tests.analysis.made_advice import buy, carries, not_enough, not_hardware, refused


@cache
def page(name: str) -> str:
    made = buy() if name == "buy" else refused()
    return advice_html(made).replace("\u00a0", " ")


def part(html: str, identity: str) -> str:
    return re.split(r"<section\b", html[html.index(f'id="{identity}"') :])[0]


def visible(html: str) -> str:
    """The text alone, on one line."""
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", re.sub(r"<svg.*?</svg>", " ", html, flags=re.DOTALL)).split()))


def test_page_one_says_what_to_buy_what_it_costs_and_what_buys_nobody() -> None:
    html = page("buy")
    first = visible(part(html, "page-one"))
    said = [
        "BUY FOR EUR 9,400",
        "Launch after buying Eight more cores for the web servers",
        "order “Eight more cores for the web servers” by 2026-12-21, which carries every phase",
        "Fit today 127 people safely",
        "Limit web, full at about 201 people",
        "Do not buy Double the database server",
        "Today's servers as they are ✕ 127 fit safely, 136 most likely (126 to 144)",
        "Eight more cores for the web servers EUR 9,400, 6 weeks · for everybody ✓ 284 fit safely",
        "Double the database server EUR 31,000, 8 weeks ✕ buys nobody: database is 29 % busy at 150 people",
        "pilot 60 2026-12-14 ✓ yes",
        "everybody 220 2027-04-01 ✕ no chance 0 % Eight more cores for the web servers then 97 % EUR 9,400 2027-02-18",
        "People wait for the web servers",
    ]
    places = [first.find(text) for text in said]
    assert -1 not in places, f"not on page one: {said[places.index(-1)]}"
    assert places == sorted(places)


def test_the_evidence_has_pictures_options_servers_steps_and_the_held_out_error() -> None:
    html = page("buy")
    for name in ("curves", "time", "price"):
        assert part(html, name).count("<svg") == 2, f"{name}: for a desk and for a telephone"
    assert "C Double the database server database: 16 cores instead of 8" in visible(part(html, "options"))
    assert "web the limit web 8 CRMWEB01, CRMWEB02 420 core-ms 79 % 201 people" in visible(part(html, "servers"))
    steps = visible(part(html, "steps"))
    assert "step-1 20.0 180 s 1.87 0.69 s 10.0 s 20.0 +0.2 % 10 % 4 % ✓ yes" in steps
    assert "✕ no 2.4 % of its transactions failed (1 % may)" in steps
    assert "p95: Open a record (Web client) +6 %" in visible(part(html, "held-out"))


@pytest.mark.parametrize(
    ("made", "colour", "word", "now"),
    [
        (carries, "pass", "IT FITS", "buy nothing for these phases"),
        (
            not_enough,
            "fail",
            "IT DOES NOT FIT",
            "begin no phase that does not fit; put larger offers into the hardware file",
        ),
        (not_hardware, "fail", "FIX, DO NOT BUY", "Look for blocking: run the script of `crmload counters kit`"),
        (refused, "inconclusive", "CANNOT TELL", "Run the steps again up to more people, with counters"),
        (lambda: replace(not_hardware(), cloud=True), "fail", "NO SERVERS TO BUY", "Look for blocking"),
        (lambda: replace(buy(), simulated=True), "buy", "BUY FOR EUR 9,400", "nothing to decide"),
    ],
    ids=["carries", "not_enough", "not_hardware", "cannot_tell", "cloud", "simulated"],
)
def test_each_conclusion_has_its_word_its_colour_and_what_to_do_now(
    made: Callable[[], Advice], colour: str, word: str, now: str
) -> None:
    advice = made()
    assert (effect(advice), headline(advice)) == (colour, word)
    assert what_to_do_now(advice).startswith(now)


def test_a_refusal_shows_what_was_measured_and_forecasts_nothing() -> None:
    html = page("refused")
    assert "Why no advice" in html
    assert part(html, "curves").count("<svg") == 2
    assert "measured" in part(html, "curves") and "forecast" not in part(html, "curves")
    assert people_bars(refused()) is None
    for missing in ("time", "price", "servers", "held-out"):
        assert f'<section id="{missing}"' not in html
    assert visible(part(html, "options")).count("? cannot tell") == 4
    assert "buys nobody" not in part(html, "options")


def test_a_bar_that_carries_all_is_green_one_that_may_is_hatched_and_a_useless_one_says_so() -> None:
    bars = people_bars(buy())
    assert bars is not None
    assert [(bar.title, bar.state) for bar in bars.lines] == [
        ("Today's servers", "short"),
        ("Eight more cores for the web servers", "enough"),
        ("A third web server", "unsure"),
        ("Web servers of the newest generation", "enough"),
        ("Double the database server", "useless"),
    ]
    assert [(line.words, line.turned) for line in bars.phases] == [
        ("everybody: 220", True),
        ("pilot: 60", False),
        ("sales: 160", False),
    ]


def test_the_page_needs_nothing_else_and_is_the_same_every_time(tmp_path: Path) -> None:
    simulated = replace(refused(), simulated=True)
    html = write_page(tmp_path, simulated).read_text(encoding="utf-8")
    assert "Simulated CRM: no statement about your servers." in html
    assert html == advice_html(simulated)
    for one in (html, page("buy")):
        assert not re.search(r'(?:src|href)="(?!#|data:)', one), "an external resource: everything must be inline"
        assert "<script" not in one and "@import" not in one
