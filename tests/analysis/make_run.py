"""Writes run folders as a real run would, through the same writers, so that every branch of the rule can be met.

`Recipe()` is a healthy run of two minutes with 44 people; each test changes what it is about.
"""

import random
from collections import Counter, defaultdict
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

from analysis.judge import judge
from analysis.verdict import Verdict
from loadtests.config.resolved import ResolvedPlan
from loadtests.results.check_record import CheckRecord
from loadtests.results.delta import Delta
from loadtests.results.histogram import Histogram
from loadtests.results.ledger import REMOVED, LedgerEntry
from loadtests.results.run_folder import RunFolder
from loadtests.results.run_record import RunRecord, WorkerInfo
from loadtests.results.writer import RunWriter
from tests.analysis.recipe import DENIED_MESSAGE, MEDIANS, SALES, SERVICE, STARTED, Recipe, a_plan


def _worker(recipe: Recipe) -> WorkerInfo:
    worker = WorkerInfo(name="w1", clock_offset_ms=0.4)
    if recipe.lost_worker:
        loss = {"lost": True, "lost_s": 123.4, "people_lost": 12, "host": "gen-b", "ledger": "/work/ledger-w1.jsonl"}
        return worker.model_copy(update=loss)
    return worker


def make_run(results: Path, recipe: Recipe | None = None) -> RunFolder:
    """A run folder with everything a run leaves behind but the verdict."""
    # A copy: denials are counted down while the run is made.
    recipe = deepcopy(recipe or Recipe())
    plan = a_plan(recipe)
    folder = RunFolder.create(results, "demo", STARTED)
    people = sum(recipe.people.values())
    ended = STARTED + timedelta(seconds=140)
    folder.write_record(
        RunRecord(
            schema=1,
            plan=plan,
            started_utc=STARTED.isoformat(),
            ended_utc=ended.isoformat() if recipe.ending else None,
            ending=recipe.ending,
            not_the_plan=recipe.not_the_plan,
            workload_model=f"closed, {people} people, think time x {recipe.think_time_factor:g}",
            versions={"crmload": "0.1.0", "locust": "2.46.3", "python": "3.11.2"},
            workers=[_worker(recipe)],
            environment={"version": "9.1.18.22", "flavours": ["onprem-9.1", "ifd-9.1"]},
            check=CheckRecord(**recipe.check),
            approximations=recipe.approximations,
        )
    )
    writer = RunWriter(folder, STARTED)
    chance = random.Random(recipe.seed)
    for interval in range(recipe.intervals):
        writer.append(_delta(recipe, plan, interval, chance))
    if recipe.sessions:
        writer.append(
            Delta(worker="w1", sequence=10_000, interval=recipe.intervals - 1, sessions=_sessions(recipe, chance))
        )
    if recipe.examples:
        traffic = {example.series: [1, 12, 4, 0, 9_000, 300_000] for example in recipe.examples}
        examples = [example.to_fields() for example in recipe.examples]
        writer.append(Delta("w1", 10_001, recipe.intervals - 1, examples=examples, traffic=traffic))
    if recipe.ending == "finished":
        writer.end_stage("work", recipe.intervals - 1)
    record = LedgerEntry("a" * 32, "tasks", "task", "p001", STARTED.isoformat())
    writer.append_ledger(record, LedgerEntry(**{**_fields(record), "state": REMOVED}))
    writer.close()
    return folder


def _delta(recipe: Recipe, plan: ResolvedPlan, interval: int, chance: random.Random) -> Delta:
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    histograms: dict[str, Histogram] = defaultdict(Histogram)
    errors: dict[tuple[str, str, int, str, str], int] = Counter()
    arrived = min(1.0, (interval + 1) * 5 / 30)
    for (channel, role), planned in recipe.people.items():
        outcomes[f"people/{channel}/{role}"]["present"] = round(planned * arrived * recipe.present)
        visit = "first" if interval < 10 else "everyday"
        for transaction, median in MEDIANS.items():
            series = f"{channel}/{role}/{transaction}/{visit}"
            count = _times(recipe.per_interval * arrived * planned / 11, chance)
            if transaction in ("sign_in", "open_home", "must_not"):
                count = 1 if interval < 10 else 0
            for _ in range(count):
                _one(recipe, outcomes, histograms, errors, series, median, chance)
    for journey, agreed in plan.agreed.items():
        for role_slug, planned_role in plan.roles.items():
            if journey in planned_role.journeys:
                done = _times(agreed * 1.25 * recipe.done_factor / 720, chance)
                outcomes[f"volume/{role_slug}/{journey}"] += Counter(begun=done, done=done)
    if interval == 12:
        _misfits(recipe, outcomes, histograms, errors)
    return Delta(
        worker="w1",
        sequence=interval,
        interval=interval,
        histograms={tag: histogram.counts for tag, histogram in histograms.items()},
        outcomes={series: dict(counts) for series, counts in outcomes.items()},
        errors=[
            {
                "count": count, "first_utc": STARTED.isoformat(), "series": series, "outcome": outcome,
                "status": status, "code": code, "message": message,
                "service_request_id": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
            }
            for (series, outcome, status, code, message), count in errors.items()
        ],
        counters={
            **(
                {"generator/w1|cpu_share": recipe.generator_cpu, "generator/w1|start_lag_p99_ms": recipe.start_lag_ms}
                if recipe.generator_counters
                else {}
            ),
            **{f"server/{name}|busy_share": busy for name, busy in recipe.server_busy.items()},
        },
    )  # fmt: skip


