"""What a browser fetches because a page names it."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

_FETCHED_LINKS = {"stylesheet", "icon", "shortcut", "manifest", "preload", "modulepreload", "apple-touch-icon"}


class _References(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = url
        self.urls: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "base" and values.get("href"):
            self.base = urljoin(self.base, values["href"])
        elif tag in ("script", "img"):
            self._add(values.get("src", ""))
        elif tag == "link" and _FETCHED_LINKS & set(values.get("rel", "").lower().split()):
            self._add(values.get("href", ""))

    def _add(self, reference: str) -> None:
        url = urljoin(self.base, reference.strip()) if reference.strip() else ""
        if urlsplit(url).scheme == "https":
            self.urls.setdefault(url.partition("#")[0])


def static_files(page: str, url: str) -> list[str]:
    """Absolute https URLs of the scripts, style sheets, icons and images of a page, in order, each once."""
    parser = _References(url)
    parser.feed(page)
    return list(parser.urls)
