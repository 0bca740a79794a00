"""The ASGI application: takes each request to its place, holds the pretended hardware, keeps the access log."""

from __future__ import annotations

import asyncio
import gzip
import sys
import time
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from http import HTTPStatus

from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from localcrm.hardware.hardware import Hardware
from localcrm.hardware.pdh_log import PdhLog
from localcrm.hardware.work import api_work
from localcrm.jobs.job import Job, JobKind
from localcrm.jobs.metrics import job_metrics
from localcrm.jobs.queue import JobQueue
from localcrm.jobs.workers import Workers
from localcrm.security.principals import Directory, Principal
from localcrm.server.access_log import AccessLog
from localcrm.server.authentication import UnauthorisedError
from localcrm.server.cloud_front import CloudFront
from localcrm.server.control import Control
from localcrm.server.discovery import Discovery
from localcrm.server.doors import Doors
from localcrm.server.exchange import BodyTooLargeError, Exchange
from localcrm.server.places import Place, find_place
from localcrm.server.troubles import ConnectionCutError, Troubles
from localcrm.signin.accounts import State
from localcrm.signin.saml import RefusedAssertionError
from localcrm.webapi.exchange import Answer, Call
from localcrm.webapi.service import WebApi
from localcrm.webclient.mail_app import mail_app_page
from localcrm.webclient.page import MainPage
from localcrm.webclient.static_files import StaticFiles

#: Web API calls that run at once; more would only fight for the interpreter.
_THREADS = 8
_WORTH_COMPRESSING = 2048
_PAGES = ("/", "/main.aspx", "/default.aspx")


