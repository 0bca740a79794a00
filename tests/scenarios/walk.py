"""One person of each channel and role walks through every journey, twice, against a real local CRM.

A process of its own because of gevent: `python -m tests.scenarios.walk PLAN OUT`. Every request carries the transaction
it belongs to as its User-Agent, so that the CRM's own log tells what each transaction took. OUT gets, as JSON, what the
person thought of each transaction, and what the clean-up said.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from loadtests.config.load import resolve_plan
from loadtests.load.clock import RunClock
from loadtests.load.housekeeper import make_decoys, signed_in_housekeeper
from loadtests.load.http import Request, Response
from loadtests.load.leases import LocalLeases
from loadtests.load.outcomes import NotOk
from loadtests.load.person import PROBE, Person
from loadtests.load.pools import fill_pools
from loadtests.load.process import LoadProcess
from loadtests.load.removal import remove_all
from loadtests.load.roster import Roster
from loadtests.results.ledger import LedgerEntry, LedgerFile, read_ledger
from scenarios.channels import CHANNELS
from scenarios.engine import Engine
from scenarios.pools import pools_of
from scenarios.probes import probe
from scenarios.site import Site


class Walk:
    """The run of all people, and what they reported."""

    def __init__(self, plan_file: Path, folder: Path) -> None:
        self.plan = resolve_plan(plan_file)
        self.site = Site.of(self.plan)
        self.report: list[dict[str, str]] = []
        self.ledger = folder / "ledger.jsonl"
        self._label = "between transactions"
        roster = Roster(self.plan)
        self._housekeeper = signed_in_housekeeper(self.plan)
        decoys = LedgerFile(folder / "decoys.jsonl")
        roster.set_decoys(make_decoys(self._housekeeper, self.plan, roster.accounts, decoys.append))
        pools = pools_of(self.plan)
        # Two sessions of everybody, whatever the plan's length is.
        pools = replace(pools, needs=[replace(need, wanted=2) for need in pools.needs])
        roster.set_records(fill_pools([self._housekeeper], self.plan, roster.seats, pools, decoys.append).records)
        self._entries = lambda: read_ledger([folder / "decoys.jsonl", self.ledger], [])
        self._leases = LocalLeases(roster)
        self._process = LoadProcess(
            self.plan, self._leases, name="walk", clock=RunClock.starting_now(), ledger=self.ledger
        )

    def everybody(self) -> None:
        """People of every channel and role, one after the other."""
        for channel in dict.fromkeys(group.channel for group in self.plan.population):
            while lease := self._leases.take(channel):
                person = self._process.person_for(lease, lambda *_: None)
                self._listen(person)
                self._two_sessions(person)
                person.close()
                self._process._present.clear()

    def clean_up(self) -> dict[str, Any]:
        """What the housekeeper said when removing what the ledger names."""
        entries: list[LedgerEntry] = self._entries()
        said = remove_all([self._housekeeper], entries, lambda *_: None)
        return {"entries": len(entries), "removed": said.removed, "kept": [str(kept) for kept in said.kept]}

    def _two_sessions(self, person: Person) -> None:
        channel = CHANNELS[person.lease.channel](person, self.site)
        for first in (True, False):
            person.begin_session(first)
            channel.begin()
            engine = Engine(person, channel, self.site)
            engine.sign_in()
            for name in person.plan.journeys_of(person.lease.role, person.lease.channel):
                engine.play(self.site.journeys[name])
            for must_not in person.lease.role.must_not if first else []:
                with person.transaction(PROBE):
                    probe(person, self.site, must_not)
            channel.end()
            person.end_session(True)

    def _listen(self, person: Person) -> None:
        transaction, send, send_all = person.transaction, person.http.send, person.http.send_all

        @contextmanager
        def noted(name: str) -> Iterator[None]:
            where = f"{person.lease.channel}/{person.lease.role.slug}/{person.visit}"
            self._label = f"walk {len(self.report):03d}"
            line = {"agent": self._label, "where": where, "transaction": name, "outcome": "ok"}
            self.report.append(line)
            try:
                with transaction(name):
                    yield
            except NotOk as error:
                line["outcome"] = f"{error.outcome}: {error.text}"
                raise
            finally:
                self._label = "between transactions"

        def labelled(request: Request) -> Request:
            return request._replace(headers={**request.headers, "User-Agent": self._label})

        def sent(request: Request) -> Response:
            return send(labelled(request))

        def all_sent(requests: Sequence[Request]) -> list[Response]:
            return send_all([labelled(request) for request in requests])

        person.transaction = noted  # type: ignore[method-assign,assignment]
        person.http.send = sent  # type: ignore[method-assign]
        person.http.send_all = all_sent  # type: ignore[method-assign]


def main(plan: str, out: str) -> None:
    """Walk, clean up, report."""
    walk = Walk(Path(plan), Path(out).parent)
    problem = ""
    try:
        walk.everybody()
    except NotOk as error:
        problem = error.text
    finally:
        report = {"transactions": walk.report, "problem": problem, "clean_up": walk.clean_up()}
        Path(out).write_text(json.dumps(report), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