def _one(
    recipe: Recipe,
    outcomes: dict[str, Counter[str]],
    histograms: dict[str, Histogram],
    errors: dict[tuple[str, str, int, str, str], int],
    series: str,
    median: float,
    chance: random.Random,
) -> None:
    channel, role, transaction, _ = series.split("/")
    share = recipe.failed.get((channel, transaction), 0.0)
    if chance.random() < share:
        outcomes[series]["failed"] += 1
        errors[series, "failed", 500, "0x80040216", "An unexpected error occurred."] += 1
        return
    if recipe.denied.get((role, transaction), 0) > 0:
        recipe.denied[role, transaction] -= 1
        outcomes[series]["denied"] += 1
        errors[series, "denied", 403, "0x80040220", DENIED_MESSAGE] += 1
        return
    factor = recipe.slower.get((channel, transaction), 1.0) * (1.25 if channel == "ifd" else 1.0)
    time_us = int(median * factor * 1e6 * chance.lognormvariate(0, 0.35))
    outcomes[series]["ok"] += 1
    histograms[series].record(time_us)
    request = f"request/{channel}/GET {transaction} (main)"
    outcomes[request]["ok"] += 1
    histograms[request].record(time_us // 2)


def _misfits(
    recipe: Recipe,
    outcomes: dict[str, Counter[str]],
    histograms: dict[str, Histogram],
    errors: dict[tuple[str, str, int, str, str], int],
) -> None:
    for role, count in recipe.leaked.items():
        series = f"web/{role}/must_not/first"
        outcomes[series]["leaked"] += count
        errors[series, "leaked", 204, "", "delete account: allowed on a decoy"] += count
    if recipe.throttled:
        outcomes[f"web/{SALES}/save/everyday"]["throttled"] += recipe.throttled
    if recipe.empty_desks:
        series = f"web/{SERVICE}/open_view/first"
        outcomes[series]["failed"] += recipe.empty_desks
        errors[series, "failed", 200, "", "empty desk: no rows in My Active Cases"] += recipe.empty_desks
    if recipe.empty_pools:
        series = f"web/{SERVICE}/open_record/everyday"
        outcomes[series]["failed"] += recipe.empty_pools
        errors[series, "failed", 0, "", "pool empty: no record is left in My Active Cases"] += recipe.empty_pools


def _sessions(recipe: Recipe, chance: random.Random) -> list[dict[str, Any]]:
    sessions: list[dict[str, Any]] = []
    everybody = [(channel, role) for (channel, role), n in recipe.people.items() for _ in range(n)]
    # Broken and unfinished people are spread over the channels, from both ends of the list.
    for number, (channel, role) in enumerate(everybody):
        broken = number >= len(everybody) - recipe.broken_people
        unfinished = number < recipe.unfinished_people
        sessions.append(
            {
                "person": f"p{number:03d}", "channel": channel, "role": role, "first": True, "ended": not unfinished,
                "transactions": chance.randint(6, 8), "over_good": 1, "over_fail": int(broken), "failed": 0,
                "worst_transaction": "open_home" if broken else "open_record",
                "worst_ms": 6412.0 + 100 * number if broken else 612.0, "broken": broken,
                "steps_to_first_screen": 73 if channel == "web" else 85,
                "redirects": 0 if channel == "web" else 3, "prompts": recipe.prompts,
                "round_trips": 21 if channel == "web" else 27,
                "kilobytes": 912.4, "first_screen_ms": 1840.0,
                "broke_on": "open_home" if broken else "", "broke_outcome": "ok" if broken else "",
                "broke_ms": 6412.0 + 100 * number if broken else 0.0,
            }
        )  # fmt: skip
        everyday = {"first": False, "broken": False, "over_fail": 0, "steps_to_first_screen": 9, "broke_on": ""}
        sessions.append({**sessions[-1], **everyday})
    return sessions


def _times(mean: float, chance: random.Random) -> int:
    return int(mean) + (chance.random() < mean - int(mean))


def _fields(entry: LedgerEntry) -> dict[str, str]:
    return {name: getattr(entry, name) for name in ("id", "entity_set", "table", "by", "made_utc", "undo", "note")}


def verdict_of(folder: Path, **changes: Any) -> Verdict:
    """The verdict on a run made by the recipe with these changes."""
    return judge(make_run(folder, Recipe(**changes)))
