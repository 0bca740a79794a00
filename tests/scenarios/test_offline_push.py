"""Two sides that change the same records, connections that break: nothing is lost, nothing is doubled, both end equal.

The CRM here is a dictionary that keeps its history; the loss of a request before or after it arrived is drawn by
hypothesis. `make prove offline` shows the same against the local CRM.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.load.outcomes import Denied, Failed, NotOk
from scenarios.offline import merge
from scenarios.offline.changes import Change, Key
from scenarios.offline.local_copy import LocalCopy, TableCopy
from scenarios.offline.profile import OfflineItem
from scenarios.offline.push import Said, push

COLUMNS = ("subject", "description", "percentcomplete", "statecode")
SERVER_WINS = {"task": OfflineItem(columns=list(COLUMNS))}
MINE_WINS = {"task": OfflineItem(columns=list(COLUMNS), mine_wins=["*"])}


class LittleCrm:
    """Rows with versions. `weather` says what becomes of each request: `ok`, `lost` (never arrived), `deaf` (done, and
    the answer lost)."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.weather: list[str] = []
        self.created: Counter[str] = Counter()
        self.log: list[tuple[str, str, str, Any]] = []
        self._version = 0

    def put(self, record_id: str, who: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Write columns; a new version."""
        self._version += 1
        row = self.rows.setdefault(record_id, {"activityid": record_id, **dict.fromkeys(COLUMNS), "statecode": 0})
        row |= {**values, "@odata.etag": f'W/"{self._version}"', "modifiedon": f"{self._version:09d}"}
        self.log += [(record_id, who, column, value) for column, value in values.items()]
        return dict(row)

    def write(self, changes: Sequence[Change]) -> list[Said]:
        return [self._send(change) for change in changes]

    def read(self, keys: Sequence[Key]) -> list[Mapping[str, Any] | None]:
        if self._fate() != "ok":
            raise Failed("the connection broke")
        return [dict(self.rows[key[1]]) if key[1] in self.rows else None for key in keys]

    def _fate(self) -> str:
        return self.weather.pop(0) if self.weather else "ok"

    def _send(self, change: Change) -> Said:
        fate = self._fate()
        said = self._apply(change) if fate != "lost" else None
        return said if said and fate == "ok" else Said("unanswered", problem=Failed("the connection broke"))

    def _apply(self, change: Change) -> Said:
        if change.creates:
            if change.id in self.rows:
                return Said("differs")
            self.created[change.id] += 1
            return Said("landed", self.put(change.id, "me", change.body))
        row = self.rows.get(change.id)
        if row is None:
            return Said("gone")
        if row["@odata.etag"] != change.etag:
            return Said("differs")
        return Said("landed", self.put(change.id, "me", change.body))


class Person:
    """Somebody with a copy of a CRM."""

    def __init__(self, crm: LittleCrm, items: Mapping[str, OfflineItem] = SERVER_WINS) -> None:
        self.crm = crm
        self.items = items
        self.copy = LocalCopy({"task": TableCopy("activityid", (*COLUMNS, "modifiedon"))})
        self.pull()

    def pull(self) -> None:
        """Everything anew: how it is read in parts is another test's matter."""
        table = self.copy.tables["task"]
        for record_id in set(table.rows) - set(self.crm.rows):
            table.drop(record_id)
        for row in self.crm.rows.values():
            table.take(row)

    def push(self) -> None:
        push(self.copy, self.crm, self.items)

    def new(self, record_id: str, **values: Any) -> None:
        self.copy.create("task", record_id, values, {}, frozenset())

    def edit(self, record_id: str, **values: Any) -> None:
        self.copy.change("task", record_id, values, alone="statecode" in values)

    def sees(self, record_id: str) -> dict[str, Any]:
        seen = self.copy.seen(("task", record_id))
        assert seen is not None
        return seen


@pytest.fixture
def crm() -> LittleCrm:
    crm = LittleCrm()
    crm.put("a", "them", {"subject": "Call", "description": "about paper"})
    return crm


def test_work_done_away_is_seen_at_once_and_sent_later(crm: LittleCrm) -> None:
    me = Person(crm)
    me.edit("a", subject="Call back")
    me.new("b", subject="Visit")
    assert (me.sees("a")["subject"], me.sees("b")["subject"]) == ("Call back", "Visit")
    assert crm.rows["a"]["subject"] == "Call"
    assert "b" not in crm.rows
    me.push()
    assert (crm.rows["a"]["subject"], crm.rows["b"]["subject"]) == ("Call back", "Visit")
    assert len(me.copy.changes) == 0


def test_typing_twice_is_sent_once_and_a_change_of_state_apart(crm: LittleCrm) -> None:
    me = Person(crm)
    me.new("b", subject="Visit")
    me.edit("b", subject="Visit Anna")
    me.edit("b", statecode=1)
    assert [(change.creates, change.values) for change in me.copy.changes.of(("task", "b"))] == [
        (True, {"subject": "Visit Anna"}),
        (False, {"statecode": 1}),
    ]
    me.push()
    assert (crm.rows["b"]["subject"], crm.rows["b"]["statecode"]) == ("Visit Anna", 1)
    assert me.copy.tally.pushed == 2


def test_changes_in_different_columns_both_stand(crm: LittleCrm) -> None:
    me = Person(crm)
    me.edit("a", subject="Mine")
    crm.put("a", "them", {"description": "theirs"})
    me.push()
    assert (crm.rows["a"]["subject"], crm.rows["a"]["description"]) == ("Mine", "theirs")
    assert (me.copy.tally.merged, me.copy.tally.conflicts) == (1, 0)


@pytest.mark.parametrize(("items", "stands", "given_up"), [(SERVER_WINS, "Theirs", 1), (MINE_WINS, "Mine", 0)])
def test_the_profile_decides_a_conflict(
    items: Mapping[str, OfflineItem], stands: str, given_up: int, crm: LittleCrm
) -> None:
    me = Person(crm, items)
    me.edit("a", subject="Mine", percentcomplete=50)
    crm.put("a", "them", {"subject": "Theirs"})
    me.push()
    assert crm.rows["a"]["subject"] == me.sees("a")["subject"] == stands
    assert crm.rows["a"]["percentcomplete"] == 50, "what nobody else changed is written either way"
    assert (me.copy.tally.conflicts, me.copy.tally.given_up) == (1, given_up)


def test_what_somebody_closed_or_deleted_meanwhile_is_not_changed_any_more(crm: LittleCrm) -> None:
    crm.put("b", "them", {"subject": "Visit"})
    me = Person(crm, MINE_WINS)
    me.edit("a", subject="Mine")
    me.edit("b", subject="Mine")
    crm.put("a", "them", {"statecode": 1})
    del crm.rows["b"]
    me.push()
    assert (crm.rows["a"]["subject"], list(crm.rows)) == ("Call", ["a"])
    assert list(me.copy.tables["task"].rows) == ["a"]
    assert (me.copy.tally.conflicts, me.copy.tally.given_up) == (2, 2)


@pytest.mark.parametrize("fate", ["lost", "deaf"])
def test_an_interrupted_push_goes_on_and_does_nothing_twice(fate: str, crm: LittleCrm) -> None:
    me = Person(crm)
    me.new("b", subject="Visit")
    me.edit("a", subject="Mine")
    crm.weather = [fate, fate]
    with pytest.raises(Failed, match="the connection broke"):
        me.push()
    assert len(me.copy.changes) == 2
    me.push()
    assert (crm.rows["a"]["subject"], crm.rows["b"]["subject"]) == ("Mine", "Visit")
    assert crm.created == {"b": 1}
    assert [entry for entry in crm.log if entry[0] == "a" and entry[1] == "me"] == [("a", "me", "subject", "Mine")]
    assert me.copy.tally.conflicts == 0


def test_a_record_that_points_to_a_new_one_waits_for_it(crm: LittleCrm) -> None:
    me = Person(crm)
    me.new("b", subject="Visit")
    me.copy.create("task", "c", {"subject": "Report"}, {}, frozenset({("task", "b")}))
    assert [change.id for change in me.copy.changes.wave()] == ["b"]
    me.push()
    assert [record_id for record_id, *_ in crm.log if record_id != "a"] == ["b", "c"]


def test_what_the_crm_refuses_is_told_and_does_not_block_the_rest(crm: LittleCrm) -> None:
    class Strict(LittleCrm):
        def _apply(self, change: Change) -> Said:
            refused = Said("refused", problem=Denied("HTTP 403"))
            return refused if change.values.get("subject") == "forbidden" else super()._apply(change)

    strict = Strict()
    me = Person(strict)
    me.new("b", subject="forbidden")
    me.edit("b", statecode=1)
    me.new("c", subject="Visit")
    with pytest.raises(Denied):
        me.push()
    assert list(strict.rows) == ["c"]
    assert len(me.copy.changes) == 0


def test_money_and_empty_texts_compare_as_the_crm_keeps_them() -> None:
    assert merge.same(10, 10.0)
    assert merge.same("", None)
    assert not merge.same(1, True) or merge.same(True, True)
    assert not merge.same("10", 10)


# -- everything at random ---------------------------------------------------------------------------------------------

IDS = st.sampled_from(["a", "b", "n1", "n2", "n3"])
TEXT = st.integers(0, 10**9).map(str)
OPS = st.one_of(
    st.tuples(st.just("new"), st.sampled_from(["n1", "n2", "n3"]), TEXT),
    st.tuples(st.just("edit"), IDS, st.sampled_from(["subject", "description"]), TEXT),
    st.tuples(st.just("close"), IDS),
    st.tuples(st.just("they edit"), IDS, st.sampled_from(["subject", "description"]), TEXT),
    st.tuples(st.just("they close"), IDS),
    st.tuples(st.just("they delete"), st.sampled_from(["a", "b"])),
    st.tuples(st.just("come back"), st.lists(st.sampled_from(["ok", "ok", "lost", "deaf"]), max_size=6)),
)


def play(me: Person, crm: LittleCrm, op: tuple[Any, ...]) -> None:
    match op:
        case ("new", record_id, text):
            if me.copy.seen(("task", record_id)) is None and record_id not in crm.created:
                me.new(record_id, subject=text)
        case ("edit", record_id, column, text):
            if (seen := me.copy.seen(("task", record_id))) and not seen.get("statecode"):
                me.edit(record_id, **{column: text})
        case ("close", record_id):
            if (seen := me.copy.seen(("task", record_id))) and not seen.get("statecode"):
                me.edit(record_id, statecode=1)
        case ("they edit", record_id, column, text):
            if record_id in crm.rows and not crm.rows[record_id]["statecode"]:
                crm.put(record_id, "them", {column: text})
        case ("they close", record_id):
            if record_id in crm.rows:
                crm.put(record_id, "them", {"statecode": 1})
        case ("they delete", record_id):
            crm.rows.pop(record_id, None)
        case ("come back", weather):
            crm.weather = list(weather)
            try:
                me.push()
            except NotOk:
                return
            me.pull()


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([SERVER_WINS, MINE_WINS]), st.lists(OPS, max_size=25))
def test_whatever_happens_nothing_is_lost_or_doubled_and_both_end_equal(
    items: Mapping[str, OfflineItem], ops: list[tuple[Any, ...]]
) -> None:
    crm = LittleCrm()
    for record_id in ("a", "b"):
        crm.put(record_id, "them", {"subject": "0", "description": "0"})
    me = Person(crm, items)
    made: set[str] = set()
    for op in ops:
        play(me, crm, op)
        made |= {record_id for record_id in ("n1", "n2", "n3") if me.copy.seen(("task", record_id))}
    crm.weather = []
    waiting = {(change.id, column) for change in me.copy.changes._waiting for column in change.values}
    wanted = {(record_id, column): me.sees(record_id)[column] for record_id, column in waiting}
    given_up = me.copy.tally.given_up
    me.push()
    me.pull()

    assert len(me.copy.changes) == 0
    assert {r: me.copy.tables["task"].values(r) for r in me.copy.tables["task"].rows} == {
        record_id: {column: row[column] for column in (*COLUMNS, "modifiedon")} for record_id, row in crm.rows.items()
    }, "the copy is the CRM"
    assert all(count == 1 for count in crm.created.values()), "no record was made twice"
    assert made <= set(crm.rows), "every record made away is in the CRM"
    # What was to be written was written by this person, or was there already, or was given up and counted.
    arrived = {(record_id, column, value) for record_id, who, column, value in crm.log if who == "me"}
    missing = [
        (*key, value)
        for key, value in wanted.items()
        if (*key, value) not in arrived and crm.rows.get(key[0], {}).get(key[1]) != value
    ]
    assert len(missing) <= me.copy.tally.given_up - given_up
    # Whoever wrote last is whose value stands: nothing comes from nowhere.
    for record_id, row in crm.rows.items():
        for column in ("subject", "description"):
            written = [value for r, _, c, value in crm.log if (r, c) == (record_id, column)]
            assert row[column] in written or row[column] is None
