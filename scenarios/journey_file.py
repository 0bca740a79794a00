"""Reads a journey file: every problem at once, each with its line, misspelt words with what was probably meant."""

from collections.abc import Collection, Mapping
from typing import Any

from loadtests.config.document import Document
from loadtests.errors import ConfigError
from scenarios.journey import Journey, Step
from scenarios.reading import Given, Reading, Value
from scenarios.step_readers import ALL_OPTIONS, READERS, check_away
from scenarios.table import Table

_OWN_KEYS = {"journey", "title", "description", "steps"}


def read_journey(document: Document, tables: Mapping[str, Table], dashboards: Collection[str] = ()) -> Journey:
    """The journey of a file. Raises `ConfigError` with all its problems."""
    reading = Reading(document, tables, dashboards=dashboards)
    data = document.data if isinstance(document.data, dict) else {}
    name = data.get("journey")
    if not isinstance(name, str) or not name:
        reading.wrong((), "the file has no `journey:` line with a name", f"add `journey: {document.path.stem}`")
    for key in data.keys() - _OWN_KEYS:
        reading.unknown((key,), "key", key, _OWN_KEYS)
    listed = data.get("steps")
    read: list[Step] = []
    if not isinstance(listed, list) or not listed:
        reading.wrong(("steps",) if "steps" in data else (), "`steps:` must be a list with at least one step")
    else:
        read = [step for index, raw in enumerate(listed) if (step := _step(reading, index, raw))]
        if not reading.problems and not any(step.transaction for step in read):
            reading.wrong(("steps",), "nobody waits for anything in this journey", "add a step such as open_view")
        if reading.away:
            reading.wrong(("steps",), "the journey ends without the network", "add `- come_back` at its end")
    if reading.problems:
        raise ConfigError.of(reading.problems)
    return Journey(str(name), str(data.get("title", name)), tuple(read))


def _step(reading: Reading, index: int, raw: Any) -> Step | None:
    at = ("steps", index)
    options: dict[str, Value] = {raw: None} if isinstance(raw, str) else dict(raw) if isinstance(raw, dict) else {}
    # `think` is a step of its own, and an option of every other.
    verbs = [key for key in options if key in READERS and (key != "think" or len(options) == 1)]
    if len(verbs) != 1:
        words = [key for key in options if key not in ALL_OPTIONS] or [str(raw)]
        if verbs:
            reading.wrong(at, f"one step, two verbs: {', '.join(verbs)}", "begin a new line with `- ` for each step")
        else:
            reading.unknown(at, "verb", words[0], READERS)
        return None
    reader = READERS[verbs[0]]
    known = {verbs[0], *reader.required, *reader.optional}
    for key in options.keys() - known:
        reading.unknown((*at, key), f"option of {verbs[0]}", key, known - {verbs[0]})
    missing = [key for key in reader.required if options.get(key) in (None, "")]
    if missing:
        for key in missing:
            reading.wrong(at, f"{verbs[0]} needs `{key}:`", f"add `{key}: {reader.required[key]}`")
        return None
    before, away = len(reading.problems), reading.away
    given = Given(reading, at, verbs[0], options)
    step = reader.read(given)
    if away and len(reading.problems) == before and verbs[0] != "come_back":
        check_away(given, step)
    return step if len(reading.problems) == before else None
