"""What a foreign file holds, before anybody knows whose servers these are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from loadtests.counters.track import Track


@dataclass(frozen=True, slots=True)
class Reading:
    """The tracks of one file. Times are seconds since 1970, by the clock that wrote the file."""

    path: Path
    kind: str
    """What it is, in words: `performance log of Windows`."""
    tracks: tuple[Track, ...]
    clock: str
    """How its times were understood, in words: `Romance Standard Time, UTC+1`."""
    notes: tuple[str, ...] = ()
    """What was read with a doubt, or not at all."""
    columns: tuple[str, ...] = ()
    """All that it has, as it calls them: shown to whoever must say what they mean."""
    cores: dict[str, int] = field(default_factory=dict)
    """Machine -> processors that it shows, where it shows each."""

    @property
    def machines(self) -> Sequence[str]:
        """The machines in it, in the order in which they come."""
        return list(dict.fromkeys(track.machine for track in self.tracks))

    @property
    def span(self) -> tuple[float, float]:
        """Where the first track begins and the last ends (there is at least one)."""
        return min(track.span[0] for track in self.tracks), max(track.span[1] for track in self.tracks)
