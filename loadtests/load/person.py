"""A person: one account with one role on one channel, as Locust plays it; what they do is timed and recorded here."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from gevent.event import Event

from loadtests.config.day import WHOLE_PACE
from loadtests.config.environment import Entrance
from loadtests.config.resolved import ResolvedPlan
from loadtests.config.users import Account
from loadtests.load.background import Background
from loadtests.load.gateway import Gateway
from loadtests.load.handshake import WindowsAccount
from loadtests.load.health import HealthMonitor
from loadtests.load.http import HttpClient, Response
from loadtests.load.kept_sign_ins import KeptSignIn
from loadtests.load.lease import Lease
from loadtests.load.napping import nap
from loadtests.load.outcomes import NotOk, RunEnding
from loadtests.load.person_ledger import PersonLedger
from loadtests.load.recorder import Recorder
from loadtests.load.session_book import SessionBook
from loadtests.load.signed_in import SignedIn
from loadtests.load.stand_in import StandIn
from loadtests.load.transaction import FireRequest, Row, Rows, Transaction
from loadtests.results.interval_log import PROBE_PREFIX, SLIP_PREFIX
from loadtests.results.ledger import LedgerFile

REDIRECTS = frozenset({301, 302, 303, 307, 308})

PROBE = "must_not"
"""The transaction of must-not probes: they break nobody's first impression, a person does not do them."""

SIGN_IN = "sign_in"
"""Where somebody stands in for the people, they do not sign in: its wait is nobody's first impression."""


