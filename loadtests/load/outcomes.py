"""What became of a transaction, told by exceptions, and how an answer of the CRM is read for that."""

import re

from loadtests.load.exchange import Response


class NotOk(Exception):
    """A transaction that did not end well. `outcome` is one of `loadtests.results.rows.OUTCOMES`."""

    outcome = "failed"

    def __init__(self, text: str, response: Response | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.response = response
        self.explained = False
        """The text says more than the CRM's own message, and is recorded in its place."""

    def explain(self, words: str) -> None:
        """Say it in these words instead."""
        self.text, self.explained = words, True

    @property
    def status(self) -> int:
        """HTTP status of the answer, 0 without one."""
        return self.response.status if self.response else 0

    @property
    def code(self) -> str:
        """The CRM's error code, empty when the answer was not the CRM's."""
        return crm_error(self.response)[0] if self.response else ""

    @property
    def service_request_id(self) -> str:
        """What the server's trace can be searched for."""
        return self.response.headers.get("x-ms-service-request-id") if self.response else ""


class Failed(NotOk):
    """A wrong answer, a server error, a time-out, no connection."""


class Denied(NotOk):
    """Refused what the role must be able to do."""

    outcome = "denied"


class Leaked(NotOk):
    """Allowed what the role must not be able to do."""

    outcome = "leaked"


class Throttled(NotOk):
    """HTTP 429: the platform limits this account."""

    outcome = "throttled"


class RunEnding(Exception):
    """The run is stopping: the person goes home quietly."""


def expect(response: Response, *statuses: int) -> Response:
    """The response when its status is one of those (those the request expected, where none are given).

    Raises `Denied` for 401 and 403, `Throttled` for 429, `Failed` for all else, time-outs and broken connections.
    """
    if response.failure is not None:
        raise Failed(f"{response.request.template}: {response.failure.kind}: {response.failure.text}", response)
    if response.status in (statuses or response.request.expected):
        return response
    code, message = crm_error(response)
    text = f"{response.request.template}: HTTP {response.status} {code} {message}".strip()
    if response.status == 429:
        raise Throttled(text, response)
    if response.status in (401, 403):
        raise Denied(text, response)
    raise Failed(text, response)


def crm_error(response: Response) -> tuple[str, str]:
    """Error code and message of the CRM's error JSON; two empty texts when the body is something else."""
    try:
        error = response.json()["error"]
        return str(error.get("code") or ""), str(error.get("message") or "")
    except (ValueError, TypeError, KeyError, AttributeError):
        return "", ""


LONGEST_TEXT = 1500
"""Characters of a message that are kept: a refused sign-in comes with the administrator's step."""
_MASKS = (
    (re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"), "<id>"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "<user>"),
    (re.compile(r"\b[\w.-]+\\[\w.$-]+"), "<user>"),
    (re.compile(r"\broleCount=\d+|\bprivilegeCount=\d+"), lambda found: found[0].split("=")[0] + "=<n>"),
)


def masked(text: str) -> str:
    """A message without record ids and user names, so that nothing personal is stored and equal errors are equal.

    Ids of privileges say which privilege is missing; their names stand beside them, so they may go too.
    """
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text[:LONGEST_TEXT]
