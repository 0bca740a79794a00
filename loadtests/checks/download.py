"""What one person's connection carries: a few files that the client really fetches, a few megabytes at most."""

import re
import time
from dataclasses import dataclass
from urllib.parse import urljoin

from loadtests.config.environment import origin_of
from loadtests.errors import CrmloadError
from loadtests.load.plain_session import PlainSession

MOST_BYTES = 3_000_000
LEAST_BYTES = 50_000
"""Less says nothing about a line."""
_MOST_FILES = 12
_PAGE = "main.aspx"
_FILES = re.compile(r"""(?:src|href)\s*=\s*["']([^"']+\.(?:js|css)[^"']*)["']""", re.IGNORECASE)
_TEXT = ("text/", "javascript", "json", "xml")
_WORTH_COMPRESSING = 10_000


@dataclass(frozen=True, slots=True)
class Download:
    """What was fetched, one file after another on one connection."""

    what: str
    bytes: int
    """On the wire."""
    seconds: float
    uncompressed: tuple[str, ...]
    """Texts of some size that came without compression."""

    @property
    def bytes_per_s(self) -> float:
        """What the line carried, the waits for each file included."""
        return self.bytes / self.seconds if self.seconds > 0 else 0.0


def download(session: PlainSession) -> Download | None:
    """The page's scripts and style sheets; where no page is shown to a token, the Web API's own description.

    None when there was too little to tell.
    """
    entrance = session.entrance
    try:
        page = session.send("GET", entrance.url + _PAGE)
        names = dict.fromkeys(_FILES.findall(page.text)) if page.status_code == 200 else {}
        urls = [url for name in names if origin_of(url := urljoin(entrance.url + _PAGE, name)) == entrance.origin]
        fetched = _fetch(session, urls[:_MOST_FILES], "files of the web client")
        if fetched is None:
            fetched = _fetch(session, [f"{entrance.web_api}$metadata"], "the Web API's description")
    except CrmloadError:
        return None
    return fetched


def _fetch(session: PlainSession, urls: list[str], what: str) -> Download | None:
    carried, seconds = 0, 0.0
    plain: list[str] = []
    for url in urls:
        begin = time.perf_counter()
        answer = session.send("GET", url, headers={"Accept-Encoding": "gzip, deflate"})
        seconds += time.perf_counter() - begin
        if answer.status_code != 200:
            continue
        carried += answer.raw.tell() or len(answer.content)
        kind = answer.headers.get("Content-Type", "")
        if (
            len(answer.content) > _WORTH_COMPRESSING
            and "Content-Encoding" not in answer.headers
            and any(word in kind for word in _TEXT)
        ):
            plain.append(url.partition("?")[0].rpartition("/")[2])
        if carried >= MOST_BYTES:
            break
    return Download(what, carried, seconds, tuple(plain)) if carried >= LEAST_BYTES else None
