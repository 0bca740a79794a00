"""What one session of a person came to: how they got in, how long they waited, what broke it."""

from collections.abc import Collection
from typing import Any

from loadtests.load.lease import Lease
from loadtests.load.traffic import Traffic
from loadtests.results.rows import SessionRow


class SessionBook:
    """From the first act to the last."""

    def __init__(self, first: bool, traffic: Traffic, not_felt: Collection[str]) -> None:
        """`not_felt`: transactions that no person of the real world waits for."""
        self.first = first
        self._not_felt = not_felt
        self.acted = False
        self.redirects = 0
        self.prompts = 0
        self._traffic_before = traffic.copy()
        self._transactions = 0
        self._over_good = 0
        self._over_fail = 0
        self._failed = 0
        self._worst = ("", 0.0, -1.0)
        self._broke: tuple[str, str, float] | None = None
        self._waited_ms = 0.0
        self._way_in: dict[str, Any] = {}

    def note(
        self, name: str, outcome: str, elapsed_ms: float, lines: tuple[float, float] | None, traffic: Traffic
    ) -> None:
        """One transaction of the session. `traffic` is all that the person has ever sent and received."""
        if name in self._not_felt:
            return
        self._transactions += 1
        self._waited_ms += elapsed_ms
        broke = outcome != "ok"
        self._failed += broke
        if lines is not None:
            good, fail = lines
            self._over_good += elapsed_ms > good
            self._over_fail += elapsed_ms > fail
            broke = broke or elapsed_ms > fail
            if elapsed_ms / fail > self._worst[2]:
                self._worst = (name, elapsed_ms, elapsed_ms / fail)
        if broke and self._broke is None:
            self._broke = (name, outcome, round(elapsed_ms, 1))
        if name == "open_home" and outcome == "ok" and not self._way_in:
            cost = traffic - self._traffic_before
            self._way_in = {
                "steps_to_first_screen": cost.requests,
                "redirects": self.redirects,
                "prompts": self.prompts,
                "round_trips": cost.round_trips,
                "kilobytes": round((cost.bytes_sent + cost.bytes_received) / 1000, 1),
                "first_screen_ms": round(self._waited_ms, 1),
            }

    def row(self, lease: Lease, ended: bool) -> SessionRow:
        """The session as a row of sessions.csv."""
        broke_on, broke_outcome, broke_ms = self._broke or ("", "", 0.0)
        return SessionRow(
            person=lease.person,
            channel=lease.channel,
            role=lease.role.slug,
            first=self.first,
            ended=ended,
            transactions=self._transactions,
            over_good=self._over_good,
            over_fail=self._over_fail,
            failed=self._failed,
            worst_transaction=self._worst[0],
            worst_ms=round(self._worst[1], 1),
            broken=self._broke is not None,
            broke_on=broke_on,
            broke_outcome=broke_outcome,
            broke_ms=broke_ms,
            **{"steps_to_first_screen": 0, **self._way_in},
        )