class Person:
    """What scenarios work with."""

    def __init__(
        self,
        lease: Lease,
        plan: ResolvedPlan,
        *,
        password: str,
        kept: KeptSignIn | None = None,
        stand_in: StandIn | None = None,
        recorder: Recorder,
        health: HealthMonitor,
        ledger_file: LedgerFile,
        fire: FireRequest,
        kept_out: dict[str, str] | None = None,
        rows: Rows | None = None,
        may_act: Callable[[], bool] = lambda: True,
    ) -> None:
        """Shared by everybody of a process: `kept_out`, user name -> why the sign-in refuses it, and `rows`. `may_act`:
        False once the account may be somebody else's; then nothing more is sent."""
        self.id = lease.person
        self.lease = lease
        self.plan = plan
        self.stand_in = stand_in
        """Who signs in for them, where the environment says so."""
        self.password = stand_in.secret if stand_in else password
        self.kept = kept
        """The way in without a password, where the environment says so."""
        self.entrance: Entrance = plan.environment.entrance_of(lease.channel)
        self.random = random.Random(f"{plan.seed}/{lease.person}")
        self.ledger = PersonLedger(lease.person, recorder, ledger_file)
        self.signed_in: SignedIn | None = None
        self._kept_out = kept_out if kept_out is not None else {}
        self._may_act = may_act
        self.http = self._client(self._exchanged)
        self._background: Background | None = None
        self._recorder = recorder
        self._health = health
        self._fire = fire
        self._leaving = Event()
        is_probe = any(arrivals.probe and arrivals.name == lease.pool for arrivals in plan.arrivals)
        # Before the series of an open probe, whose waits are nobody's.
        self._whose = f"{PROBE_PREFIX if is_probe else ''}{lease.channel}/{lease.role.slug}"
        self._late: float | None = None
        """How long ago the next transaction was due; None where it is due when the person acts."""
        self._session: SessionBook | None = None
        own_slots = bool(plan.rates or lease.pool)
        self._busier_by_stage = not own_slots and any(stage.pace != WHOLE_PACE for stage in plan.stages)
        self._rows = rows if rows is not None else {}
        self.at_work = True
        """False while somebody who comes when called is not wanted."""
        self.withdrawn = False
        self.acted = False
        """True once the person has begun a transaction: their first visit, if it was one, is used up."""

    # -- going home ----------------------------------------------------------------------------------------------

    @property
    def stopping(self) -> bool:
        """True when the run is ending: finish the transaction, begin no other."""
        return bool(self._leaving.is_set())

    def leave(self) -> None:
        """Ask the person to go home; think time ends at once."""
        self._leaving.set()

    def withdraw(self) -> None:
        """The account may be somebody else's now: nothing more is sent, and what is under way breaks off."""
        self.withdrawn = True
        self.leave()

    def close(self) -> None:
        """End the session that the run's end cut off, and close the connections."""
        self.end_background()
        if self._session is not None:
            self.end_session(ended=False)
        self.http.close()

    @property
    def proving(self) -> Account:
        """The account that signs in: the person's own, or the one that stands in for them."""
        return self.stand_in.account if self.stand_in else self.lease.account

    @property
    def acting_for(self) -> Mapping[str, str]:
        """The header that names the person where somebody stands in for them."""
        return self.stand_in.callers[self.lease.account.username.lower()] if self.stand_in else {}

    # -- a session -----------------------------------------------------------------------------------------------

    def begin_session(self, first: bool) -> None:
        """From here to `end_session` one sitting; in the first one visits are first visits."""
        self._session = SessionBook(first, self.http.traffic.total, {PROBE, SIGN_IN} if self.stand_in else {PROBE})

    def end_session(self, ended: bool) -> None:
        """Record the session; `ended` when the person signed out as they wanted. One without any act is none."""
        session, self._session = self._session, None
        if session is not None and session.acted:
            self._recorder.session(session.row(self.lease, ended))

    @property
    def visit(self) -> str:
        """`first` or `everyday`."""
        return "first" if self._session is None or self._session.first else "everyday"

    # -- work ----------------------------------------------------------------------------------------------------

    def transaction(self, name: str) -> Transaction:
        """Time what a person waits for: a context. `NotOk` becomes its outcome and is raised on."""
        if self.stopping:
            raise RunEnding
        self.acted = True
        if self._session is not None:
            self._session.acted = True
        late, self._late = self._late, None
        return Transaction(
            name,
            self._rows.get((self._whose, name, self.visit)) or self._row(name),
            http=self.http,
            recorder=self._recorder,
            book=self._session,
            fire=self._fire,
            late=late,
        )

    @contextmanager
    def journey(self, name: str) -> Iterator[None]:
        """A piece of business: counted when begun, and when done to its end."""
        self._recorder.volume(self.lease.role.slug, name, "begun")
        yield
        self._recorder.volume(self.lease.role.slug, name, "done")

    @property
    def elapsed(self) -> float:
        """Seconds since the run's start."""
        return self._recorder.elapsed

    def due_since(self, late: float) -> None:
        """The next transaction was due that many seconds ago: its time counts from then, whoever was to blame."""
        self._late = max(late, 0.0)

    def slot(self, journey: str, late: float | None) -> None:
        """A slot for this journey: begun that late, or never (None) because the run ended before its turn came."""
        role = self.lease.role.slug
        self._recorder.volume(role, journey, "planned")
        if late is not None:
            self._recorder.side_time(f"{SLIP_PREFIX}{role}/{journey}", late)

    def think(self, seconds: float) -> None:
        """Think for that long in life; the plan's factor makes it shorter. Raises `RunEnding` when it is time to go.

        In a stage whose people are busier than the plan's they think less, unless they have slots of their own.
        """
        pause = seconds * self.plan.think_time_factor
        if self._busier_by_stage:
            pause /= self.plan.stage_at(self.elapsed).pace
        self.wait(pause)

    def wait(self, seconds: float) -> None:
        """Wait for so long, not shortened by anything. Raises `RunEnding` when it is time to go."""
        pause = max(seconds, 0.0)
        self._recorder.pause(pause)
        due = time.monotonic() + pause
        if nap(pause, self._leaving):
            raise RunEnding
        if self._background is not None and self._background.fatal is not None:
            raise self._background.fatal
        self._health.start_lag(time.monotonic() - due)
        if self.signed_in is not None:
            try:
                self.signed_in.renew_if_due()
            except NotOk as error:
                # Nobody waits for this: it is told, and asked for again at the next thought.
                self._recorder.error(f"{self.lease.channel}/{self.lease.role.slug}/sign_in/{self.visit}", error)

    def met_again(self, what: str, count: int) -> None:
        """What became of work done without the network (`scenarios.offline.local_copy.Tally`)."""
        if count:
            self._recorder.met_again(self.lease.channel, what, count)

    def begin_background(self) -> Background:
        """What the client does by itself from now on, until `end_background`; nobody waits for it."""
        self.end_background()
        dice = random.Random(f"{self.plan.seed}/{self.id}/background")
        self._background = Background(self._client(self._exchanged), dice, self._leaving, self._unattended)
        return self._background

    def end_background(self) -> None:
        """The client is closed."""
        background, self._background = self._background, None
        if background is not None:
            background.stop()

    @property
    def kept_out(self) -> str:
        """Why the sign-in refuses this account: not tried again, so that nobody is locked out; "" while it may be."""
        return self._kept_out.get(self.lease.account.username.casefold(), "")

    def keep_out(self, why: str) -> None:
        """The sign-in refuses this account, whoever comes with it."""
        self._kept_out[self.lease.account.username.casefold()] = why

    def prompted(self) -> None:
        """The client asks the person who they are: a password page, a sign-in window."""
        if self._session is not None:
            self._session.prompts += 1

    def headers(self) -> Mapping[str, str]:
        """What proves who the person is: a bearer token, or nothing where cookies do."""
        return {} if self.signed_in is None else self.signed_in.headers()

    def _row(self, name: str) -> Row:
        """Made once for everybody of a channel and role, each transaction and visit."""
        channel, visit = self.lease.channel, self.visit
        lines = self.plan.thresholds.lines(channel, name, visit)
        row = self._rows[self._whose, name, visit] = Row(
            f"{self._whose}/{name}/{visit}",
            f"{channel}/{name}/{visit}",
            (lines.protocol_good_ms, lines.protocol_fail_ms) if lines else None,
        )
        return row

    def _client(self, observer: Callable[[Response], None]) -> HttpClient:
        """Connections of this person."""
        entrance = self.entrance
        return HttpClient(
            allowed=self.plan.environment.allowed_origins,
            ca_file=entrance.ca_file,
            connect_to=entrance.connect_to,
            gateway=Gateway.of(self.plan.environment),
            proof=self._proof,
            windows=(
                WindowsAccount(entrance.origin, self.proving.username, self.password)
                if entrance.sign_in == "windows"
                else None
            ),
            observer=observer,
        )

    def _proof(self) -> SignedIn | None:
        """What proves who they are; asked for before anything is sent."""
        if not self._may_act():
            raise RunEnding
        return self.signed_in

    def _exchanged(self, response: Response) -> None:
        if response.status in REDIRECTS and self._session is not None:
            self._session.redirects += 1
        request, problem = response.request, None
        if self._recorder.exchange(self.lease.channel, response) != "ok":
            problem = response.failure.kind if response.failure else f"HTTP {response.status}"
        self._fire(request.method, request.template, response.elapsed_us / 1000, len(response.body), problem)

    def _unattended(self, name: str, outcome: str, elapsed_us: int, problem: NotOk | None) -> None:
        series = f"{self.lease.channel}/{self.lease.role.slug}/{name}/{self.visit}"
        self._recorder.transaction(series, outcome, elapsed_us, timed=outcome == "ok")
        if problem is not None:
            self._recorder.error(series, problem)
        self._fire("transaction", name, elapsed_us / 1000, 0, None if outcome == "ok" else outcome)
