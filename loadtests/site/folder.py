"""Writes drafts into a site's folder. What stands there already is somebody's work: it is kept, whatever it says."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loadtests.site.draft import Draft

Fate = Literal["written", "as it was", "kept", "written beside"]


@dataclass(frozen=True, slots=True)
class Written:
    """One draft and what became of it."""

    draft: Draft
    fate: Fate
    """`as it was`: the same stands there. `kept`: another text stands there. `written beside`: as `.new`."""


def write(folder: Path, drafts: Iterable[Draft], *, update: bool) -> list[Written]:
    """Write what is not there yet; with `update`, what differs goes beside the file that is there, as `NAME.new`."""
    return [_write(folder, draft, update=update) for draft in drafts]


def _write(folder: Path, draft: Draft, *, update: bool) -> Written:
    path = folder.joinpath(*draft.path.split("/"))
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Made only where there is nothing, even if somebody writes at the same moment.
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(draft.text)
        return Written(draft, "written")
    except FileExistsError:
        pass
    if path.is_file() and path.read_text(encoding="utf-8-sig", errors="replace") == draft.text:
        return Written(draft, "as it was")
    if not update:
        return Written(draft, "kept")
    path.with_name(f"{path.name}.new").write_text(draft.text, encoding="utf-8", newline="\n")
    return Written(draft, "written beside")
