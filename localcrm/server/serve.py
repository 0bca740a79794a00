"""Builds a local CRM from its options and serves it until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
from collections.abc import Callable, Iterator

from granian.constants import Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.server.embed import Server

from localcrm.data.database import Database
from localcrm.data.generation.company import ORGANIZATION_ID
from localcrm.data.templates import Templates
from localcrm.data.unused_memory import give_back_unused
from localcrm.dials.faults import Faults
from localcrm.dials.limits import Protection
from localcrm.hardware.hardware import Hardware
from localcrm.hardware.pdh_log import PdhLog
from localcrm.jobs.queue import JobQueue
from localcrm.plugins.file import read_steps
from localcrm.plugins.plugins import Plugins
from localcrm.plugins.registration import record_messages, record_steps
from localcrm.server.access_log import AccessLog
from localcrm.server.application import Application
from localcrm.server.certificates import Certificates, prepare_certificates
from localcrm.server.cloud_front import CloudFront
from localcrm.server.control import Control
from localcrm.server.discovery import Discovery
from localcrm.server.door_dials import DoorDials
from localcrm.server.doors import build_doors
from localcrm.server.options import OptionError, ServeOptions, claim_port
from localcrm.server.private_files import write_private
from localcrm.server.ready_file import write_ready_file
from localcrm.server.role_dials import RoleDials
from localcrm.server.starter import end_with_stdin
from localcrm.server.state import State
from localcrm.server.troubles import Troubles
from localcrm.settings_file import SettingsFile
from localcrm.signin.addresses import LOOPBACK_HOST, Addresses
from localcrm.solution.customisation import Customisation, load_solutions
from localcrm.webapi.builtin import ACTIONS
from localcrm.webapi.service import WebApi
from localcrm.webclient.messages import client_messages
from localcrm.webclient.page import MainPage
from localcrm.webclient.static_files import StaticFiles

Say = Callable[[str], None]

#: An idle connection is kept this long (ms): longer than any think time, so people are not made to reconnect.
_IDLE_MS = 15 * 60 * 1000
_CONNECTIONS = 16_384
_TIDY_S = 30


def serve(options: ServeOptions, say: Say) -> None:
    """Serve in the foreground until SIGINT or SIGTERM; ``say`` gets one line for each step.

    Raises OptionError and StateError for what the caller can put right.
    """
    port = claim_port(options.port)
    customisation = load_solutions(options.solutions, options.roles, ACTIONS)
    state = State.open(options.state)
    with state.held(), contextlib.closing(_open_database(options, customisation, state, say)) as database:
        for change in options.privileges:
            try:
                database.directory.change_privilege(change.role, change.privilege, change.depth)
            except LookupError as error:
                raise OptionError(f"--strip/--grant {change.role}:{change.privilege}: {error.args[0]}") from None
        addresses, certificates = Addresses(port), prepare_certificates(state.certificates)
        ready_file = options.ready_file or state.ready_file

        hardware = Hardware(options.hardware, seed=options.seed)

        def describe() -> None:
            write_ready_file(
                ready_file,
                addresses=addresses,
                options=options,
                hardware=hardware.profile,
                state=state,
                certificates=certificates,
            )

        def announce() -> None:
            describe()
            # Whoever turns a dial changes what the next run has to know about the servers.
            hardware.on_change.append(describe)
            say(f"ready at {addresses.base_urls['cloud-9.2']} (ready file {ready_file}); Ctrl-C stops it")

        with AccessLog(state.access_log) as access_log:
            if options.end_with_stdin:
                end_with_stdin(lambda: access_log.quiet_seconds)
            application = _build(
                options, customisation, state, addresses, hardware=hardware, database=database, access_log=access_log
            )
            try:
                asyncio.run(_serve(application, port, certificates, announce))
            finally:
                ready_file.unlink(missing_ok=True)
                application.close()
    say("stopped")


def _open_database(options: ServeOptions, customisation: Customisation, state: State, say: Say) -> Database:
    say(f"opening the database (seed {options.seed}, scale {options.scale:g}, {options.roles} roles)")
    try:
        return Database.open(
            options.database or state.database_url,
            seed=options.seed,
            scale=options.scale,
            roles=options.roles,
            people=options.people,
            additions=customisation.additions,
            templates=Templates(options.templates) if options.templates else None,
        )
    except (ValueError, OSError) as error:
        raise OptionError(f"--database: {error}") from None


def _build(
    options: ServeOptions,
    customisation: Customisation,
    state: State,
    addresses: Addresses,
    *,
    hardware: Hardware,
    database: Database,
    access_log: AccessLog,
) -> Application:
    doors = build_doors(database, addresses, state, token_seconds=options.token_seconds)
    control_token = secrets.token_urlsafe(24)
    write_private(state.control_token_file, control_token.encode())
    plugins = _plugins(options, customisation, database)
    jobs = JobQueue(database)
    protection, faults = Protection(options.limits), Faults(options.faults)
    static = StaticFiles()
    return Application(
        webapi=WebApi(
            database,
            client_messages(customisation.apps),
            limits=options.query_limits,
            duplicate_status=options.duplicate_status,
            jobs=jobs,
            plugins=plugins,
            actions=customisation.actions,
        ),
        jobs=jobs,
        directory=database.directory,
        doors=doors,
        page=MainPage(static.specs, organisation_id=ORGANIZATION_ID),
        static=static,
        hardware=hardware,
        control=Control(
            token=control_token,
            database=database,
            directory=database.directory,
            hardware=hardware,
            jobs=jobs,
            plugins=plugins,
            actions=(*ACTIONS, *customisation.actions),
            access_log=access_log,
            more={
                **DoorDials(database.directory, doors, protection, faults).endpoints(),
                **RoleDials(database.directory).endpoints(),
            },
        ),
        front=CloudFront(protection),
        discovery=Discovery(addresses, doors.authentication),
        troubles=Troubles(faults, doors.authentication, doors.connections),
        access_log=access_log,
        counter_log=(
            PdhLog(options.pdh_csv, hardware.totals, every_s=options.pdh_every_s) if options.pdh_csv else None
        ),
    )


def _plugins(options: ServeOptions, customisation: Customisation, database: Database) -> Plugins:
    """The plug-ins of all files, and the tables that show them."""
    actions = {**dict.fromkeys(ACTIONS, ""), **{name: one.table or "" for name, one in customisation.actions.items()}}
    found = [customisation.steps]
    found += [read_steps(SettingsFile(path), database.catalogue, actions) for path in options.plugins]
    plugins = Plugins(
        [step for one in found for step in one.plugins],
        [workflow for one in found for workflow in one.workflows],
        seed=options.seed,
    )
    record_messages(database, actions.items())
    record_steps(database, plugins)
    return plugins


async def _serve(application: Application, port: int, certificates: Certificates, announce: Callable[[], None]) -> None:
    server = Server(
        application,
        address=LOOPBACK_HOST,
        port=port,
        interface=Interfaces.ASGINL,
        websockets=False,
        backlog=1024,
        backpressure=_CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=_IDLE_MS),
        log_enabled=False,
        ssl_cert=certificates.chain_file,
        ssl_key=certificates.key_file,
        ssl_protocol_min=SSLProtocols.tls12,
    )

    def stop() -> None:
        application.hurry()
        server.stop()

    with _stop_signals(stop):
        serving = asyncio.create_task(server.serve())
        await _until_it_listens(port, serving)
        announce()
        working = [asyncio.create_task(application.work()), asyncio.create_task(_tidy())]
        try:
            await serving
        finally:
            for task in working:
                task.cancel()
            await asyncio.wait(working)


async def _tidy() -> None:
    """What closed connections leave behind is given back every now and then."""
    while True:
        await asyncio.sleep(_TIDY_S)
        await asyncio.to_thread(give_back_unused)


async def _until_it_listens(port: int, serving: asyncio.Task[None]) -> None:
    """Return as soon as the port takes connections; raises what the server raised instead."""
    while True:
        try:
            _, writer = await asyncio.open_connection(LOOPBACK_HOST, port)
        except OSError:
            if serving.done():
                serving.result()
                raise
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return


@contextlib.contextmanager
def _stop_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` in the running loop on SIGINT and SIGTERM (works on Windows too, where loops know no signals)."""
    loop = asyncio.get_running_loop()
    names = (signal.SIGINT, signal.SIGTERM)
    before = {name: signal.signal(name, lambda *_: loop.call_soon_threadsafe(stop)) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
