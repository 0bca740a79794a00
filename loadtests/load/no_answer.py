"""Why a URL does not answer outside the load, in words: from what `requests` met to the next step."""

import re
from urllib.parse import urlsplit
from urllib.request import getproxies

import requests

from loadtests.errors import Unreachable
from loadtests.load.client.route import Route
from loadtests.load.peer_certificate import issuer_at
from loadtests.load.plain_connection import ANSWER_S, TIMEOUT_S
from loadtests.load.refusals.wire import by_certificate

_ADDRESS = "check the address in the environment file, that the server is up, and the network in between"
_LOG = "open it in a browser from this machine, and look in the server's event log and IIS log at this time"
_CUT = (
    "try again; comes it again, look at this time in the server's event log (did the application pool recycle?) and "
    "at the load balancer or firewall in between"
)
_SIGNS: tuple[tuple[str, str, str], ...] = (
    (
        r"temporary failure in name resolution|EAI_AGAIN|11002",
        "cannot be reached: the name server of this machine does not answer",
        "try `nslookup {host}` several times: comes and goes the answer, mend this machine's name servers first, or "
        "write the address as `connect_to` of the entrance",
    ),
    (
        "NameResolution|getaddrinfo|UnicodeError|label (?:empty|too long)",
        "cannot be reached: the name is not known",
        "try `nslookup {host}` on this machine; is it right in the environment file, add it to DNS (or the hosts file) "
        "or write the address as `connect_to` of the entrance",
    ),
    (
        "ConnectTimeout",
        "cannot be reached: nobody takes the connection within {timeout} s",
        _ADDRESS + " (a firewall that drops it says nothing)",
    ),
    ("not complete in time", "did not end its answer within {answer} s", _LOG),
    ("timed out|Timeout", "did not answer within {timeout} s", _LOG),
    ("refused|10061", "cannot be reached: nothing answers there", _ADDRESS),
    ("NewConnectionError", "cannot be reached: {said}", _ADDRESS),
    (
        r"LineTooLong|BadStatusLine|got more than|UnknownProtocol|UnknownTransfer|InvalidChunkLength.got length b'[^']",
        "gives no proper HTTP answer ({said})",
        "is that the CRM's port, or another program's? Open it in a browser from this machine; look at what lies in "
        "between",
    ),
    (
        r"IncompleteRead|RemoteDisconnected|aborted|reset|InvalidChunkLength|Connection broken",
        "hung up before its answer was complete",
        _CUT,
    ),
    (
        r"failed to decode|decompress|unpack|Error -3",
        "sends a body that cannot be unpacked",
        "look at what packs on the way (IIS compression, a balancer, a WAN optimiser) and switch it off for a try",
    ),
    (
        "more than .* MiB",
        "sends an answer that does not end ({said})",
        _LOG,
    ),
)


def unreachable(url: str, error: requests.RequestException, route: Route) -> Unreachable:
    """The error for a URL that does not answer, with the next step for its cause."""
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc}{parts.path}"
    # The path has words of its own.
    said = re.sub(r"with url: \S* \(Caused by", "(Caused by", str(error))
    if isinstance(error, requests.exceptions.SSLError):
        issuer = issuer_at(url, route) if "certificate verify failed" in said else ""
        return by_certificate(said, issuer, parts.netloc).at(place)
    dialled, _ = route.dialled(parts.hostname or "", parts.port or 443)
    names = {"host": dialled, "timeout": TIMEOUT_S, "answer": ANSWER_S, "said": _short(said)}
    text, step = next(
        ((text, step) for pattern, text, step in _SIGNS if re.search(pattern, said, re.IGNORECASE)),
        ("gives no answer ({said})", _LOG),
    )
    return Unreachable(f"{place} {text.format_map(names)}", next_step=step.format_map(names) + _proxy(text, route))


def _proxy(text: str, route: Route) -> str:
    """Where nobody is reached, and browsers here would go through a proxy."""
    if not text.startswith("cannot be reached") or route.gateway is not None or not getproxies().get("https"):
        return ""
    return (
        "; this machine is set up to go through a proxy (HTTPS_PROXY, or the system's settings), which crmload does "
        "not read: if there is no other way, name it as `proxy` in the environment file (crmload init: --proxy)"
    )


def _short(said: str) -> str:
    """The last words of nested errors, without their objects."""
    innermost = re.split(r"object at 0x[0-9a-f]+>:?|, (?=[A-Z]\w+\()", said)[-1]
    return " ".join(re.sub(r"[()'\"<>]+", " ", innermost).split())[:160]
