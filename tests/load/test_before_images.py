"""Before-images: whatever people do to a record, its image in the ledger brings it back; it is never deleted."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.load.before_images import Image, Kept, Leaves, restore_all, take_images, to_be_restored
from loadtests.results.ledger import ASIDE, KEPT, MADE, RESTORE, RESTORED, LedgerEntry, LedgerFile, read_ledger

COLUMNS = ("description", "prioritycode", "statecode", "statuscode")
VALUES = st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1), st.text(max_size=40), st.booleans())
OPEN = {"statecode": 0, "statuscode": 1}


class Crm:
    """One table of records and one of what closing leaves; a closed record takes no change but of its state."""

    def __init__(self, **records: dict[str, Any]) -> None:
        self.records = records
        self.resolutions: dict[str, str] = {}
        self.written: list[str] = []

    def get(self, path: str) -> Any:
        return _Answer({"EntitySetName": "incidentresolutions", "PrimaryIdAttribute": "activityid"})

    def batch(self, operations: list[tuple[str, str, bytes | None]]) -> list[tuple[int, str]]:
        return [self._one(*operation) for operation in operations]

    def _one(self, method: str, path: str, body: bytes | None) -> tuple[int, str]:
        record_id = path.partition("(")[2].partition(")")[0]
        if path.startswith("incidentresolutions"):
            if method == "DELETE":
                del self.resolutions[record_id]
                return 204, ""
            case = unquote(path).rpartition(" ")[2]
            return 200, json.dumps({"value": [{"activityid": k} for k, of in self.resolutions.items() if of == case]})
        if path.startswith("queueitems"):
            waits = self.records[unquote(path).rpartition(" ")[2]].get("waits")
            return 200, json.dumps({"value": [{"queueitemid": "q"}] if waits else []})
        record = self.records.get(record_id)
        if record is None:
            return 404, ""
        if method == "GET":
            return 200, json.dumps(record)
        assert method == "PATCH" and body is not None
        changes = json.loads(body)
        self.written.append(record_id)
        if record["statecode"] != 0 and not set(changes) <= {"statecode", "statuscode"}:
            return 400, "a closed record is read-only"
        owner = changes.pop("ownerid@odata.bind", None)
        if owner:
            kind, _, one = owner.strip("/").rstrip(")").partition("(")
            record |= {"_owninguser_value": None, "_owningteam_value": None}
            record["_owninguser_value" if kind == "systemusers" else "_owningteam_value"] = one
        record |= changes
        return 204, ""


class _Answer:
    status_code = 200

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    def json(self) -> dict[str, Any]:
        return self._body


def record(**values: Any) -> dict[str, Any]:
    return {
        "description": "as it was",
        "prioritycode": 2,
        **OPEN,
        "_owninguser_value": "anna",
        "_owningteam_value": None,
        **values,
    }


def kept(*ids: str) -> list[Kept]:
    leaves = (Leaves("incidentresolution", "incidentid"),)
    return [Kept(one, "incidents", "incident", COLUMNS, leaves) for one in ids]


def noted(entries: list[LedgerEntry], taken: set[str], folder: Path) -> list[LedgerEntry]:
    """The ledgers of head and worker: images before the load, then who was taken; read again as clean-up does."""
    head, worker = folder / "ledger.jsonl", folder / "ledger-w.jsonl"
    for path in (head, worker):
        path.unlink(missing_ok=True)
    file = LedgerFile(head)
    file.append(*entries)
    file.close()
    file = LedgerFile(worker)
    file.append(*(LedgerEntry(one, "incidents", "incident", "p001", "2026-11-24", RESTORE) for one in sorted(taken)))
    file.close()
    return read_ledger([worker, head], [])


@given(
    st.dictionaries(st.sampled_from(COLUMNS), VALUES),
    st.sampled_from(["/systemusers(a)", "/teams(b)", ""]),
    st.lists(st.tuples(st.just("s"), st.just("k"), st.just("l"), st.lists(st.text(max_size=5)).map(tuple)), max_size=2),
)
def test_an_image_survives_its_way_through_the_ledger(columns: dict[str, Any], owner: str, leaves: list[Any]) -> None:
    image = Image(columns, owner, tuple(leaves))
    entry = LedgerEntry("x", "incidents", "incident", "housekeeper", "now", image.to_undo(), state=ASIDE)
    again = LedgerEntry.from_fields(json.loads(json.dumps(vars_of(entry))))
    assert Image.from_undo(again.undo) == image


def vars_of(entry: LedgerEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in LedgerEntry.__slots__}


CHANGE = st.fixed_dictionaries(
    {},
    optional={
        "description": VALUES,
        "prioritycode": VALUES,
        "statecode": st.sampled_from([0, 1, 2]),
        "statuscode": st.sampled_from([1, 5, 6]),
        "_owninguser_value": st.sampled_from(["anna", "ben"]),
    },
)


@given(st.lists(st.tuples(VALUES, CHANGE, st.booleans(), st.integers(0, 2)), min_size=1, max_size=5))
def test_whatever_people_do_to_records_that_they_took_they_are_afterwards_as_before(
    tmp_path_factory: pytest.TempPathFactory, done: list[tuple[Any, dict[str, Any], bool, int]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    crm: Any = Crm(**{f"c{n}": record(description=text) for n, (text, *_) in enumerate(done)})
    crm.resolutions = {"old": "c0"}
    before = {name: dict(one) for name, one in crm.records.items()}
    images = take_images([crm], kept(*crm.records))
    taken = {f"c{n}" for n, (_, _, take, _) in enumerate(done) if take}
    for n, (_, change, take, closings) in enumerate(done):
        if take:
            crm.records[f"c{n}"] |= change
            crm.resolutions |= {f"new{n}.{m}": f"c{n}" for m in range(closings)}
    listed = [entry for entry in noted(images, taken, folder) if to_be_restored(entry)]
    assert {entry.id for entry in listed} == taken, "what nobody took is not listed"
    crm.written.clear()
    states: dict[str, str] = {}
    report = restore_all([crm], listed, lambda *new: states.update({entry.id: entry.state for entry in new}))
    assert crm.records == before
    assert crm.resolutions == {"old": "c0"}, "what was there before stays"
    assert report.failed == [] and set(states.values()) <= {RESTORED} and set(states) == taken
    assert set(crm.written) <= taken


def test_a_record_that_waits_in_a_queue_is_left_alone() -> None:
    crm: Any = Crm(free=record(), waiting=record(waits=True))
    assert [entry.id for entry in take_images([crm], kept("free", "waiting"))] == ["free"]


def test_what_cannot_be_put_back_is_told_with_the_reason(tmp_path: Path) -> None:
    crm: Any = Crm(deleted=record(), stuck=record())
    entries = noted(take_images([crm], kept("deleted", "stuck")), {"deleted", "stuck", "unknown"}, tmp_path)
    assert {entry.id: entry.state for entry in entries} == dict.fromkeys(("deleted", "stuck", "unknown"), MADE)
    del crm.records["deleted"]
    crm.records["stuck"] |= {"description": "changed"}
    patch = crm._one
    crm._one = lambda method, *rest: (403, "not for you") if method == "PATCH" else patch(method, *rest)
    states: dict[str, LedgerEntry] = {}
    report = restore_all([crm], entries, lambda *new: states.update({entry.id: entry for entry in new}))
    assert [entry.id for entry in report.gone] == ["deleted"]
    assert {entry.id: why for entry, why in report.failed} == {
        "stuck": "HTTP 403 not for you",
        "unknown": "its before-image is not in this folder's ledgers",
    }
    assert {entry.state for entry in states.values()} == {KEPT}
