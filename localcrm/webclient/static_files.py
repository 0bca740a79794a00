"""The static files with honest cache headers, held in memory plain and compressed once somebody has asked."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from urllib.parse import unquote

from starlette.responses import Response

from localcrm.webclient.filler import content_of
from localcrm.webclient.version import CLIENT_BUILD
from localcrm.webclient.weights import Caching, StaticSpec, static_specs

_HERE = Path(__file__).parent
_TYPES = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "json": "application/json; charset=utf-8",
    "ico": "image/x-icon",
}
_CACHE_CONTROL: dict[Caching, str] = {
    "immutable": "public, max-age=31536000, immutable",
    "hour": "public, max-age=3600",
    "revalidate": "no-cache",
}
#: The script that fills the page; the others only have weight.
START_SCRIPT = StaticSpec("uclient/scripts/start.js", CLIENT_BUILD, 0, "immutable")


class StaticFile:
    """One file, made and compressed when it is first asked for, as a web server does, and kept."""

    def __init__(self, path: str, caching: Caching, make: Callable[[], bytes]) -> None:
        """``make`` gives the content, the same every time."""
        self._kind, self._caching, self._make = _TYPES[path.rpartition(".")[2]], caching, make

    @cached_property
    def plain(self) -> bytes:
        """The content."""
        return self._make()

    @cached_property
    def compressed(self) -> bytes:
        """The content as gzip. The time stamp is fixed, so that the bytes are the same at every start."""
        return gzip.compress(self.plain, compresslevel=6, mtime=0)

    @cached_property
    def etag(self) -> str:
        """What to ask again with; empty for what may not go stale."""
        return "" if self._caching == "immutable" else f'"{hashlib.sha256(self.plain).hexdigest()[:16]}"'

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """What every answer carries."""
        headers = {"Content-Type": self._kind, "Cache-Control": _CACHE_CONTROL[self._caching]}
        return headers | {"Vary": "Accept-Encoding"} | ({"ETag": self.etag} if self.etag else {})

    def answer(self, headers: Mapping[str, str]) -> Response:
        """200 with the file, compressed if the client takes gzip; 304 if it holds this very version."""
        if self.etag and headers.get("if-none-match") == self.etag:
            kept = {name: value for name, value in self.headers.items() if name != "Content-Type"}
            return Response(status_code=304, headers=kept)
        if "gzip" in headers.get("accept-encoding", ""):
            return Response(self.compressed, headers={**self.headers, "Content-Encoding": "gzip"})
        return Response(self.plain, headers=dict(self.headers))


class StaticFiles:
    """All static files by their path below the organisation."""

    def __init__(self) -> None:
        self.specs = static_specs()
        self._files = {
            spec.path: StaticFile(spec.path, spec.caching, partial(content_of, spec.path, spec.size))
            for spec in self.specs
        }
        own: tuple[tuple[str, Caching, Callable[[], bytes]], ...] = (
            (START_SCRIPT.path, START_SCRIPT.caching, (_HERE / "start.js").read_bytes),
            ("favicon.ico", "hour", _favicon),
            ("uclient/manifest.json", "revalidate", self._manifest),
        )
        self._files |= {path: StaticFile(path, caching, make) for path, caching, make in own}

    def find(self, path: str) -> StaticFile | None:
        """The file at ``path`` (leading slash, percent-encoded as it came), None if there is none."""
        return self._files.get(unquote(path).removeprefix("/"))

    def _manifest(self) -> bytes:
        files = [{"url": spec.url, "bytes": spec.size, "caching": spec.caching} for spec in self.specs]
        return json.dumps({"version": CLIENT_BUILD, "files": files}).encode()


def _favicon() -> bytes:
    """A 16x16 icon of one colour, 32 bits a pixel."""
    header = b"\0\0\1\0\1\0" + bytes((16, 16, 0, 0, 1, 0, 32, 0)) + (40 + 1024 + 64).to_bytes(4, "little")
    bitmap = (40).to_bytes(4, "little") + (16).to_bytes(4, "little") + (32).to_bytes(4, "little") + b"\1\0\x20\0"
    return header + (22).to_bytes(4, "little") + bitmap + bytes(24) + bytes((0xB8, 0x5B, 0x0B, 0xFF)) * 256 + bytes(64)
