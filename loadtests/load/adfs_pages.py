"""The walk through the pages of AD FS in front of a page of the CRM (passive WS-Federation), without the sending.

Whoever walks sends each request and gives the answer back: a person of the load on their own connections, the check on
its own. Six requests on a first visit, fewer with cookies of an earlier one.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

from loadtests.load.refusals import adfs, crm
from loadtests.load.refusals.refusal import Refused, Who, unknown

MOST_HOPS = 12
"""Six requests on a first visit, seven or eight with home-realm discovery; more is a loop."""
REDIRECTS = (301, 302, 303, 307)


@dataclass(frozen=True, slots=True)
class Ask:
    """The next request of the walk. A body is that of a form."""

    method: str
    url: str
    body: bytes | None = None
    prompted: bool = False
    """The person was asked for the password."""


@dataclass(frozen=True, slots=True)
class Got:
    """What the walk reads of an answer."""

    status: int
    location: str
    text: str


Walk = Generator[Ask, Got, None]
_Answer = TypeVar("_Answer")


def walk(page_url: str, who: Who, password: str) -> Walk:
    """From `page_url` over the pages to the page itself; the walk ends with its answer, or with one of 500 and above.

    The password is sent once. `Refused` when AD FS or the CRM does not let the person in.
    """
    ask, sent = Ask("GET", page_url), False
    for _ in range(MOST_HOPS):
        got = yield ask
        if got.status in REDIRECTS:
            ask = Ask("GET", urljoin(ask.url, got.location))
            continue
        at_adfs = _same_place(ask.url, who.authority)
        if got.status >= 500 or (got.status >= 400 and not at_adfs):
            refusal = crm.fresh_proof_refused(got.text, who) or crm.not_let_in(got.text, who) if sent else None
            if refusal:
                raise Refused(refusal)
            return
        form = _Form.of(got.text)
        if not at_adfs and "wresult" not in form.fields:
            return
        ask = _filled(ask.url, form, got, who, "" if sent else password)
        sent = sent or ask.prompted
    raise Refused(unknown(f"signing in went in circles: {MOST_HOPS} requests and no page", adfs.CIRCLES))


def walk_along(way: Walk, send: Callable[[Ask], _Answer], read: Callable[[_Answer], Got]) -> _Answer:
    """Send what the walk asks for until it has ended; the last answer."""
    ask = next(way)
    while True:
        answer = send(ask)
        try:
            ask = way.send(read(answer))
        except StopIteration:
            return answer


def _filled(url: str, form: "_Form", got: Got, who: Who, password: str) -> Ask:
    """The form with what it asks for; without a password it was sent before."""
    fields = dict(form.fields)
    asked = "Password" in fields
    if asked:
        if not password:
            raise Refused(adfs.shown_again(" ".join(form.error.split()), who))
        fields |= {"UserName": who.username, "Password": password}
        fields["AuthMethod"] = fields.get("AuthMethod") or "FormsAuthentication"
        fields.pop("Kmsi", None)
    elif "wresult" not in fields:
        method = fields.get("AuthMethod", "")
        if method and method != "FormsAuthentication":
            raise Refused(adfs.second_factor(method, who))
        raise Refused(adfs.strange_page(got.text, f"HTTP {got.status}, a page without the sign-in form of AD FS", who))
    return Ask("POST", urljoin(url, form.action), urlencode(fields).encode(), prompted=asked)


def _same_place(url: str, authority: str) -> bool:
    return urlsplit(url).netloc == urlsplit(authority).netloc and urlsplit(url).path.startswith("/adfs")


class _Form(HTMLParser):
    """The first form of a page: where it posts to, its fields, and the error that AD FS writes above them."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.error = ""
        self._seen = False
        self._in_error = False

    @classmethod
    def of(cls, page: str) -> "_Form":
        parser = cls()
        parser.feed(page)
        return parser

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the form and its inputs."""
        values = dict(attrs)
        self._in_error = self._in_error or values.get("id") in ("errorText", "errorMessage")
        if tag == "form" and not self._seen:
            self._seen, self.action = True, values.get("action") or ""
        elif tag == "input" and values.get("name"):
            self.fields[str(values["name"])] = values.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        """The error ends with its element."""
        self._in_error = self._in_error and tag not in ("span", "label", "p", "div")

    def handle_data(self, data: str) -> None:
        """Collect the error."""
        if self._in_error:
            self.error += data
