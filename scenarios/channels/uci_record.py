"""A record on its form, as the Unified Interface reads it: its columns with rights and process, sub-grids, timeline."""

from collections.abc import Mapping, Sequence

from loadtests.load.http import Request, Response
from loadtests.load.outcomes import Failed
from scenarios.channels.answers import json_of
from scenarios.channels.batch import BATCH, Part, check_batch, first_body, first_of_batch
from scenarios.channels.uci_requests import UciRequests, reference
from scenarios.fetchxml import Query
from scenarios.site import Site
from scenarios.table import Form, Table


class RecordRequests:
    """The requests of one form for one record."""

    def __init__(self, requests: UciRequests, site: Site, table: Table, form: Form, record_id: str) -> None:
        self._requests = requests
        self._site = site
        self._table = table
        self._record_id = record_id
        self._path = f"{table.entity_set}({record_id})"
        self._sub_grids: Sequence[Query] = site.sub_grids[table.table, form.name][: len(form.sub_grids)]
        target = reference(table.entity_set, record_id)
        self._record_parts = [
            requests.part(f"{self._path}?$select={form.select}", "record"),
            requests.part(requests.rights_on(target), "access rights"),
            requests.part(f"RetrieveProcessControlData(Target=@t)?@t={target}", "process"),
        ]
        self._count_parts: Sequence[Part] = ()
        self._sub_grid_parts: Sequence[Part] = ()
        """Made when they are asked for: many who open a record look at no more than the record."""
        self._timeline_parts = [requests.part(f"RetrieveTimelineWallRecords(Target=@t)?@t={target}", "timeline")]

    def record(self) -> Request:
        """The batch of three: columns, the person's rights on the record, its process bar."""
        return self._requests.batch(f"{self._table.entity_set}(id)", self._record_parts)

    def columns_from(self, response: Response) -> Mapping[str, object]:
        """The record's columns; `Failed` when it is another record, or a part of the batch is not well."""
        answer = first_of_batch(response, self._record_parts)
        columns = json_of(answer)
        shown = str(columns.get(self._table.key) or "").lower()
        if shown != self._record_id.lower():
            raise Failed(f"{answer.request.template}: another record came back than was opened", answer)
        return columns

    def check_opened(self, response: Response) -> None:
        """It is this record, for whoever reads none of its columns. Raises what `columns_from` raises."""
        shown = f'"{self._table.key}":"{self._record_id}"'.encode()
        if shown not in first_body(response, self._record_parts):
            self.columns_from(response)  # written in another way, or another record

    def sub_grids(self) -> list[Request]:
        """A batch for every short list on the form."""
        self._sub_grid_parts = [
            self._requests.part(query.url(self._record_id), f"{query.table} sub-grid") for query in self._sub_grids
        ]
        return [self._requests.batch("sub-grid", [part]) for part in self._sub_grid_parts]

    def timeline(self) -> Request:
        """The newest activities and notes."""
        return self._requests.batch("timeline", self._timeline_parts)

    def timeline_counts(self) -> Request:
        """The batch of four totals beside the timeline."""
        self._count_parts = [
            self._requests.part(query.url(self._record_id), f"{what} count")
            for what, query in self._site.timeline_counts.items()
        ]
        return self._requests.batch("timeline counts", self._count_parts)

    def timeline_from(self, response: Response) -> list[Mapping[str, object]]:
        """The timeline's records, newest first."""
        records = json_of(first_of_batch(response, self._timeline_parts)).get("TimelineWallRecords")
        return [record for record in records if isinstance(record, dict)] if isinstance(records, list) else []

    def check(self, responses: Sequence[Response]) -> None:
        """Timelines, counts and sub-grids that nobody reads are well. Raises what `check_batch` raises."""
        grids = iter(self._sub_grid_parts)
        for response in responses:
            template = response.request.template
            if template == f"{BATCH} (sub-grid)":
                check_batch(response, [next(grids)])
            elif template == f"{BATCH} (timeline counts)":
                check_batch(response, self._count_parts)
            elif template == f"{BATCH} (timeline)":
                check_batch(response, self._timeline_parts)
