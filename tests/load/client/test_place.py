"""URLs are taken apart quickly, and as the standard library takes them apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.config.environment import origin_of
from loadtests.load.client.place import split
from loadtests.load.client.request_bytes import request_bytes
from loadtests.load.exchange import Request


@pytest.mark.parametrize(
    ("url", "authority", "target"),
    [
        ("https://crm.test", "crm.test", "/"),
        ("https://crm.test/a?b=c#d", "crm.test", "/a?b=c"),
        ("https://crm.test:443/a", "crm.test", "/a"),
        ("https://CRM.test:8443/a", "crm.test:8443", "/a"),
        ("https://[::1]:8443/a", "[::1]:8443", "/a"),
        ("https://crm.test?q=/x", "crm.test", "/?q=/x"),
        ("https://crm.test/a b/ü", "crm.test", "/a%20b/%C3%BC"),
        ("https://crm.test/$filter=name eq 'x'", "crm.test", "/$filter=name%20eq%20'x'"),
        ("https://crm.test/a%20b", "crm.test", "/a%20b"),
    ],
)
def test_what_goes_over_the_wire(url: str, authority: str, target: str) -> None:
    place, asked = split(url)
    assert (place.origin, place.authority, asked) == (origin_of(url), authority, target)


@given(st.from_regex(r"https://[a-z@:.?#/\\%1-9\[\]]{1,20}/[a-z@:?#]{0,9}", fullmatch=True))
def test_no_spelling_leads_to_another_origin_than_the_one_that_is_checked(url: str) -> None:
    try:
        expected = origin_of(url)
    except ValueError:
        with pytest.raises(ValueError, match=r"\S"):
            split(url)
        return
    assert split(url)[0].origin == expected


@pytest.mark.parametrize("value", ["a\r\nX: 1", "a\nX: 1", "a\rX", "a\0"])
def test_an_answer_cannot_put_lines_into_the_next_request(value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        request_bytes(Request("GET", "https://crm.test/", "GET it", {"If-Match": value}), "crm.test", "/", "")


def test_what_a_browser_adds_by_itself_and_what_the_caller_says_instead() -> None:
    request = Request("PATCH", "https://crm.test/x", "PATCH it", {"accept": "text/html", "User-Agent": ""}, b"{}")
    assert request_bytes(request, "crm.test", "/x", "a=1") == (
        b"PATCH /x HTTP/1.1\r\nHost: crm.test\r\nAccept-Encoding: gzip, deflate, br\r\naccept: text/html\r\n"
        b"Cookie: a=1\r\nContent-Length: 2\r\n\r\n{}"
    )
