"""People of one channel walk through every journey twice: `python -m benchmarks.measuring.walkers PLAN OUT`.

OUT gets, as JSON, every transaction as the network saw it (`loadtests.results.waves`). A process of its own because of
gevent. What the people made is removed at the end: the next walk types the same, and would be told of duplicates.
"""

import json
import sys
from pathlib import Path

import loadtests.load.recorder
from loadtests.config.load import resolve_plan
from loadtests.config.resolved import ResolvedPlan
from loadtests.load.clock import RunClock
from loadtests.load.housekeeper import signed_in_housekeeper
from loadtests.load.leases import LocalLeases
from loadtests.load.person import Person
from loadtests.load.process import LoadProcess
from loadtests.load.removal import remove_all
from loadtests.load.roster import Roster
from loadtests.results.ledger import read_ledger
from scenarios.channels import CHANNELS
from scenarios.engine import Engine
from scenarios.site import Site


def walk(plan_file: Path, out: Path) -> None:
    """Everybody of the plan, one after the other: a first session and an everyday one."""
    loadtests.load.recorder.EXAMPLES = 1000
    plan = resolve_plan(plan_file)
    site = Site.of(plan)
    leases = LocalLeases(Roster(plan))
    ledger = out.with_suffix(".ledger.jsonl")
    process = LoadProcess(plan, leases, name="walk", clock=RunClock.starting_now(), ledger=ledger)
    for channel in dict.fromkeys(group.channel for group in plan.population):
        while lease := leases.take(channel):
            person = process.person_for(lease, lambda *_: None)
            _two_sessions(person, site)
            person.close()
            process._present.clear()
    _clean_up(plan, ledger)
    deltas = process.take_deltas(final=True)
    out.write_text(json.dumps([example for delta in deltas for example in delta.examples]), encoding="utf-8")


def _two_sessions(person: Person, site: Site) -> None:
    channel = CHANNELS[person.lease.channel](person, site)
    for first in (True, False):
        person.begin_session(first)
        channel.begin()
        engine = Engine(person, channel, site)
        engine.sign_in()
        for name in person.plan.journeys_of(person.lease.role, person.lease.channel):
            engine.play(site.journeys[name])
        channel.end()
        person.end_session(True)


def _clean_up(plan: ResolvedPlan, ledger: Path) -> None:
    session = signed_in_housekeeper(plan)
    report = remove_all([session], read_ledger([ledger], []), lambda *_: None)
    session.close()
    if report.kept:
        sys.exit(f"left in the CRM: {report.kept}")


if __name__ == "__main__":
    walk(Path(sys.argv[1]), Path(sys.argv[2]))
