"""What kind of work a request is, and how much of it: the grain of the service times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WorkKind = Literal["page", "static", "token", "read", "query", "batch_part", "write"]


@dataclass(frozen=True, slots=True)
class PluginTime:
    """Pretended seconds that the synchronous plug-ins of a request took at speed 1.0, by what they hold meanwhile."""

    waited: float = 0.0
    app_seconds: float = 0.0
    db_seconds: float = 0.0

    def __add__(self, other: PluginTime) -> PluginTime:
        return PluginTime(
            self.waited + other.waited, self.app_seconds + other.app_seconds, self.db_seconds + other.db_seconds
        )


NO_PLUGINS = PluginTime()


def api_work(method: str, path: str, body: bytes) -> tuple[WorkKind, int]:
    """The kind and the amount of work of a Web API request; ``path`` is what follows the API's root.

    Amounts other than 1 belong to ``$batch``: one for each operation inside.
    """
    if path.startswith("$batch"):
        # Every operation of a batch opens with "<METHOD> <url> HTTP/1.1".
        return "batch_part", max(1, body.count(b" HTTP/1.1"))
    if method not in ("GET", "HEAD", "OPTIONS"):
        return "write", 1
    # accounts(guid) and WhoAmI() are one thing; accounts, accounts(guid)/contacts and ?fetchXml= are many.
    last_segment = path.rstrip("/").rpartition("/")[2]
    is_one = last_segment.endswith(")") or last_segment[:1].isupper()
    return ("read", 1) if is_one else ("query", 1)