class Application:
    """One CRM on one port."""

    def __init__(
        self,
        *,
        webapi: WebApi,
        jobs: JobQueue,
        directory: Directory,
        doors: Doors,
        page: MainPage,
        static: StaticFiles,
        hardware: Hardware,
        control: Control,
        front: CloudFront,
        discovery: Discovery,
        troubles: Troubles,
        access_log: AccessLog,
        counter_log: PdhLog | None = None,
    ) -> None:
        self._webapi = webapi
        self._workers = Workers(jobs, hardware)
        self._jobs = jobs
        self._directory = directory
        self._doors = doors
        self._authentication = doors.authentication
        self._sessions = doors.sessions
        self._page = page
        self._static = static
        self._hardware = hardware
        self._control = control
        self._front = front
        self._discovery = discovery
        self._troubles = troubles
        self._access_log = access_log
        self._counter_log = counter_log
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="web-api")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        began = time.perf_counter()
        exchange = Exchange.of(scope)
        place = find_place(exchange.host, exchange.path)
        try:
            await exchange.read_body(receive)
            answer = await self._troubles.around(exchange, place, self._answer)
        except ClientDisconnect:
            return
        except ConnectionCutError:
            self._log(exchange, place, began, status=0, size=0)
            self._troubles.cut(exchange)
            return
        except UnauthorisedError as refused:
            answer = refused.answer
        except BodyTooLargeError:
            answer = _crm_error(413, "0x80048d19", "The request body is too large.")
        except Exception:
            traceback.print_exc(file=sys.stderr)
            answer = _crm_error(500, "0x80040216", "An unexpected error occurred.")
        for name, value in exchange.answer_headers:
            answer.headers.append(name, value)
        self._log(exchange, place, began, status=answer.status_code, size=len(answer.body))
        await answer(scope, receive, send)

    def _log(self, exchange: Exchange, place: Place, began: float, *, status: int, size: int) -> None:
        """One line of the access log; ``status`` 0 is no answer at all."""
        if place.kind in ("control", "metrics"):
            return
        self._access_log.write(
            host=exchange.host,
            user=exchange.username,
            method=exchange.method,
            path=exchange.path,
            status=status,
            seconds=time.perf_counter() - began,
            size=size,
            agent=exchange.headers.get("user-agent", ""),
            client=exchange.peer[0],
        )

    async def work(self) -> None:
        """Do the system jobs that requests leave behind, and look after connections, until cancelled."""
        working = [self._workers.run(), self._doors.connections.keep_swept()]
        if self._counter_log is not None:
            working.append(self._counter_log.run())
        await asyncio.gather(*working)

    def hurry(self) -> None:
        """Answer what waits without further delay: the server is asked to stop."""
        self._hardware.release()
        self._troubles.hurry()

    def close(self) -> None:
        """Let running calls end and take no more."""
        self._threads.shutdown()
        self._doors.connections.close()

    async def _answer(self, exchange: Exchange, place: Place) -> Response:
        if place.kind == "web_api":
            return await self._web_api(exchange, place)
        if place.kind == "organisation":
            return await self._organisation(exchange, place)
        if place.kind in ("adfs", "entra") and self._doors.clock.ahead:
            exchange.answer_headers.append(("Date", formatdate(self._doors.clock.now(), usegmt=True)))
        if place.kind == "adfs":
            await self._hardware.application(self._doors.adfs.work(exchange, place))
            return self._doors.adfs.answer(exchange, place)
        if place.kind == "entra":
            await self._hardware.application(self._doors.entra.work(exchange, place))
            return self._doors.entra.answer(exchange, place)
        if place.kind == "discovery":
            return self._discovery.answer(exchange, place)
        if place.kind == "control":
            return await self._control.answer(exchange, place)
        if place.kind == "metrics":
            return PlainTextResponse(
                self._hardware.metrics() + job_metrics(self._jobs.backlog), media_type="text/plain; version=0.0.4"
            )
        if place.kind == "unknown_host":
            return PlainTextResponse("Bad Request - Invalid Hostname", status_code=400)
        return _not_found()

    async def _web_api(self, exchange: Exchange, place: Place) -> Response:
        exchange.username = self._authentication.required(exchange, place)
        if not place.supported:
            return _crm_error(501, "0x80060888", "The requested version of the Web API is not implemented.")
        principal = self._principal(exchange.username)
        if principal is None:
            code = "0x80072560" if place.flavour == "cloud-9.2" else "0x80041d1f"
            return _crm_error(403, code, "The user is not a member of the organization.")
        if place.flavour != "cloud-9.2":
            return await self._call(exchange, place, principal)
        server, front = self._front.server_for(exchange), self._front
        excess = front.protection.admit(exchange.username, server)
        if excess is not None:
            return front.refusal(excess)
        began = time.perf_counter()
        try:
            return await self._call(exchange, place, principal)
        finally:
            front.protection.leave(exchange.username, server, time.perf_counter() - began)
            front.tell(exchange, server)

    def _principal(self, username: str) -> Principal | None:
        """Who has signed in as the CRM knows them; None for who may sign in and is no user of it."""
        stranger = self._doors.accounts.state(username) is State.NOT_A_USER
        return None if stranger else self._directory.by_username(username)

    async def _call(self, exchange: Exchange, place: Place, principal: Principal) -> Response:
        """The Web API's answer, by way of the hardware."""
        kind, amount = api_work(exchange.method, place.path, exchange.body)
        await self._hardware.application(kind, amount)
        call = Call(
            method=exchange.method,
            path=place.path,
            query=exchange.query,
            headers=exchange.headers,
            body=exchange.body,
            principal=principal,
            root=place.root,
            flavour=place.flavour,
        )
        left_behind = self._hardware.left_behind(kind)
        answer, body, encoding = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._handle, call, left_behind
        )
        await self._hardware.lock(kind)
        await self._hardware.database(kind, answer.statements)
        await self._hardware.plug_ins(answer.plugins)
        response = Response(body, status_code=answer.status)
        for name, value in answer.headers:
            response.headers.append(name, value)
        if encoding:
            response.headers["Content-Encoding"] = encoding
        return response

    def _handle(self, call: Call, left_behind: float) -> tuple[Answer, bytes, str]:
        """Runs in a thread: the Web API's answer, and its body as it goes over the wire.

        ``left_behind`` is seconds of asynchronous work that an answer other than a refusal makes.
        """
        answer = self._webapi.handle(call)
        if left_behind and answer.status < HTTPStatus.BAD_REQUEST:
            user = call.principal
            self._jobs.leave(
                Job(
                    "Work that a request left behind",
                    JobKind.WORKFLOW,
                    user.user_id,
                    user.business_unit_id,
                    seconds=left_behind,
                    keep=False,
                )
            )
        if len(answer.body) >= _WORTH_COMPRESSING and "gzip" in call.headers.get("accept-encoding", ""):
            return answer, gzip.compress(answer.body, compresslevel=1, mtime=0), "gzip"
        return answer, answer.body, ""

    async def _organisation(self, exchange: Exchange, place: Place) -> Response:
        """Pages and files below an organisation."""
        file = self._static.find(place.path)
        if file is not None and exchange.method in ("GET", "HEAD"):
            exchange.username = self._authentication.username_or_nobody(exchange, place)
            await self._hardware.application("static")
            return file.answer(exchange.headers)
        is_ifd = place.flavour == "ifd-9.1"
        if is_ifd and exchange.method == "POST" and place.path in _PAGES:
            return await self._take_token(exchange, exchange.form())
        options = exchange.options()
        if is_ifd and options.get("wa") == "wsignoutcleanup1.0":
            answer = PlainTextResponse("", headers={"Cache-Control": "no-cache"})
            self._sessions.clear(answer)
            return answer
        mail_app = mail_app_page(place.path, base=place.base)
        if mail_app is not None and exchange.method in ("GET", "HEAD"):
            await self._hardware.application("static")
            return mail_app
        if place.path == "/XRMServices/2011/Organization.svc/web":
            return self._authentication.unauthorised(place)
        if place.path not in _PAGES:
            return _not_found()
        if exchange.method not in ("GET", "HEAD"):
            return PlainTextResponse("Method Not Allowed", status_code=405, headers={"Allow": "GET, HEAD"})
        return await self._main_page(exchange, place, options)

    async def _main_page(self, exchange: Exchange, place: Place, options: Mapping[str, str]) -> Response:
        await self._hardware.application("page")
        is_ifd = place.flavour == "ifd-9.1"
        exchange.username = self._authentication.username(exchange, place)
        if is_ifd and options.get("signout") == "1":
            return self._sessions.sign_out(exchange.host)
        if not exchange.username:
            if not is_ifd:
                raise UnauthorisedError(self._authentication.unauthorised(place))
            query = f"?{exchange.query}" if exchange.query else ""
            return self._sessions.send_to_adfs(exchange.host, f"https://{exchange.host}{exchange.path}{query}")
        if place.path != "/main.aspx":
            return RedirectResponse(f"{place.base}main.aspx", status_code=302, headers={"Cache-Control": "no-cache"})
        principal = self._principal(exchange.username)
        if principal is None:
            return HTMLResponse("<h1>You are not a member of this organization.</h1>", status_code=403)
        return self._page.answer(principal, base=place.base, app_id=options.get("appid", ""))

    async def _take_token(self, exchange: Exchange, form: Mapping[str, str]) -> Response:
        """Step 5 of WS-Federation: the token that AD FS let the browser carry here."""
        await self._hardware.application("token")
        if form.get("wa") != "wsignin1.0":
            return PlainTextResponse("Method Not Allowed", status_code=405, headers={"Allow": "GET, HEAD"})
        try:
            answer, exchange.username = self._sessions.accept(exchange.host, form)
        except RefusedAssertionError as error:
            return PlainTextResponse(f"HTTP Error 401 - Unauthorized: {error}", status_code=401)
        return answer


def _not_found() -> Response:
    return PlainTextResponse("404 - File or directory not found.", status_code=404)


def _crm_error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
