"""What a performance log of Windows says of the machines in it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path

from loadtests.counters import windows_names as names
from loadtests.counters.pdh import PdhLog, read_pdh
from loadtests.counters.reading import Reading
from loadtests.counters.text import ANSI
from loadtests.counters.track import Track, periods_between
from loadtests.counters.windows_names import CounterPath, english, parse_path
from loadtests.counters.zones import bias_words, moments_in, moments_with_bias
from loadtests.errors import ConfigError, CrmloadError
from loadtests.results import measures

KIND = "performance log of Windows"
ASYNC_SERVICE = "crmasyncservice"
_MANY = 30
_FEWEST = 2
Value = float | None


def read_perfmon(
    path: Path, text: str, encoding: str, said: Mapping[str, str], zone: tzinfo | None, zone_name: str
) -> Reading:
    """The tracks of a log. `said`: counters by foreign names; `zone`: of a log that names none, or instead of its own.

    `ConfigError` when no machine in it has a processor counter that is understood, or the time zone is nowhere.
    """
    log = read_pdh(text, str(path))
    if len(log.rows) < _FEWEST:
        raise ConfigError(
            "this performance log has a single row: each row tells of the time since the one before",
            next_step="let the collector run from before the test until after it",
            place=str(path),
        )
    if zone is None and log.bias_minutes is None:
        raise ConfigError(
            "the file does not say in which time zone its times are (typeperf never writes it)",
            next_step="say it: --time-zone Europe/Berlin, or --time-zone +01:00: the zone of the machine that wrote it",
            place=str(path),
        )
    if zone is not None:
        moments, clock = moments_in(zone, log.moments), f"{zone_name}, as you said"
    else:
        bias = log.bias_minutes or 0
        moments, clock = moments_with_bias(bias, log.moments), f"{log.zone}, {bias_words(bias)}"
    columns = _columns(log, dict(said))
    machines = list(dict.fromkeys(found.machine for found, _ in columns))
    tracks, notes = [], []
    cores: dict[str, int] = {}
    for machine in machines:
        own = [(found, values) for found, values in columns if found.machine == machine]
        for measure, values in _measured(own).items():
            periods = periods_between(moments, values)
            if periods:
                tracks.append(Track(machine, measure, periods))
        if single := {c.instance for c, _ in own if c.object.startswith("Processor") and c.instance[:1].isdigit()}:
            cores[machine] = len([one for one in single if not one.endswith("_Total")])
    if not any(track.measure == measures.BUSY for track in tracks):
        raise _not_understood(path, log)
    if encoding == ANSI:
        notes.append("its encoding is none of Unicode: read as Western Windows (code page 1252)")
    if log.unread:
        notes.append(f"{log.unread} lines between its rows are none and were left out")
    return Reading(path, KIND, tuple(tracks), clock, tuple(notes), log.paths, cores)


def _columns(log: PdhLog, said: dict[str, str]) -> list[tuple[CounterPath, list[Value]]]:
    """The columns that are understood, by their English path."""
    found = []
    for index, text in enumerate(log.paths):
        parts = parse_path(text)
        understood = english(parts, said) if parts else None
        if understood is not None:
            found.append((understood, [row[index] for row in log.rows]))
    return found


def _measured(columns: Sequence[tuple[CounterPath, list[Value]]]) -> dict[str, list[Value]]:
    """One machine's measures. Negative cells are Windows' way to say that it could not count."""
    by_counter: dict[tuple[str, str], dict[str, list[Value]]] = defaultdict(dict)
    for path, values in columns:
        instance = "_Total" if path.is_total else path.instance
        by_counter[path.object, path.counter][instance] = [None if v is None or v < 0 else v for v in values]

    def total(object_: str, counter: str) -> list[Value] | None:
        return by_counter.get((object_, counter), {}).get("_Total")

    def single(object_: str, counter: str) -> list[Value] | None:
        return by_counter.get((object_, counter), {}).get("")

    found: dict[str, list[Value] | None] = {}
    busy = total("Processor", names.CPU) or total("Processor Information", names.CPU)
    # A log that lists every processor and not their total says the same.
    every = [v for i, v in by_counter.get(("Processor", names.CPU), {}).items() if i.isdigit()]
    found[measures.BUSY] = _each(busy or _over(every, _mean), lambda percent: percent / 100)
    found[measures.RUN_QUEUE] = single("System", names.RUN_QUEUE)
    for counter, factor in ((names.FREE_MB, 1.0), (names.FREE_KB, 1 / 1024), (names.FREE_BYTES, 1 / 1024**2)):
        found[measures.MEMORY_FREE] = found.get(measures.MEMORY_FREE) or _scaled(single("Memory", counter), factor)
    idle = by_counter.get(("PhysicalDisk", names.IDLE), {})
    disks = [v for i, v in idle.items() if i != "_Total"] or list(idle.values())
    # The total over disks is their mean: one that is always busy beside three that sleep would look idle.
    found[measures.DISK_BUSY] = _each(_over(disks, min), lambda percent: max(0.0, 1 - percent / 100))
    found[measures.DISK_QUEUE] = total("PhysicalDisk", names.DISK_QUEUE)
    times = [v for v in (total("PhysicalDisk", c) for c in (names.READ, names.WRITE)) if v]
    transfer = total("PhysicalDisk", names.TRANSFER)
    found[measures.DISK_TIME] = _scaled(transfer or _over(times, max), 1000)
    cards = [v for i, v in by_counter.get(("Network Interface", names.NETWORK), {}).items() if i != "_Total"]
    found[measures.NETWORK] = _scaled(_over(cards, sum), 1 / 1e6)
    service = [v for i, v in by_counter.get(("Process", names.CPU), {}).items() if i.lower().startswith(ASYNC_SERVICE)]
    found[measures.ASYNC_CORES] = _scaled(_over(service, sum), 1 / 100)
    return {measure: values for measure, values in found.items() if values}


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _over(columns: Sequence[Sequence[Value]], fold: Callable[[list[float]], float]) -> list[Value] | None:
    """Several columns as one; a row counts as soon as one of them has a value."""
    if not columns:
        return None
    rows = ([value for value in row if value is not None] for row in zip(*columns, strict=True))
    return [fold(row) if row else None for row in rows]


def _each(values: Sequence[Value] | None, change: Callable[[float], float]) -> list[Value] | None:
    return None if values is None else [None if value is None else change(value) for value in values]


def _scaled(values: Sequence[Value] | None, factor: float) -> list[Value] | None:
    return _each(values, lambda value: value * factor)


def _not_understood(path: Path, log: PdhLog) -> CrmloadError:
    listed = [f"      {column}" for column in log.paths[:_MANY]]
    if len(log.paths) > _MANY:
        listed.append(f"      ... and {len(log.paths) - _MANY} more")
    guess = next((p for p in map(parse_path, log.paths) if p and p.is_total and "%" in p.counter), None)
    local = guess.without_machine if guess else r"\Processor in your language(_Total)\its time in percent"
    return ConfigError(
        "no processor counter in it is understood: how busy the machine was is the one thing that advice needs. "
        "Its columns are:\n" + "\n".join(listed),
        next_step="if one of them is `% Processor Time` in your language, say so in the environment file and add "
        "--environment FILE:\n"
        "      counter_names:\n"
        f"        '{local}': '\\Processor(_Total)\\% Processor Time'\n"
        "       If none is, record it: crmload counters kit writes scripts that do",
        place=str(path),
    )
