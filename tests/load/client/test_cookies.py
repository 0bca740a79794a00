"""Cookies go back where RFC 6265 says, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.load.client.cookies import MOST_COOKIES, Cookies


def kept(*lines: str, host: str = "crm.contoso.com", target: str = "/main.aspx") -> Cookies:
    cookies = Cookies()
    cookies.take(host, target, lines)
    return cookies


@pytest.mark.parametrize(
    ("line", "host", "target", "expected", "why"),
    [
        ("a=1", "crm.contoso.com", "/", "a=1", "the host itself"),
        ("a=1", "sub.crm.contoso.com", "/", "", "without Domain only the host itself"),
        ("a=1; domain=contoso.com", "adfs.contoso.com", "/", "a=1", "all below the domain"),
        ("a=1; domain=.Contoso.com", "contoso.com", "/", "a=1", "a leading dot and capitals mean nothing"),
        ("a=1; domain=contoso.com", "evilcontoso.com", "/", "", "no mere ending of a name"),
        ("a=1; domain=other.com", "other.com", "/", "", "a foreign domain is refused"),
        ("a=1; domain=adfs.contoso.com", "adfs.contoso.com", "/", "", "and a sister"),
        ("a=1; domain=com", "contoso.com", "/", "", "nobody owns a top domain"),
        ("a=1; path=/adfs", "crm.contoso.com", "/adfs/ls?x=1", "a=1", "below the path"),
        ("a=1; path=/adfs", "crm.contoso.com", "/adfs", "a=1", "the path itself"),
        ("a=1; path=/adfs", "crm.contoso.com", "/adfsother", "", "no mere beginning of a path"),
        ("a=1; path=/adfs/", "crm.contoso.com", "/adfs", "", "the slash belongs to it"),
        ("a=1; path=nonsense", "crm.contoso.com", "/x", "a=1", "a path without slash is the default path"),
        ("a=b=c", "crm.contoso.com", "/", "a=b=c", "everything after the first equals sign"),
        ('a="q"', "crm.contoso.com", "/", 'a="q"', "quotes belong to the value"),
        ("a=", "crm.contoso.com", "/", "a=", "an empty value"),
        ("nonsense", "crm.contoso.com", "/", "", "no pair"),
        ("=1", "crm.contoso.com", "/", "", "no name"),
        ("a=1; max-age=0", "crm.contoso.com", "/", "", "over at once"),
        ("a=1; max-age=-5", "crm.contoso.com", "/", "", "over before"),
        ("a=1; max-age=99", "crm.contoso.com", "/", "a=1", "good for a while"),
        ("a=1; max-age=99; expires=Thu, 01 Jan 1970 00:00:00 GMT", "crm.contoso.com", "/", "a=1", "Max-Age counts"),
        ("a=1; expires=Thu, 01 Jan 1970 00:00:00 GMT", "crm.contoso.com", "/", "", "long over"),
        ("a=1; expires=Thu, 01-Jan-1970 00:00:01 GMT", "crm.contoso.com", "/", "", "as Netscape wrote dates"),
        ("a=1; expires=Fri, 31 Dec 2100 23:59:59 GMT", "crm.contoso.com", "/", "a=1", "a date to come"),
        ("a=1; expires=tomorrow", "crm.contoso.com", "/", "a=1", "no date: as long as the browser is open"),
        ("a=1\x00; path=/", "crm.contoso.com", "/", "", "a control character"),
        ("a=" + "x" * 5000, "crm.contoso.com", "/", "", "longer than browsers take"),
    ],
)
def test_where_a_cookie_goes_back(line: str, host: str, target: str, expected: str, why: str) -> None:
    assert kept(line).header(host, target) == expected, why


def test_a_cookie_of_an_address_is_of_no_other() -> None:
    assert kept("a=1; domain=0.0.1", host="127.0.0.1").header("127.0.0.1", "/") == ""
    assert kept("a=1; domain=127.0.0.1", host="127.0.0.1").header("127.0.0.1", "/") == "a=1"


def test_longer_paths_come_first_and_a_new_value_takes_the_place_of_the_old() -> None:
    cookies = kept("a=1; path=/", "b=2; path=/adfs", "a=3; path=/", target="/adfs/ls")
    assert cookies.header("crm.contoso.com", "/adfs/ls") == "b=2; a=3"


def test_a_cookie_is_taken_back_and_all_are_forgotten() -> None:
    cookies = kept("a=1", "b=2")
    cookies.take("crm.contoso.com", "/main.aspx", ["a=; max-age=0"])
    assert cookies.header("crm.contoso.com", "/") == "b=2"
    cookies.forget()
    assert cookies.header("crm.contoso.com", "/") == ""


def test_a_server_cannot_fill_the_memory_with_cookies() -> None:
    cookies = kept(*(f"n{number}=1" for number in range(MOST_COOKIES + 10)))
    names = cookies.header("crm.contoso.com", "/").split("; ")
    assert (len(names), names[0]) == (MOST_COOKIES, "n10=1")


@given(st.text(max_size=80), st.text(max_size=20))
def test_no_line_is_too_strange(line: str, path: str) -> None:
    header = kept(line, target="/" + path).header("crm.contoso.com", "/" + path)
    assert "\r" not in header
    assert "\n" not in header
