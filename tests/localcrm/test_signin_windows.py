"""Windows sign-in at the intranet: the handshake, what it is bound to, and a client that we did not write."""

from __future__ import annotations

import base64
import socket
import ssl
import time
from http.client import HTTPResponse, HTTPSConnection

import pytest
import requests
import spnego
from requests_ntlm import HttpNtlmAuth

from tests.localcrm.serving import RunningCrm

WHO_AM_I = "/contoso/api/data/v9.1/WhoAmI"


class _Wire:
    """One connection, request by request. ``port`` is the client's end."""

    def __init__(self, crm: RunningCrm, port: int = 0) -> None:
        self._crm = crm
        context = ssl.create_default_context(cafile=crm.ready["ca_file"])
        address = ("127.0.0.1", port) if port else None
        self.connection = HTTPSConnection("127.0.0.1", crm.port, context=context, timeout=10, source_address=address)

    @property
    def port(self) -> int:
        return int(self.connection.sock.getsockname()[1])

    def get(self, authorization: str = "", host: str = "crm.contoso.test") -> HTTPResponse:
        headers = {"Host": f"{host}:{self._crm.port}"} | ({"Authorization": authorization} if authorization else {})
        self.connection.request("GET", WHO_AM_I, headers=headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer

    def sign_in(self, username: str, password: str, scheme: str = "NTLM", protocol: str = "ntlm") -> HTTPResponse:
        """The two legs that follow the first 401; the answer to the second."""
        options = spnego.NegotiateOptions.use_negotiate if protocol == "negotiate" else spnego.NegotiateOptions.none
        context = spnego.client(username, password, protocol=protocol, options=options)
        first = self.get(f"{scheme} {base64.b64encode(context.step() or b'').decode()}")
        assert first.status == 401
        challenge = (first.getheader("WWW-Authenticate") or "").removeprefix(f"{scheme} ")
        answer = context.step(base64.b64decode(challenge)) or b""
        return self.get(f"{scheme} {base64.b64encode(answer).decode()}")


def _spellings(username: str) -> tuple[str, ...]:
    name = username.partition("@")[0]
    return (f"CONTOSO\\{name}", f"contoso\\{name.upper()}", f"contoso.test\\{name}", username)


def test_the_intranet_offers_negotiate_and_ntlm_in_two_headers(local_crm: RunningCrm):
    answer = _Wire(local_crm).get()
    assert answer.status == 401
    assert answer.headers.get_all("WWW-Authenticate") == ["Negotiate", "NTLM"]


@pytest.mark.parametrize("host", ["contoso.crm-ifd.test", "127.0.0.1"])
def test_only_the_intranet_takes_windows_sign_in(local_crm: RunningCrm, host: str):
    url = {"127.0.0.1": "/api/data/v9.2/WhoAmI"}.get(host, "/api/data/v9.1/WhoAmI")
    wire = _Wire(local_crm)
    wire.connection.request("GET", url, headers={"Host": host, "Authorization": "NTLM TlRMTVNTUAABAAAA"})
    answer = wire.connection.getresponse()
    assert answer.status == 401
    assert (answer.getheader("WWW-Authenticate") or "").startswith("Bearer ")


def test_three_requests_open_a_connection_and_the_fourth_needs_no_header(local_crm: RunningCrm):
    person = local_crm.person()
    wire = _Wire(local_crm)
    assert wire.get().status == 401
    assert wire.sign_in(f"CONTOSO\\{person.partition('@')[0]}", local_crm.password(person)).status == 200
    assert wire.get().status == 200
    assert _Wire(local_crm).get().status == 401, "another connection knows nothing of it"


@pytest.mark.parametrize("spelling", range(4))
@pytest.mark.parametrize(("scheme", "protocol"), [("NTLM", "ntlm"), ("Negotiate", "ntlm"), ("Negotiate", "negotiate")])
def test_every_spelling_of_a_name_signs_in_by_both_schemes(
    local_crm: RunningCrm, spelling: int, scheme: str, protocol: str
):
    person = local_crm.person(3)
    name = _spellings(person)[spelling]
    assert _Wire(local_crm).sign_in(name, local_crm.password(person), scheme, protocol).status == 200


def test_a_wrong_password_ends_in_401_and_the_same_connection_may_try_again(local_crm: RunningCrm):
    person = local_crm.person()
    wire = _Wire(local_crm)
    refused = wire.sign_in(person, "not the password")
    assert (refused.status, refused.headers.get_all("WWW-Authenticate")) == (401, ["Negotiate", "NTLM"])
    assert wire.get().status == 401
    assert wire.sign_in(person, local_crm.password(person)).status == 200


def test_a_failed_handshake_takes_the_sign_in_before_it_away(local_crm: RunningCrm):
    person = local_crm.person()
    wire = _Wire(local_crm)
    assert wire.sign_in(person, local_crm.password(person)).status == 200
    assert wire.sign_in(local_crm.person(1), "not the password").status == 401
    assert wire.get().status == 401


@pytest.mark.parametrize("message", ["", "%%%", "TlRMTVNTUAADAAAA", base64.b64encode(b"x" * 99).decode()])
@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_a_message_that_is_none_is_refused(local_crm: RunningCrm, scheme: str, message: str):
    assert _Wire(local_crm).get(f"{scheme} {message}").status == 401


def test_a_port_that_comes_again_brings_no_sign_in_with_it(local_crm: RunningCrm):
    person = local_crm.person()
    first = _Wire(local_crm)
    assert first.sign_in(person, local_crm.password(person)).status == 200
    port = first.port
    # A reset leaves no TIME_WAIT behind, so the port can be taken again at once.
    first.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    first.connection.sock.close()
    second = _Wire(local_crm, port)
    assert second.get().status == 401
    assert second.port == port
    assert second.sign_in(local_crm.person(1), local_crm.password(local_crm.person(1))).status == 200


def test_a_client_that_closes_sees_the_server_close_too(local_crm: RunningCrm):
    person = local_crm.person()
    wire = _Wire(local_crm)
    assert wire.sign_in(person, local_crm.password(person)).status == 200
    raw = wire.connection.sock
    raw.unwrap().shutdown(socket.SHUT_WR) if isinstance(raw, ssl.SSLSocket) else None
    assert raw.recv(1) == b""


def test_a_bearer_token_still_opens_the_intranet(local_crm: RunningCrm):
    session = local_crm.signed_in(local_crm.person(), "onprem-9.1")
    assert session.get(f"{local_crm.url('onprem-9.1')}api/data/v9.1/WhoAmI").status_code == 200


def test_requests_ntlm_signs_in_once_for_a_connection(local_crm: RunningCrm):
    person = local_crm.person(5)
    agent = f"ntlm-{time.monotonic_ns()}"
    with local_crm.client() as session:
        session.headers["User-Agent"] = agent
        session.auth = HttpNtlmAuth(f"CONTOSO\\{person.partition('@')[0]}", local_crm.password(person))
        url = f"{local_crm.url('onprem-9.1')}api/data/v9.1/"
        assert session.get(f"{url}WhoAmI").status_code == 200
        assert session.get(f"{url}accounts?$top=1").status_code == 200
        assert session.post(f"{url}contacts", json={"lastname": "by NTLM"}).status_code == 204
    lines = [(row["status"], row["user"]) for row in local_crm.log(agent)]
    assert lines[:4] == [("401", ""), ("401", ""), ("200", person), ("200", person)]
    assert lines[-1] == ("204", person)


def test_requests_ntlm_with_a_wrong_password_gets_401(local_crm: RunningCrm):
    with local_crm.client() as session:
        session.auth = HttpNtlmAuth(f"CONTOSO\\{local_crm.person().partition('@')[0]}", "wrong")
        answer: requests.Response = session.get(f"{local_crm.url('onprem-9.1')}api/data/v9.1/WhoAmI")
        assert answer.status_code == 401
