"""Asking a proxy for a tunnel to a server (CONNECT: RFC 9110, 9.3.6), over a socket of Python's or of gevent's."""

import re
from collections.abc import Sequence
from time import monotonic
from typing import Any

from loadtests.config.proxy import Proxy
from loadtests.load.gateway import Gateway, NoWay
from loadtests.load.refusals.refusal import Refusal

_HEAD_LIMIT = 65_536
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])(?: ([^\r\n]*))?\r?\n")
_END = re.compile(rb"\r?\n\r?\n")
_RELAY = "http://127.0.0.1:3128"


def open_tunnel(plain: Any, host: str, port: int, gateway: Gateway, within_s: float) -> None:
    """From here on `plain` leads to the server. `NoWay` says in words that name the proxy why it does not."""
    if gateway.refused is not None:
        raise gateway.refused
    proxy, where = gateway.proxy, f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    sign_in = f"Proxy-Authorization: {gateway.authorization}\r\n" if gateway.authorization else ""
    try:
        plain.sendall(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n{sign_in}\r\n".encode("ascii"))
        status, reason, head, rest = _answer(plain, monotonic() + within_s)
    except _NoProxy:
        raise NoWay(_no_proxy(proxy), proxy) from None
    except OSError as error:
        raise broken_off(proxy, where, error) from None
    if 200 <= status < 300 and not rest:
        return
    if 200 <= status < 300:
        raise NoWay(_no_proxy(proxy), proxy)
    no_way = NoWay(_refused(gateway, where, status, reason, _offers(head)), proxy)
    if status == 407 and gateway.authorization:
        gateway.refused = no_way
    raise no_way


def not_reached(proxy: Proxy, error: Exception | None) -> NoWay:
    """Nobody answers at the proxy's address (None: not in time), or nobody knows its name."""
    why = "did not answer in time" if error is None else f"cannot be reached ({error})"
    return NoWay(
        Refusal(
            "proxy",
            f"the proxy {proxy.name} {why}; the CRM was not asked",
            "compare `proxy` in the environment file with the proxy of a browser on this machine (Windows: Settings > "
            "Network & internet > Proxy), and ask who runs it whether it is up and serves this machine",
        ),
        proxy,
    )


def broken_off(proxy: Proxy, where: str, error: Exception | None) -> NoWay:
    """It took the connection and then no answer came; None: not in time."""
    why = (
        f"hung up ({error})" if error is not None and not isinstance(error, TimeoutError) else "gave no answer in time"
    )
    return NoWay(
        Refusal(
            "proxy",
            f"the proxy {proxy.name} {why} when it was asked for the way to {where}",
            f"ask who runs the proxy what its log says of CONNECT {where}; is that host inside your network, add it "
            "to `no_proxy`",
        ),
        proxy,
    )


class _NoProxy(Exception):
    """What answers is no HTTP proxy."""


def _answer(plain: Any, until: float) -> tuple[int, str, bytes, bytes]:
    """Status, reason, head, and what came behind it."""
    got = b""
    while True:
        end = _END.search(got)
        if end is not None:
            found = _STATUS.match(got)
            if found is None:
                raise _NoProxy
            if not found[1].startswith(b"1"):
                return int(found[1]), (found[2] or b"").decode("latin-1").strip(), got[: end.start()], got[end.end() :]
            got = got[end.end() :]
            continue
        if len(got) > _HEAD_LIMIT or (len(got) >= 5 and not got.startswith(b"HTTP/")):
            raise _NoProxy
        if monotonic() > until:
            raise TimeoutError("the answer did not end")
        more = plain.recv(4096)
        if not more:
            if got:
                raise _NoProxy
            raise ConnectionResetError("the connection was closed")
        got += more


def _offers(head: bytes) -> Sequence[str]:
    """The schemes of the `Proxy-Authenticate` headers, each once."""
    values = re.findall(r"(?im)^proxy-authenticate:[ \t]*([^\r\n]*)", head.decode("latin-1"))
    # Several may stand in one header; parameters have an equals sign behind their name, schemes have not.
    schemes = [
        name for value in values for name in re.findall(r"(?:^|,)\s*([A-Za-z][\w-]*)(?=\s*(?:$|,|\s[^=\s]))", value)
    ]
    return list(dict.fromkeys(schemes))


def _refused(gateway: Gateway, where: str, status: int, reason: str, offers: Sequence[str]) -> Refusal:
    proxy = gateway.proxy
    said = f"HTTP {status}{f' {reason[:80]}' if reason else ''}"
    if status == 407:
        return _sign_in(gateway, where, said, offers)
    if status in (403, 401, 451):
        text = f"the proxy {proxy.name} forbids the way to {where} ({said}); the CRM was not asked"
        step = f"ask who runs the proxy to allow CONNECT to {where} from this machine"
    elif status in (502, 503, 504):
        text = f"the proxy {proxy.name} finds no way to {where} ({said}); whether the CRM is up it does not say"
        step = (
            "check the address in the environment file; is it inside your network, add its host to `no_proxy`; else "
            "ask who runs the proxy what its log says"
        )
    else:
        text = f"the proxy {proxy.name} opens no tunnel to {where} ({said})"
        step = (
            "ask who runs it whether this port serves https (CONNECT), and which does; a web server that is no proxy "
            "answers like this too"
        )
    return Refusal("proxy", text, step)


def _sign_in(gateway: Gateway, where: str, said: str, offers: Sequence[str]) -> Refusal:
    proxy, basic = gateway.proxy, any(offer.lower() == "basic" for offer in offers)
    if offers and not basic:
        text = (
            f"the proxy {proxy.name} wants a sign-in by {' or '.join(offers)} ({said}); crmload can sign in to a proxy "
            "by Basic alone"
        )
        step = (
            f"ask who runs the proxy to let this machine reach {where} without a sign-in, or by Basic; or start a "
            f"relay on this machine that signs in for it (Px, CNTLM) and write `url: {_RELAY}`"
        )
    elif gateway.authorization:
        text = f"the proxy {proxy.name} refuses the user {proxy.user} ({said}); the password is not sent again"
        step = f"try that name and the password in {proxy.secret} in a browser, mend them, and start anew"
    else:
        text = f"the proxy {proxy.name} wants a sign-in ({said}), and the environment file names no user for it"
        step = (
            "write `user: NAME` and `secret: VARIABLE` below `proxy` in the environment file, and the password into "
            "that variable"
        )
    return Refusal("proxy", text, step)


def _no_proxy(proxy: Proxy) -> Refusal:
    return Refusal(
        "proxy",
        f"what answers at {proxy.name} is no HTTP proxy",
        "compare `proxy` in the environment file with the proxy of a browser on this machine; a port for SOCKS or "
        "https:// cannot be used",
    )
