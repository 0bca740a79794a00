"""What a server team needs to record how busy its servers are: scripts, and a page that asks for it.

Testers rarely may run anything on the servers. All is text that an administrator can read before running it; crmload
never runs it. `logman create counter` and its options: learn.microsoft.com, windows-server/administration/
windows-commands/logman-create-counter.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from math import ceil

from jinja2 import Environment as Templates
from jinja2 import StrictUndefined

from loadtests.config.environment import Server, ServerRole
from loadtests.counters.sql_server import WAITS
from loadtests.counters.windows_names import localised

COLLECTOR = "crmload"
EVERY_S, SQL_EVERY_S = 5, 15
_CELL_BYTES = 24
_SEVERAL = 4
"""Columns of a counter with `*`: disks and network cards of a usual server."""
WAIT_COLUMNS = "taken_utc,server_name,wait_type,waiting_tasks_count,wait_time_ms,signal_wait_time_ms"
FILE_COLUMNS = (
    "taken_utc,server_name,database_name,file_id,num_of_reads,io_stall_read_ms,num_of_writes,io_stall_write_ms"
)
COUNTERS = (
    r"\Processor(_Total)\% Processor Time",
    r"\System\Processor Queue Length",
    r"\Memory\Available MBytes",
    r"\PhysicalDisk(*)\% Idle Time",
    r"\PhysicalDisk(_Total)\Current Disk Queue Length",
    r"\PhysicalDisk(_Total)\Avg. Disk sec/Read",
    r"\PhysicalDisk(_Total)\Avg. Disk sec/Write",
    r"\Network Interface(*)\Bytes Total/sec",
)
OF_THE_SERVICE = r"\Process(CrmAsyncService*)\% Processor Time"
"""The asynchronous service: on a server of its own, or beside others."""
ROLE_WORDS: Mapping[ServerRole, str] = {
    "web": "front end",
    "async": "asynchronous service",
    "sandbox": "sandbox of plug-ins",
    "database": "SQL Server",
    "reporting": "reporting",
    "sign_in": "AD FS",
    "all": "everything on one machine",
    "other": "other",
}
ON_SQL = ("database", "all")
WITH_SERVICE = ("web", "async", "all", "other")


@dataclass(frozen=True, slots=True)
class Kit:
    """Path below the output folder -> the file's bytes; `left_out`: counters without a known name in the language."""

    files: dict[str, bytes]
    left_out: tuple[str, ...]


def make_kit(name: str, servers: Mapping[str, Server], *, language: str, hours: int) -> Kit:
    """The kit for these servers. `language`: of their Windows, `en` or one of `LANGUAGES`; `hours`: its longest run."""
    made: dict[str, bytes] = {}
    left_out: list[str] = []
    values = {
        "collector": COLLECTOR, "every": EVERY_S, "sql_every": SQL_EVERY_S, "hours": hours,
        "rounds": hours * 3600 // SQL_EVERY_S, "wait_columns": WAIT_COLUMNS, "file_columns": FILE_COLUMNS,
        "waits": [begins for group in WAITS.values() for begins in group],
    }  # fmt: skip
    for name_of, one in servers.items():
        server = re.sub(r"[^\w.-]+", "-", name_of)
        wanted = [*COUNTERS, *([OF_THE_SERVICE] if one.role in WITH_SERVICE else [])]
        paths = {path: localised(path, language) for path in wanted}
        left_out += [path for path, local in paths.items() if local is None]
        # Windows' own tools read a list of counters in the code page of its language.
        listed = "".join(f"{local}\r\n" for local in paths.values() if local is not None)
        made[f"{server}/counters.txt"] = listed.encode("cp1252")
        scripts = ["start.cmd", "stop.cmd"]
        if one.role in ON_SQL:
            scripts += ["record-sql.cmd", "stop-sql.cmd", "waits.sql", "files.sql"]
        for script in scripts:
            made[f"{server}/{script}"] = _filled(script, values)
    left_out = list(dict.fromkeys(left_out))
    made["request.txt"] = _filled(
        "request.txt",
        values
        | {
            "name": name,
            "servers": servers,
            "words": ROLE_WORDS,
            "databases": [one.machine or key for key, one in servers.items() if one.role in ON_SQL],
            "megabytes": _megabytes_an_hour(),
            "left_out": left_out,
        },
    )
    return Kit(made, tuple(left_out))


def _megabytes_an_hour() -> int:
    columns = sum(_SEVERAL if "*" in path else 1 for path in (*COUNTERS, OF_THE_SERVICE))
    return ceil(columns * _CELL_BYTES * 3600 / EVERY_S / 1e6)


def _filled(name: str, values: Mapping[str, object]) -> bytes:
    """A file as Windows wants it: its own line ends, plain ASCII."""
    text = files("loadtests.counters").joinpath("templates", f"{name}.j2").read_text(encoding="utf-8")
    filled = Templates(undefined=StrictUndefined, keep_trailing_newline=True).from_string(text).render(values)
    return filled.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8")
