"""One person's records: in the ledger on disk before they are written, and in what the process reports."""

from datetime import UTC, datetime

from loadtests.load.recorder import Recorder
from loadtests.results.ledger import RESTORE, SEEK, LedgerEntry, LedgerFile


class PersonLedger:
    """Notes every record before the request that creates it is sent."""

    def __init__(self, person: str, recorder: Recorder, file: LedgerFile) -> None:
        self._person = person
        self._recorder = recorder
        self._file = file

    def creating(self, entity_set: str, table: str, record_id: str) -> None:
        """This id is about to be written; on disk when this returns."""
        self._note(LedgerEntry(record_id, entity_set, table, self._person, datetime.now(UTC).isoformat()))

    def changing(self, entity_set: str, table: str, record_id: str) -> None:
        """This record, which was there before, is about to be changed. Its before-image is in the head's ledger."""
        now = datetime.now(UTC).isoformat()
        self._note(LedgerEntry(record_id, entity_set, table, self._person, now, RESTORE))

    def letting_crm_create(self, entity_set: str, table: str, key: str, lookup: str, origin_id: str) -> None:
        """The CRM is about to make a record of that table under an id of its own: it will be known by its lookup."""
        query = f"{entity_set}?$select={key}&$filter=_{lookup}_value eq {origin_id}"
        name = f"{table} of {lookup} {origin_id}"
        self._note(
            LedgerEntry(name, entity_set, table, self._person, datetime.now(UTC).isoformat(), f"{SEEK} {key} {query}")
        )

    def _note(self, entry: LedgerEntry) -> None:
        self._file.append(entry)
        self._recorder.ledger(entry)
