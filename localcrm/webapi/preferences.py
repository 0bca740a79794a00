"""The ``Prefer`` header."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from localcrm.webapi.rendering import ATTRIBUTE, FORMATTED, LOGICAL_NAME, NAVIGATION, Style

_PART = re.compile(r'([a-zA-Z0-9.\-_]+)\s*(?:=\s*(?:"([^"]*)"|([^,;\s]+)))?')
_NO_PAGE = 0


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a client prefers: annotations (by pattern), page size (0: none), the record back after a write."""

    annotations: tuple[str, ...] = ()
    page_size: int = _NO_PAGE
    representation: bool = False
    continue_on_error: bool = False
    track_changes: bool = False

    def wants(self, annotation: str) -> bool:
        """Whether an annotation was asked for: by name, by a namespace with ``*``, and not excluded with ``-``."""
        wanted = False
        for pattern in self.annotations:
            name = pattern.removeprefix("-")
            if name in ("*", annotation) or (name.endswith(".*") and annotation.startswith(name[:-1])):
                wanted = not pattern.startswith("-")
        return wanted

    def style(self, *, omit_nulls: bool) -> Style:
        """How rows are written for this client."""
        return Style(
            formatted=self.wants(FORMATTED),
            navigation=self.wants(NAVIGATION),
            logical_name=self.wants(LOGICAL_NAME),
            omit_nulls=omit_nulls,
            attribute=self.wants(ATTRIBUTE),
        )

    def applied(self, *names: str) -> str:
        """The value of ``Preference-Applied`` for those of ``names`` that were asked for; empty if none."""
        found = []
        if "annotations" in names and self.annotations:
            found.append(f'odata.include-annotations="{",".join(self.annotations)}"')
        if "page_size" in names and self.page_size:
            found.append(f"odata.maxpagesize={self.page_size}")
        if "representation" in names and self.representation:
            found.append("return=representation")
        if "track_changes" in names and self.track_changes:
            found.append("odata.track-changes")
        return ", ".join(found)


@lru_cache(maxsize=256)
def parse_prefer(header: str) -> Preferences:
    """Read the header; what is unknown or malformed is ignored, as RFC 7240 has it."""
    found = {match[1].lower(): match[2] if match[2] is not None else match[3] for match in _PART.finditer(header)}
    annotations = found.get("odata.include-annotations") or found.get("include-annotations") or ""
    size = found.get("odata.maxpagesize") or found.get("maxpagesize") or ""
    return Preferences(
        annotations=tuple(part.strip() for part in annotations.split(",") if part.strip()),
        page_size=min(int(size), 5000) if size.isdigit() else _NO_PAGE,
        representation=found.get("return") == "representation",
        continue_on_error="odata.continue-on-error" in found,
        track_changes="odata.track-changes" in found,
    )
