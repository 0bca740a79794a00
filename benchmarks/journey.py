"""What a real web journey costs the generator beyond its HTTP client: person, assertions, recorder, Locust's events."""

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.measuring.processes import GENERATOR_CORE, SERVER_CORE, on_core, pinning
from benchmarks.measuring.rounds import spread
from benchmarks.proofs.site import PROJECT, bench
from benchmarks.proofs.table import write_table

PEOPLE, ROUNDS = 20, 16
_NO_LIMITS = {"requests": 10**6, "execution_seconds": 1e6}
ROLES = ("Salesperson", "Customer Service Representative")

_PLAN = """\
name: journey
environment: {environment}
think_time_factor: 0.0000001
population:
{groups}
stages: [{{name: work, hold: 1m}}]
judge: [{{channel: web, transaction: open_record}}]
"""


def main() -> None:
    """Measure and write the table."""
    with tempfile.TemporaryDirectory() as name:
        journeys(Path(name))


def journeys(folder: Path, rounds: int = ROUNDS) -> list[dict[str, float]]:
    """Each role's people against a local CRM without service times; the rounds of all roles."""
    rows, everything = [], []
    with ExitStack() as stack:
        with on_core(SERVER_CORE):
            crm = stack.enter_context(bench(folder, ["--people", "200", "--scale", "0.1", "--hardware", "free"]))
        # Many rounds are more than the cloud lets one account send in five minutes.
        crm.control("POST", "limits", _NO_LIMITS)
        environment = folder / "environment.yaml"
        environment.write_text(environment.read_text(encoding="utf-8") + "flavour: cloud-9.2\n", encoding="utf-8")
        for role in ROLES:
            done = _pairs(folder, environment, role, rounds)
            everything += done
            per = [1e6 * one["people_s"] / one["requests"] for one in done]
            bare = [1e6 * one["bare_s"] / one["bare_requests"] for one in done]
            rows.append(
                (
                    role,
                    sum(int(one["acts"]) for one in done),
                    sum(int(one["requests"]) for one in done),
                    _middle(bare),
                    _middle(per),
                    _middle([100 * (whole / client - 1) for whole, client in zip(per, bare, strict=True)]),
                    f"{sum(int(one['went_wrong']) for one in done)} / {sum(int(one['bare_wrong']) for one in done)}",
                )
            )
    write_table(
        "journey",
        "A real web journey: processor time of the generator, and what of it is the HTTP client",
        ("role", "transactions", "requests", "client alone, µs a request", "the whole, µs a request",
         "beyond the client, %", "journeys broken off / client's answers not as wanted"),
        rows,
        f"Median (middle half) of {rounds} rounds. {PEOPLE} people of each role play each of their journeys once a "
        "round on the web client, without pauses, against the local CRM (its cloud's web client, people signed in by "
        "tokens, its limits of requests raised), with recorder and Locust's statistics on. After each journey, before "
        "the next, crmload's client alone sends the same waves of the same bytes, over its own connections: parts of "
        "some hundredths of a second, so that the machine's moods are both sides'. Records that people made have other "
        f"ids then. Wanted: at most 40 %, better 20 %. {pinning()}.",
    )  # fmt: skip
    return everything


def _pairs(folder: Path, environment: Path, role: str, rounds: int) -> list[dict[str, float]]:
    plan, out = folder / "plan.yaml", folder / "rounds.json"
    groups = f"  - {{channel: web, role: {role}, people: {PEOPLE}}}"
    plan.write_text(_PLAN.format(environment=environment.as_posix(), groups=groups), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.measuring.journey_pairs", str(plan), str(out), str(rounds)]
    with on_core(GENERATOR_CORE):
        subprocess.run(command, cwd=PROJECT, check=True)
    done: list[dict[str, float]] = json.loads(out.read_text(encoding="utf-8"))
    return done


def _middle(values: list[float]) -> str:
    """Where the machine has other work too, a round in ten is far off: the middle half tells how sure the median is."""
    quarter = len(values) // 4
    return spread(sorted(values)[quarter : len(values) - quarter])


if __name__ == "__main__":
    main()
