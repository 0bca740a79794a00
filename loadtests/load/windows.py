"""Windows sign-in as a browser does it: three exchanges on each new connection, which then is that person's.

What is signed in is the *connection*: a request stays on its own until it is answered, and every leg is an exchange
that is counted.
"""

from loadtests.load.client.answer import AnswerReader
from loadtests.load.client.flight import Flight
from loadtests.load.client.lanes import Lanes
from loadtests.load.exchange import Request, Response, TransportFailure
from loadtests.load.handshake import BrokenHandshake, Handshake, WindowsAccount

_FIRST_LEG = "401 leg (offer)"
_SECOND_LEG = "401 leg (challenge)"
_LEGS = 3


class WindowsFlight(Flight):
    """One request to its answer, with the 401 legs that its connection needs first."""

    __slots__ = ("_account", "_asked", "_handshake", "_proof")

    def __init__(self, request: Request, target: str, lanes: Lanes, account: WindowsAccount) -> None:
        super().__init__(request, target, lanes)
        self._account = account
        self._asked = request
        self._handshake: Handshake | None = None
        self._proof = ""

    def answered(self, reader: AnswerReader) -> None:
        """The answer is there, or a leg of the sign-in."""
        super().answered(reader)
        response = self.exchanges[-1]
        try:
            self._proof = self._proof_for(response)
        except BrokenHandshake as error:
            response.failure = TransportFailure("protocol", str(error))
            self._proof = ""
        if self._proof:
            template = _SECOND_LEG if len(self.exchanges) > 1 else _FIRST_LEG
            response.request = self._asked._replace(template=template, expected=frozenset({401}))
        else:
            response.request = self._asked

    def released(self) -> None:
        """The next leg goes over the same connection."""
        if not self._proof:
            super().released()
            return
        self.request = self._asked._replace(headers={**self._asked.headers, "Authorization": self._proof})
        self.next_leg()

    def _proof_for(self, response: Response) -> str:
        """The Authorization header that a 401 asks for; empty when this is the answer."""
        if response.status != 401 or response.failure is not None:
            return ""
        offers = response.headers.all("WWW-Authenticate")
        if self._handshake is None:
            self._handshake = Handshake.for_offers(offers, self._account)
            return self._handshake.header("") if self._handshake else ""
        challenge = self._handshake.challenge_in(offers)
        # Without a challenge the proof was refused: a wrong name or password.
        return self._handshake.header(challenge) if challenge and len(self.exchanges) < _LEGS else ""
