"""A run over several machines at the front door: what a master waits for, a worker's command, ledgers far away."""

import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loadtests.config.files import PROJECT
from loadtests.errors import CrmloadError
from loadtests.exit_codes import ExitCode
from loadtests.launch.locust_children import Gate, work_for

if TYPE_CHECKING:
    from loadtests.results.run_folder import RunFolder
    from loadtests.results.run_record import WorkerInfo

PORT = 5557
"""Locust's own; the one that a firewall must let workers through to."""


def gate_of(master: bool, expect: int | None, bind: str | None, port: int | None, processes: int | None) -> Gate | None:
    """Where the master listens, None for a run on this machine alone; told to the user, who starts the workers."""
    if not master:
        if (expect, bind, port) != (None, None, None):
            raise click.UsageError("--expect-workers, --bind and --port go with --master (--port with --worker too)")
        return None
    gate = Gate(1 if expect is None else expect, bind or "*", port or PORT)
    if gate.expect + (processes or 0) == 0:
        raise click.UsageError("--expect-workers 0 without --processes: nobody would play the people")
    return gate


def tell_gate(gate: Gate) -> None:
    """What to start on the other machines."""
    at = "" if gate.port == PORT else f" --port {gate.port}"
    host = gate.host if gate.host not in ("*", "0.0.0.0") else "THIS-MACHINE"
    click.echo(
        f"waiting for {gate.expect} worker{'' if gate.expect == 1 else 's'} on port {gate.port}; on each machine: "
        f"crmload run --worker --master-host {host}{at}"
    )


def be_worker(plan: Path | None, master_host: str | None, port: int | None, results: Path) -> ExitCode:
    """Play people for a master elsewhere until its run is over."""
    if plan is not None:
        raise click.UsageError("a worker takes no PLAN: it gets the master's")
    if not master_host:
        raise click.UsageError("--worker needs --master-host: the machine on which `crmload run PLAN --master` runs")
    port = port or PORT
    click.echo(f"worker of {master_host}:{port}; Ctrl-C ends it, its people finish what they are doing")
    code = work_for(master_host, port, results, PROJECT)
    if code not in set(ExitCode):
        raise CrmloadError(
            f"the worker ended with exit code {code}",
            next_step=f"what it said stands above; can {master_host}:{port} be reached from here (firewall)?",
        )
    return ExitCode(code)


def tell_far_ledgers(folder: "RunFolder") -> None:
    """Where it stands what lost workers wrote in their last seconds, and how to undo that."""
    for worker in lost_with_ledger(folder.record.workers):
        print(
            f"  {worker.name} on {worker.host} was lost: what its people wrote in its last seconds may be listed only\n"
            f"  there, in {worker.ledger}. Once you have that file: crmload cleanup {folder.path} --ledger FILE",
            file=sys.stderr,
        )


def lost_with_ledger(workers: Collection["WorkerInfo"]) -> "list[WorkerInfo]":
    """Lost workers of other machines, which never came back to report the rest."""
    return [worker for worker in workers if worker.lost and worker.ledger and worker.back_s is None]
