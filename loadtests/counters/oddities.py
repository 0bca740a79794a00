"""What is odd in a track: named, and left out where it cannot be true."""

from loadtests.counters.track import LONGEST_S, Period, Track
from loadtests.results.measures import BUSY, SHARES

OVER = 1.02
"""A share above this is no rounding."""
_FEW = 3


def without_oddities(track: Track, server: str) -> tuple[Track | None, list[str]]:
    """The track that may be taken (None: none of it) and what was odd about it, in whole sentences."""
    found: list[str] = []
    what = f"{server}: {track.measure.replace('_', ' ')}"
    periods = track.periods
    if not periods:
        return None, found
    if track.measure in SHARES:
        kept = tuple(period for period in periods if period.value <= OVER)
        if len(kept) < len(periods):
            highest = max(period.value for period in periods)
            found.append(
                f"{what}: {len(periods) - len(kept)} of {len(periods)} readings are over 100 % (up to "
                f"{highest * 100:.0f} %) and were left out: a machine cannot be busier than that"
            )
        periods = tuple(Period(begin, end, min(value, 1.0)) for begin, end, value in kept)
        if not periods:
            return None, found
    if track.measure == BUSY:
        if not any(period.value > 0 for period in periods):
            found.append(
                f"{what}: stays at zero the whole time, which no running machine does: left out. Rebuild its counters "
                "(`lodctr /R` as administrator) and record again"
            )
            return None, found
        if len(periods) > _FEW and len({period.value for period in periods}) == 1:
            found.append(f"{what}: never changes: look whether the collector really counted")
    track = Track(track.machine, track.measure, periods)
    if track.sample_s > LONGEST_S:
        found.append(
            f"{what}: was counted every {track.sample_s:.0f} s only; {LONGEST_S:.0f} s or less shows what a step did"
        )
    if gaps := track.gaps:
        longest = max(end - begin for begin, end in gaps)
        found.append(f"{what}: {len(gaps)} gaps of more than {LONGEST_S:.0f} s, the longest of {longest:.0f} s")
    return track, found
