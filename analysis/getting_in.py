"""Steps to get in: what stands between a person and the first useful screen on the first morning, by channel."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from analysis.evidence import Evidence
from analysis.network import way_in_seconds
from loadtests.results.rows import SessionRow

FAR_RTT_S = 0.150
"""Microsoft's recommended limit for the web client's latency (verify-network-capacity-throughput-clients)."""
MOST_PROMPTS = 1
"""Who is asked twice on the first morning believes that something is wrong."""
MOST_REDIRECTS = 4
"""AD FS pages take three; a home realm or a hop over the authentication host one more (wire facts 3.5)."""


@dataclass(frozen=True, slots=True)
class WayIn:
    """A channel's way from nothing to the first useful screen: medians over the first sessions that reached it."""

    channel: str
    people: int
    requests: int
    redirects: int
    round_trips: int
    prompts: int
    kilobytes: float
    seconds: float
    """Waited; think time is not in it."""
    far_seconds: float | None
    """The same for somebody `FAR_RTT_S` away; None when the run has no examples to tell it from."""
    fail_seconds: float | None
    """The lines of signing in and of the first screen together, on the wire; None without them."""

    @property
    def hard(self) -> list[str]:
        """What makes it hard to get in, in words; empty when nothing does."""
        return [*self.hard_for_all, *self.hard_from_afar]

    @property
    def hard_for_all(self) -> list[str]:
        """What everybody meets, wherever they sit."""
        found = []
        if self.prompts > MOST_PROMPTS:
            found.append(f"people are asked {self.prompts} times who they are")
        if self.redirects > MOST_REDIRECTS:
            found.append(f"they are sent on {self.redirects} times")
        return found

    @property
    def hard_from_afar(self) -> list[str]:
        """What only people far away meet."""
        far = self.far_seconds
        if far is None or self.fail_seconds is None or not self.seconds <= self.fail_seconds < far:
            return []
        return [f"somebody {FAR_RTT_S * 1000:.0f} ms away waits {far:.1f} s for {self.round_trips} round trips"]


def ways_in(evidence: Evidence) -> list[WayIn]:
    """Every channel on which somebody reached the first screen in a first session."""
    found = []
    for channel in evidence.channels:
        sessions = [
            one
            for one in evidence.sessions
            # Runs older than the columns know the requests alone.
            if one.channel == channel and one.first and one.steps_to_first_screen and one.round_trips
        ]
        if sessions:
            found.append(_way_in(evidence, channel, sessions))
    return found


def _way_in(evidence: Evidence, channel: str, sessions: list[SessionRow]) -> WayIn:
    seconds = median(one.first_screen_ms for one in sessions) / 1000
    added = way_in_seconds(evidence, channel, FAR_RTT_S)
    lines = [evidence.thresholds.lines(channel, name, "first") for name in ("sign_in", "open_home")]
    return WayIn(
        channel=channel,
        people=len(sessions),
        requests=_middle(one.steps_to_first_screen for one in sessions),
        redirects=_middle(one.redirects for one in sessions),
        round_trips=_middle(one.round_trips for one in sessions),
        prompts=_middle(one.prompts for one in sessions),
        kilobytes=median(one.kilobytes for one in sessions),
        seconds=seconds,
        far_seconds=None if added is None else seconds + added,
        fail_seconds=sum(line.protocol_fail_ms for line in lines if line) / 1000 if all(lines) else None,
    )


def _middle(values: Iterable[int]) -> int:
    return round(median(values))
