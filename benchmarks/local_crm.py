"""What the local CRM costs: generating its data, and answering a view and a record next to the smallest question."""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from benchmarks.measuring.processes import GENERATOR_CORE, SERVER_CORE, cpu_seconds, on_core, pinning
from benchmarks.measuring.rounds import interleaved, ratios, spread
from benchmarks.proofs.table import write_table
from loadtests.config.local_crm import environment_of
from loadtests.config.secrets import Secrets
from loadtests.config.users import read_users
from loadtests.launch.local_server import LocalServer
from loadtests.load.plain_session import PlainSession
from localcrm.data.database import Database

PROJECT = Path(__file__).resolve().parents[1]
SCALES = ("0.1", "1.0")
GENERATION_ROUNDS = 2
ROUNDS, WINDOW_S, WARM_UP = 3, 3.0, 5
ROLE, TABLE, KEY, VIEW = "Salesperson", "opportunity", "opportunityid", "My Open Opportunities"
WHO, RECORD = "WhoAmI", "record"
ANNOTATED = {"Prefer": 'odata.include-annotations="*"'}

Ask = Callable[[], object]


def main() -> None:
    """Measure and write two tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generation(folder)
        requests(folder)


def generation(folder: Path, rounds: int = GENERATION_ROUNDS) -> None:
    """Seconds until an empty place holds a company; leaves the last database of each scale in the folder."""

    def build(scale: str) -> float:
        _file(folder, scale).unlink(missing_ok=True)
        began = time.perf_counter()
        Database.open(str(_file(folder, scale)), scale=float(scale)).close()
        return time.perf_counter() - began

    seconds = interleaved(SCALES, build, rounds)
    records = {scale: _records(_file(folder, scale)) for scale in SCALES}
    write_table(
        "local-crm-generation",
        "Generating the local CRM's data (SQLite)",
        ("scale", "rows", "MiB", "seconds", f"× scale {SCALES[0]}", "µs a row"),
        [
            (
                scale,
                f"{records[scale]:,}",
                f"{_file(folder, scale).stat().st_size / 2**20:,.0f}",
                spread(seconds[scale]),
                spread(ratios(seconds, scale, SCALES[0])),
                spread([1e6 * value / records[scale] for value in seconds[scale]]),
            )
            for scale in SCALES
        ],
        f"{rounds} interleaved rounds on a shared machine, wall-clock time; indexes and statistics are included. Rows "
        "are those of all tables, link tables too. With so few rounds, 20 % more or less means nothing.",
    )


def requests(folder: Path, window_s: float = WINDOW_S, rounds: int = ROUNDS) -> None:
    """Processor time of the server for a request, at the largest scale."""
    scale = SCALES[-1]
    options = ("--scale", scale, "--database", str(_file(folder, scale)), "--hardware", "free")
    with on_core(SERVER_CORE):
        server = LocalServer(folder / "state", PROJECT, options)
    with server:
        ready = server.wait_until_ready(lambda line: print(f"  {line}"))
        questions = _questions(_signed_in(ready))
        sizes: dict[str, object] = {}
        for name, ask in questions.items():
            sizes[name] = [ask() for _ in range(WARM_UP)][-1]
        times: dict[str, list[float]] = {name: [] for name in questions}

        def measure(name: str) -> float:
            count, began, used = 0, time.perf_counter(), cpu_seconds(ready["pid"])
            with on_core(GENERATOR_CORE):
                while time.perf_counter() - began < window_s:
                    questions[name]()
                    count += 1
            times[name].append(1000 * (time.perf_counter() - began) / count)
            return 1000 * (cpu_seconds(ready["pid"]) - used) / count

        readings = interleaved(tuple(questions), measure, rounds)
    write_table(
        "local-crm-requests",
        f"Processor time of the local CRM for a request, {scale} scale, standard roles",
        ("request", "body bytes", "ms of processor time", f"× {WHO}", "ms until answered"),
        [
            (
                name,
                sizes[name],
                spread(readings[name]),
                spread(ratios(readings, name, WHO)),
                spread(times[name]),
            )
            for name in questions
        ],
        f"{rounds} interleaved rounds of {window_s:g} s, one request at a time over one kept-alive HTTPS connection, "
        f"pretended hardware off; {pinning()}. {VIEW} of a {ROLE} is asked by FetchXML: a page of 50 rows with total "
        f"and annotations; the record is one {TABLE} with all columns. The time until answered contains the asking "
        "client's own work. The machine is shared: compare ratios, and make nothing of differences below a third.",
    )


def _file(folder: Path, scale: str) -> Path:
    return folder / f"crm-{scale}.sqlite3"


def _records(file: Path) -> int:
    connection = sqlite3.connect(file)
    try:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return sum(
            connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for name in tables
            if not name.startswith(("sqlite_", "localcrm_"))
        )
    finally:
        connection.close()


def _signed_in(ready: dict[str, Any]) -> PlainSession:
    environment = environment_of(ready, "bench")
    assert environment.users_file is not None
    person = next(account for account in read_users(environment.users_file) if account.role == ROLE)
    session = PlainSession(environment, environment.entrances["intranet"], purpose="bench")
    session.sign_in(person, Secrets.load(environment))
    return session


def _questions(session: PlainSession) -> dict[str, Ask]:
    """What is measured, by name; each call asks once and gives the body's length."""
    where = quote(f"name eq '{VIEW}' and returnedtypecode eq '{TABLE}'")
    (saved,) = session.get(f"savedqueries?$select=fetchxml&$filter={where}").json()["value"]
    fetch = ElementTree.fromstring(saved["fetchxml"])
    fetch.attrib |= {"page": "1", "count": "50", "returntotalrecordcount": "true"}
    view = f"opportunities?fetchXml={quote(ElementTree.tostring(fetch, encoding='unicode'), safe='')}"
    first = session.get(view, **ANNOTATED).json()["value"][0]
    return {
        WHO: partial(_ask, session, WHO),
        VIEW: partial(_ask, session, view),
        RECORD: partial(_ask, session, f"opportunities({first[KEY]})"),
    }


def _ask(session: PlainSession, path: str) -> int:
    answer = session.get(path, **({} if path == WHO else ANNOTATED))
    answer.raise_for_status()
    return len(answer.content)


if __name__ == "__main__":
    main()
