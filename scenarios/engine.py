"""Plays journeys on a channel: step by step, each timed as the transaction it is, with think time between."""

from contextlib import suppress
from typing import Any

from loadtests.load.outcomes import Failed, NotOk
from loadtests.load.person import Person
from scenarios import journey as steps
from scenarios.business import do_business
from scenarios.channels.answers import EMPTY_DESK, POOL_EMPTY
from scenarios.channels.base import Channel
from scenarios.desk import Desk
from scenarios.journey import Journey, Span, Step
from scenarios.offline.away import Away
from scenarios.records import Draft, Row
from scenarios.site import Site
from scenarios.step_readers import MAILS
from scenarios.values import typed, typed_all, typed_deep

_SYNCS = (steps.Sync, steps.GoOffline, steps.ComeBack)
"""Timed under a name that the channel knows: the first of them takes longer."""


class Engine:
    """One session's worth of playing. `transactions` counts what the person waited for."""

    def __init__(self, person: Person, channel: Channel, site: Site) -> None:
        self._person = person
        self._channel = channel
        self._site = site
        self._desk = Desk(person.random)
        self.transactions = 0
        self._once = ""

    def sign_in(self) -> None:
        """Sign in and open the first screen. Raises `NotOk`."""
        self._step(steps.SignIn(think=steps.SignIn.usual_think), {}, {})
        self._step(steps.OpenHome(think=steps.OpenHome.usual_think), {}, {})

    def play(self, journey: Journey) -> None:
        """The whole journey. Raises `NotOk` at the step that did not end well, `RunEnding` when the run stops."""
        drafts: dict[str, Draft] = {}
        opened: dict[str, Row] = {}
        self._once = str(self._person.random.randint(10**8, 10**9 - 1))
        with self._person.journey(journey.name):
            try:
                for step in journey.steps:
                    self._step(step, drafts, opened)
            except NotOk:
                if self._channel.away is not None:
                    # Nobody stays away for good because something went wrong there.
                    with suppress(NotOk):
                        self._step(steps.ComeBack(think=steps.ComeBack.usual_think), drafts, opened)
                raise

    def think(self, span: Span) -> None:
        """Think for a time between the two."""
        self._person.think(self._person.random.uniform(*span))

    def pause_after(self, step: Step) -> None:
        """Think about what is on the screen now."""
        self.think(step.think)

    def _step(self, step: Step, drafts: dict[str, Draft], opened: dict[str, Row]) -> None:
        if step.transaction is None:
            self._quietly(step, drafts)
        elif self._channel.away is not None and not isinstance(step, steps.ComeBack):
            self._act_away(self._channel.away, step, drafts, opened)
        else:
            with self._person.transaction(self._channel.sync_due if isinstance(step, _SYNCS) else step.transaction):
                self.transactions += 1
                self._act(self._channel, step, drafts, opened)
        self.pause_after(step)

    def _quietly(self, step: Step, drafts: dict[str, Draft]) -> None:
        match step:
            case steps.Fill():
                drafts[step.label].values.update(
                    typed_all(step.values, self._person.random, self._desk.known, self._once)
                )
            case steps.SignOut():
                self._channel.sign_out()

    def _act_away(self, away: Away, step: Step, drafts: dict[str, Draft], opened: dict[str, Row]) -> None:
        """On the local copy, where nobody waits: only what goes wrong there is recorded."""
        try:
            self._act(away, step, drafts, opened)
        except NotOk as problem:
            with self._person.transaction(step.transaction or step.verb):
                self.transactions += 1
                raise problem

    def _act(self, on: Channel | Away, step: Step, drafts: dict[str, Draft], opened: dict[str, Row]) -> None:
        match step:
            case steps.ResolveSender():
                opened[step.label] = self._channel.resolve_sender()
            case steps.TrackEmail():
                mail = drafts[step.label] = Draft(self._site.tables[MAILS])
                mail.values.update(typed_all(step.values, self._person.random, self._desk.known, self._once))
                self._channel.track_email(mail, opened[step.sender])
                mail.now_saved()
            case steps.SetRegarding():
                mail = drafts[step.label]
                pick, table = step.pick, step.table
                text = self._typed(step.text)
                self._channel.set_regarding(mail, table, text, lambda rows: self._desk.pick(table, pick, rows))
                mail.now_saved()
            case steps.Sync():
                self._channel.sync()
            case steps.GoOffline():
                self._channel.go_offline()
            case steps.ComeBack():
                self._channel.come_back()
            case steps.SignIn():
                self._channel.sign_in()
            case steps.OpenHome():
                self._desk.see(self._channel.open_home())
            case steps.OpenView():
                rows = on.open_view(step.table, step.view)
                if not rows:
                    raise Failed(f"{EMPTY_DESK} no rows in {step.view}: this person has no work on the desk")
                self._desk.see({step.table: rows})
            case steps.QuickFind():
                text = self._typed(step.text)
                rows = on.quick_find(step.table, text)
                if not rows:
                    raise Failed(f"quick find {step.table}: nothing found for what was typed")
                self._desk.see({step.table: rows})
            case steps.OpenRecord():
                opened[step.label] = self._desk.pick(step.table, step.pick)
                on.open_record(opened[step.label])
            case steps.Take():
                taken = drafts[step.label] = self._taken(step)
                on.open_record(taken.as_row)
            case steps.New():
                draft = Draft(self._site.tables[step.table])
                if step.of:
                    parent = drafts[step.of].as_row if step.of in drafts else opened[step.of]
                    draft.links[draft.table.parent] = parent
                drafts[step.label] = draft
                on.new_form(draft)
            case steps.Lookup():
                draft = drafts[step.label]
                rows = on.lookup(draft, step.column, step.table, self._typed(step.text))
                draft.links[step.column] = self._desk.pick(step.table, step.pick, rows)
            case steps.Save() if step.expect:
                self._channel.save_refused(drafts[step.label], step.expect)
            case steps.Save():
                drafts[step.label].despite_duplicates |= step.anyway
                on.save(drafts[step.label])
                drafts[step.label].now_saved()
            case steps.ChangeStatus():
                on.change_status(drafts[step.label], step.action)
            case steps.EnterNote():
                self._channel.enter_note(drafts[step.label])
            case steps.AddNote():
                self._channel.add_note(drafts[step.label], self._typed(step.text))
            case _:
                do_business(step, self._channel, self._site, drafts, opened, self._filled)

    def _taken(self, step: steps.Take) -> Draft:
        """The next record of the person's pool. What a run uses up it removes: it is in its ledger from here on.

        A record that was there before is put back instead.
        """
        table, shown, lease = self._site.tables[step.table], self._desk.seen(step.table), self._person.lease
        record_id = lease.use_up(step.table, step.view, shown)
        if record_id is None:
            raise Failed(
                f"{POOL_EMPTY} no record is left in {step.view} that was made for this person to use up: the test "
                "brought too few"
            )
        ledger = self._person.ledger
        note = ledger.changing if record_id in lease.existing else ledger.creating
        note(table.entity_set, table.table, record_id)
        return Draft(table, id=record_id, name=shown.get(record_id, ""), saved=True)

    def _filled(self, value: Any) -> Any:
        return typed_deep(value, self._person.random, self._desk.known, self._once)

    def _typed(self, text: str) -> str:
        return str(typed(text, self._person.random, self._desk.known, once=self._once))
