"""What a device reads: the first time everything, later what changed, by itself only what is due, away nothing."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import unquote

import pytest

from loadtests.load.background import Background
from loadtests.load.http import Headers, Request, Response
from loadtests.load.person import Person
from scenarios.channels.uci_requests import UciRequests
from scenarios.offline.device import Device
from scenarios.site import Site

SITE = Site.read()
ROOT = "https://crm.test/api/data/v9.1/"
TABLES = ["accounts", "contacts", "opportunities", "phonecalls", "systemusers", "tasks"]
"""What a Salesperson takes along; colleagues by change tracking."""


class Rig:
    """A device whose requests a little server answers: empty lists, and change tracking where it is asked for."""

    def __init__(self, *, looks: bool = True, tracks: bool = True) -> None:
        self.asked: list[str] = []
        self.tracks = tracks
        self.person = SimpleNamespace(
            lease=SimpleNamespace(role=SimpleNamespace(name="Salesperson")),
            plan=SimpleNamespace(think_time_factor=1.0),
            http=SimpleNamespace(send_all=self.send_all),
            ledger=SimpleNamespace(creating=lambda *_: None),
            headers=dict,
            elapsed=0.0,
            met_again=lambda *_: None,
        )
        person = cast(Person, self.person)
        requests = UciRequests(person, ROOT)
        requests.user_id = "me"
        self.device = Device(person, SITE, lambda: requests, list, looks=looks)

    def send_all(self, requests: Sequence[Request]) -> list[Response]:
        self.asked += [unquote(request.url.removeprefix(ROOT)) for request in requests]
        return [self._answer(request) for request in requests]

    def _answer(self, request: Request) -> Response:
        body: dict[str, Any] = {"value": []}
        tracked = "track-changes" in request.headers["Prefer"]
        if tracked and not self.tracks:
            return Response(request, 403, Headers(b"HTTP/1.1 403 x\r\n\r\n"), b'{"error": {"code": "0x80040220"}}')
        if tracked or "deltatoken" in request.url:
            body["@odata.deltaLink"] = request.url.partition("&$deltatoken")[0] + "&$deltatoken=1"
        return Response(request, 200, Headers(b"HTTP/1.1 200 x\r\n\r\n"), json.dumps(body).encode())

    def by_itself(self) -> list[str]:
        """What the device asks when it looks by itself."""
        self.asked.clear()

        @contextmanager
        def transaction(name: str) -> Iterator[None]:
            yield

        background = SimpleNamespace(http=SimpleNamespace(send_all=self.send_all), transaction=transaction)
        self.device.in_background(cast(Background, background))
        return sorted(self.asked)


def test_the_first_time_every_table_is_read_as_the_profile_says() -> None:
    rig = Rig()
    assert rig.device.due == "sync_first"
    rig.device.sync()
    assert sorted(url.partition("?")[0] for url in rig.asked) == TABLES
    (tasks,) = [url for url in rig.asked if url.startswith("tasks?")]
    assert tasks.endswith("&$filter=_ownerid_value eq me and (statecode eq 0)")
    assert rig.device.due == "sync"


def test_later_each_table_is_read_for_changes_and_compared_or_asked_for_its_delta() -> None:
    rig = Rig()
    rig.device.sync()
    rig.asked.clear()
    rig.device.sync()
    assert sorted(url.partition("?")[0] for url in rig.asked) == sorted(["systemusers", *(TABLES[:4] + TABLES[5:]) * 2])


def test_who_may_not_track_changes_reads_by_the_time_of_the_last_change() -> None:
    rig = Rig(tracks=False)
    rig.device.sync()
    assert [url.partition("?")[0] for url in rig.asked].count("systemusers") == 2, "refused once, then read plainly"
    rig.asked.clear()
    rig.device.sync()
    assert len([url for url in rig.asked if url.startswith("systemusers")]) == 2, "and never asked for it again"
    assert not any("deltatoken" in url for url in rig.asked)


def test_without_a_copy_outlook_looks_for_changes_and_a_phone_does_not() -> None:
    asked = Rig().by_itself()
    assert [url.partition("?")[0] for url in asked] == TABLES
    assert all("modifiedon ge " in url for url in asked)
    assert Rig(looks=False).by_itself() == []


def test_by_itself_a_device_reads_the_tables_whose_interval_is_over() -> None:
    rig = Rig()
    rig.device.sync()
    rig.person.elapsed = 900.0
    assert sorted({url.partition("?")[0] for url in rig.by_itself()}) == ["opportunities", "phonecalls", "tasks"]
    rig.person.elapsed = 3600.0
    assert sorted({url.partition("?")[0] for url in rig.by_itself()}) == [t for t in TABLES if t != "systemusers"]


@pytest.mark.parametrize("looks", [True, False])
def test_away_a_device_asks_nothing(looks: bool) -> None:
    rig = Rig(looks=looks)
    rig.device.go_offline()
    rig.person.elapsed = 1e6
    assert rig.by_itself() == []
    rig.device.come_back()
    assert rig.by_itself() == [], "everything was just read"
