"""The recorder counts an event into the interval in which it ended and reports each interval exactly once."""

import time
from collections import Counter

import pytest

from loadtests.load.clock import RunClock
from loadtests.load.http import Headers, Request, Response, TransportFailure
from loadtests.load.outcomes import Denied, Failed, masked
from loadtests.load.recorder import DISTINCT_ERRORS, Recorder
from loadtests.results.histogram import Histogram
from tests.load.set_clock import Clock

SERIES = "web/salesperson/open_view/first"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def recorder(clock: Clock) -> Recorder:
    return Recorder("local", clock, lambda: Counter({"web/salesperson": 3}))


def answer(status: int, body: bytes = b"", failure: TransportFailure | None = None) -> Response:
    response = Response(Request("GET", "https://crm.test/", "GET contacts (view)"), status, Headers(b""), body)
    response.failure = failure
    response.elapsed_us = 12_345
    return response


def test_an_event_belongs_to_the_interval_in_which_it_ended(clock: Clock, recorder: Recorder) -> None:
    for moment, us in ((0.0, 1000), (4.999, 1000), (5.0, 2000), (14.9, 3000)):
        clock.now = moment
        recorder.transaction(SERIES, "ok", us, timed=True)
    times = {d.interval: Histogram(d.histograms.get(SERIES, {})).total for d in recorder.take(final=True)}
    assert times == {0: 2, 1: 1, 2: 1}


def test_the_present_interval_stays_until_it_is_over(clock: Clock, recorder: Recorder) -> None:
    recorder.transaction(SERIES, "ok", 1000, timed=True)
    assert recorder.take() == []
    clock.now = 5.1
    assert [(d.sequence, d.interval) for d in recorder.take()] == [(1, 0)]
    assert [(d.sequence, d.interval) for d in recorder.take(final=True)] == [(2, 1)]


def test_nothing_is_reported_twice_and_nothing_is_left_out(clock: Clock, recorder: Recorder) -> None:
    reported = 0
    for step in range(200):
        clock.now = step * 0.31
        recorder.transaction(SERIES, "ok", 1000, timed=True)
        if step % 7 == 0:
            reported += sum(d.outcomes.get(SERIES, {}).get("ok", 0) for d in recorder.take())
    reported += sum(d.outcomes.get(SERIES, {}).get("ok", 0) for d in recorder.take(final=True))
    assert reported == 200


def test_every_exchange_has_a_time_and_an_outcome(recorder: Recorder) -> None:
    for response in (
        answer(200),
        answer(404),
        answer(429),
        answer(0, failure=TransportFailure("timeout", "60 s")),
        answer(0, failure=TransportFailure("cancelled", "the run ended")),
    ):
        recorder.exchange("web", response)
    (delta,) = recorder.take(final=True)
    series = "request/web/GET contacts (view)"
    assert sum(delta.outcomes[series].values()) == Histogram(delta.histograms[series]).total == 5
    assert delta.outcomes[series]["ok"] == 1
    assert delta.outcomes[series]["throttled"] == 1


def test_times_of_what_went_wrong_stay_out_of_the_percentiles(recorder: Recorder) -> None:
    recorder.transaction(SERIES, "failed", 500, timed=False)
    (delta,) = recorder.take(final=True)
    assert delta.outcomes[SERIES] == {"failed": 1}
    assert SERIES not in delta.histograms


def test_equal_errors_are_one_with_a_count_and_nothing_personal(recorder: Recorder) -> None:
    def denied(record: str, who: str) -> Denied:
        text = f"Principal {who} is missing prvReadContact on {record}"
        body = f'{{"error": {{"code": "0x80040220", "message": "{text}"}}}}'
        return Denied(f"GET contacts(id): HTTP 403 0x80040220 {text}", answer(403, body.encode()))

    recorder.error(SERIES, denied("11111111-2222-3333-4444-555555555555", "anna@contoso.test"))
    recorder.error(SERIES, denied("66666666-7777-8888-9999-000000000000", "bert@contoso.test"))
    recorder.error(SERIES, Failed("no rows"))
    (delta,) = recorder.take(final=True)
    assert [(e["outcome"], e["status"], e["code"], e["count"]) for e in delta.errors] == [
        ("denied", 403, "0x80040220", 2),
        ("failed", 0, "", 1),
    ]
    for secret in ("anna", "bert", "11111111", "66666666"):
        assert secret not in str(delta.errors)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("contacts(0a0b0c0d-1111-2222-3333-444455556666) gone", "contacts(<id>) gone"),
        ("The user anna.berg@contoso.test is locked", "The user <user> is locked"),
        ("CONTOSO\\anna.berg may not sign in", "<user> may not sign in"),
        ("HTTP 503 try again", "HTTP 503 try again"),
    ],
)
def test_messages_are_stored_without_ids_and_user_names(text: str, kept: str) -> None:
    assert masked(text) == kept


def test_more_kinds_of_errors_than_are_kept_apart_are_counted_together(recorder: Recorder) -> None:
    for _ in range(2):
        for number in range(DISTINCT_ERRORS + 30):
            recorder.error(SERIES, Failed(f"kind {number}"))
    (delta,) = recorder.take(final=True)
    assert len(delta.errors) == DISTINCT_ERRORS + 1
    assert [e["count"] for e in delta.errors if e["message"].startswith("(more")] == [60]


def test_people_present_are_noted_in_every_interval(clock: Clock, recorder: Recorder) -> None:
    recorder.take()
    clock.now = 5.0
    recorder.take()
    deltas = recorder.take(final=True)
    assert all(d.outcomes["people/web/salesperson"] == {"present": 3} for d in deltas)


def test_pauses_add_up_in_the_interval_in_which_they_began(clock: Clock, recorder: Recorder) -> None:
    recorder.pause(3.5)
    recorder.pause(60)
    clock.now = 6.0
    recorder.pause(2)
    first, second = recorder.take(final=True)
    assert (first.counters, second.counters) == ({"generator/local|paused_s": 63.5}, {"generator/local|paused_s": 2.0})


def test_a_worker_counts_on_the_masters_clock() -> None:
    asked = time.monotonic()
    # The answer came 0.2 s later and said 61.0 s: the master stood at 61.0 half-way, so now at 61.1.
    clock = RunClock.following(asked - 0.2, 61.0, asked)
    assert 61.1 <= clock.elapsed < 61.6
    assert clock.interval == 12
