"""Whose counters are these: machines of a file as servers of the environment."""

from collections.abc import Mapping

from loadtests.config.environment import Server
from loadtests.counters.reading import Reading
from loadtests.errors import ConfigError


def short_name(machine: str) -> str:
    r"""A computer's name without domain, port and SQL Server's `\instance`, in small letters."""
    host = machine.strip().lower().removeprefix("\\\\").rpartition("//")[2]
    host = host.split(":", 1)[0].split("\\", 1)[0]
    return host if host.replace(".", "").isdigit() else host.split(".", 1)[0]


def servers_of(
    reading: Reading, servers: Mapping[str, Server], named: str | None = None
) -> tuple[dict[str, str], list[str]]:
    """Machine -> server, and the machines that are none. `named`: the user said which server the file is of.

    `ConfigError` when no machine of the file is a server of the environment, or two are the same.
    """
    machines = list(reading.machines)
    if named is not None:
        return _all_of(reading, machines, servers, named), []
    known = {short_name(server.machine or name): name for name, server in servers.items()}
    known = {short_name(name): name for name in servers} | known
    found = {machine: known[short_name(machine)] for machine in machines if short_name(machine) in known}
    if not found:
        raise ConfigError(
            f"it counts {_listed(machines)}, and the environment {_has(servers)}",
            next_step="write what these machines are into the environment file and add --environment FILE:\n"
            "      servers:\n" + "\n".join(f"        {line}" for line in _lines(machines))
            + ("\n       or say that the file is of one of its servers: --server NAME" if servers else ""),
            place=str(reading.path),
        )  # fmt: skip
    for server in set(found.values()):
        twice = [machine for machine, name in found.items() if name == server]
        if len(twice) > 1:
            raise ConfigError(
                f"{_listed(twice)} would all be the server `{server}`",
                next_step="give each its own entry under `servers:` with `machine: NAME`",
                place=str(reading.path),
            )
    return found, [machine for machine in machines if machine not in found]


def _all_of(reading: Reading, machines: list[str], servers: Mapping[str, Server], named: str) -> dict[str, str]:
    if named not in servers:
        raise ConfigError(
            f"`{named}` is no server of the environment, which {_has(servers)}",
            next_step="write it under `servers:` of the environment file and add --environment FILE",
            place="--server",
        )
    if len(machines) > 1:
        raise ConfigError(
            f"the file counts {_listed(machines)}, and --server names one",
            next_step="leave --server out, and give each server its `machine:` in the environment file",
            place=str(reading.path),
        )
    return {machines[0]: named}


def _has(servers: Mapping[str, Server]) -> str:
    if not servers:
        return "names no servers"
    names = (f"{name} (machine {one.machine})" if one.machine else name for name, one in servers.items())
    return "has " + ", ".join(names)


def _listed(machines: list[str]) -> str:
    return ", ".join(machine or "a machine without a name" for machine in machines) or "nobody"


def _lines(machines: list[str]) -> list[str]:
    return [
        f"{short_name(machine) or 'NAME'}: {{role: web, cores: 8, memory_gb: 32, machine: {machine or 'NAME'}}}"
        for machine in machines
    ] + ["# role: web, async, sandbox, database, reporting, sign_in, all or other; cores and memory as they are"]
