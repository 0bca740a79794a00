"""Windows sign-in as a browser does it: three exchanges on each new connection, which then is that person's.

What is signed in is the *connection*: each of the six has a loop of its own, and a request stays on its connection
until it is answered. libcurl's own NTLM cannot be had: pycurl's wheel for Linux comes without it, and it would hide the
exchanges from those who count them.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from loadtests.load.curl_loop import CurlLoop
from loadtests.load.exchange import Request, Response, TransportFailure
from loadtests.load.handshake import BrokenHandshake, Handshake, WindowsAccount
from loadtests.load.traffic import PER_HOST
from loadtests.load.transfer import Handles, Transfer

_FIRST_LEG = "401 leg (offer)"
_SECOND_LEG = "401 leg (challenge)"


class WindowsLanes:
    """The six connections to the origin; requests wait for a free one, first come first served."""

    def __init__(self, account: WindowsAccount) -> None:
        self.account = account
        self.origin = account.origin
        self._free: list[CurlLoop] = []
        self._made: list[CurlLoop] = []
        self._waiting: deque[WindowsDelivery] = deque()

    def admit(self, delivery: "WindowsDelivery") -> None:
        """Let it run as soon as a connection is free, an open one rather than a new one."""
        if self._free:
            delivery.run(self._free.pop(0))
        elif len(self._made) < PER_HOST:
            self._made.append(CurlLoop(1))
            delivery.run(self._made[-1])
        else:
            self._waiting.append(delivery)

    def leave(self, lane: CurlLoop) -> None:
        """The connection is free again."""
        if self._waiting:
            self._waiting.popleft().run(lane)
        else:
            self._free.append(lane)

    def withdraw(self, delivery: "WindowsDelivery") -> None:
        """It waits no longer."""
        if delivery in self._waiting:
            self._waiting.remove(delivery)

    def close(self) -> None:
        """End all transfers, close all connections."""
        self._waiting.clear()
        for lane in self._made:
            lane.close()
        self._made.clear()
        self._free.clear()


class WindowsDelivery:
    """One request to its answer, with the 401 legs that its connection needs first."""

    def __init__(self, request: Request, lanes: WindowsLanes, handles: Handles) -> None:
        self._request = request
        self._lanes = lanes
        self._handles = handles
        self._legs: list[Response] = []
        self._lane: CurlLoop | None = None
        self._transfer: Transfer | None = None
        self._handshake: Handshake | None = None
        self._done: Callable[[], None] = lambda: None

    @property
    def exchanges(self) -> list[Response]:
        """The legs, then the answer."""
        return [*self._legs, *(self._transfer.exchanges if self._transfer else ())]

    def begin(self, done: Callable[[], None]) -> None:
        """Send it when a connection is free; `done` is called in the hub when the answer has come."""
        self._done = done
        self._lanes.admit(self)

    def run(self, lane: CurlLoop) -> None:
        """This connection is ours until the answer."""
        self._lane = lane
        self._send(self._request)

    def cut_off(self) -> bool:
        """End it in the middle; True when its last request had left."""
        self._lanes.withdraw(self)
        if self._transfer is None:
            return False
        ended, sent = self._transfer.ended, self._transfer.cut_off()
        if not ended and self._lane is not None:
            self._lanes.leave(self._lane)
        return sent

    def _send(self, request: Request) -> None:
        assert self._lane is not None
        self._transfer = Transfer(request, self._lane, self._handles)
        self._transfer.begin(self._answered)

    def _answered(self) -> None:
        assert self._lane is not None and self._transfer is not None
        response = self._transfer.response
        try:
            proof = self._proof_for(response)
        except BrokenHandshake as error:
            response.failure = TransportFailure("protocol", str(error))
            proof = ""
        if proof:
            template = _SECOND_LEG if self._legs else _FIRST_LEG
            response.request = replace(response.request, template=template, expected=frozenset({401}))
            self._legs.append(response)
            self._send(replace(self._request, headers={**self._request.headers, "Authorization": proof}))
            return
        response.request = self._request
        self._lanes.leave(self._lane)
        self._done()

    def _proof_for(self, response: Response) -> str:
        """The Authorization header that a 401 asks for; empty when this is the answer."""
        if response.status != 401 or response.failure is not None:
            return ""
        offers = response.headers.all("WWW-Authenticate")
        if self._handshake is None:
            self._handshake = Handshake.for_offers(offers, self._lanes.account)
            return self._handshake.header("") if self._handshake else ""
        challenge = self._handshake.challenge_in(offers)
        # Without a challenge the proof was refused: a wrong name or password.
        return self._handshake.header(challenge) if challenge and len(self._legs) < 3 else ""
