"""The browser's cache: when a request goes out, and with which validators."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from loadtests.load.http import Headers, Request, Response
from scenarios.channels.browser_cache import BrowserCache

URL = "https://crm.test/file.js"
BEGIN = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> float:
        return self.now


class Browser:
    """A cache and its clock, asked for the file once; `get` says what would be sent: None, or the validators."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.cache = BrowserCache(self.clock)
        self.get()

    def get(self) -> Mapping[str, str] | None:
        needed = self.cache.needed([Request("GET", URL, "GET static file")])
        return needed[0].headers if needed else None

    def receive(self, status: int = 200, method: str = "GET", **headers: str) -> None:
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        raw = "\r\n".join([f"HTTP/1.1 {status} x", *lines, "", ""]).encode()
        self.cache.keep(Response(Request(method, URL, "x"), status, Headers(raw), b""))

    def later(self, seconds: float) -> "Browser":
        self.clock.now += seconds
        return self


def test_an_immutable_file_is_asked_for_once_a_year() -> None:
    browser = Browser()
    browser.receive(Cache_Control="public, max-age=31536000, immutable")
    assert browser.later(364 * 86400).get() is None
    assert browser.later(2 * 86400).get() == {}


def test_a_stale_file_is_asked_for_with_its_etag_and_fresh_again_after_304() -> None:
    browser = Browser()
    browser.receive(Cache_Control="public, max-age=3600", ETag='"a"')
    assert browser.later(3599).get() is None
    assert browser.later(2).get() == {"If-None-Match": '"a"'}
    browser.receive(304, Cache_Control="public, max-age=3600")
    assert browser.later(3599).get() is None
    assert browser.later(2).get() == {"If-None-Match": '"a"'}


def test_no_cache_means_ask_every_time_with_what_is_known() -> None:
    browser = Browser()
    known = {"If-None-Match": 'W/"17"', "If-Modified-Since": "Mon, 23 Nov 2026 10:00:00 GMT"}
    browser.receive(Cache_Control="no-cache", ETag='W/"17"', Last_Modified="Mon, 23 Nov 2026 10:00:00 GMT")
    assert browser.get() == known
    browser.receive(304, Cache_Control="no-cache", ETag='W/"17"')
    assert browser.get() == known


def test_no_store_is_forgotten() -> None:
    browser = Browser()
    browser.receive(Cache_Control="max-age=60", ETag='"a"')
    browser.receive(Cache_Control="no-cache, no-store")
    assert browser.get() == {}
    assert len(browser.cache) == 0


def test_age_spent_in_a_proxy_counts() -> None:
    browser = Browser()
    browser.receive(Cache_Control="max-age=60", Age="50", ETag='"a"')
    assert browser.later(9).get() is None
    assert browser.later(2).get() is not None


def test_expires_counts_where_max_age_is_missing() -> None:
    browser = Browser()
    browser.receive(Date="Mon, 23 Nov 2026 10:00:00 GMT", Expires="Mon, 23 Nov 2026 10:01:00 GMT")
    assert browser.later(59).get() is None
    assert browser.later(2).get() == {}


def test_expires_minus_one_as_the_crm_sends_it_means_stale() -> None:
    browser = Browser()
    browser.receive(Cache_Control="no-cache", Expires="-1")
    assert browser.get() == {}


def test_errors_and_posts_are_not_kept() -> None:
    browser = Browser()
    browser.receive(500, Cache_Control="max-age=60")
    browser.receive(200, "POST", Cache_Control="max-age=60")
    assert browser.get() == {}


def test_of_answers_that_nobody_asks_the_cache_for_nothing_is_kept() -> None:
    browser = Browser()
    browser.receive(Cache_Control="max-age=60")
    for number in range(1000):
        record = Request("GET", f"https://crm.test/accounts({number})", "GET accounts(id)")
        head = b'HTTP/1.1 200 OK\r\nCache-Control: no-cache\r\nETag: W/"17"\r\n\r\n'
        browser.cache.keep(Response(record, 200, Headers(head), b""))
    assert len(browser.cache) == 1
    assert browser.get() is None


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_file_is_asked_for_exactly_when_its_time_is_over(max_age: int, waited: int) -> None:
    browser = Browser()
    browser.receive(Cache_Control=f"max-age={max_age}", ETag='"a"')
    asked = browser.later(waited).get() is not None
    assert asked == (waited >= max_age)


@given(st.text(max_size=60), st.text(max_size=40), st.text(max_size=40))
def test_no_header_a_server_may_send_breaks_it(control: str, expires: str, age: str) -> None:
    browser = Browser()
    clean = [
        text.replace("\r", " ").replace("\n", " ").encode("latin-1", "replace") for text in (control, expires, age)
    ]
    raw = b"HTTP/1.1 200 OK\r\nCache-Control: %s\r\nExpires: %s\r\nAge: %s\r\n\r\n" % tuple(clean)
    browser.cache.keep(Response(Request("GET", URL, "x"), 200, Headers(raw), b""))
    browser.get()
