"""Windows sign-in for the sessions outside the load: an authentication of `requests`."""

from typing import Any

import requests
from requests.auth import AuthBase

from loadtests.config.environment import origin_of
from loadtests.load.handshake import BrokenHandshake, Handshake, WindowsAccount
from loadtests.load.plain_connection import read_whole

_MOST_LEGS = 3


class WindowsAuth(AuthBase):
    """Answers a 401 that offers Windows sign-in, on the connection that it came over, and to its own origin only.

    One thread sends one request after the other, so the connection given back last is the one taken next.
    """

    def __init__(self, account: WindowsAccount) -> None:
        self._account = account

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Watch the answer; nothing is sent with the first request."""
        request.register_hook("response", self._answered)  # type: ignore[no-untyped-call]
        return request

    def _answered(self, response: requests.Response, **options: Any) -> requests.Response:
        refused = response.status_code == 401 and origin_of(response.url) == self._account.origin
        handshake = Handshake.for_offers(offers_of(response), self._account) if refused else None
        challenge = ""
        for _ in range(_MOST_LEGS):
            if handshake is None:
                break
            try:
                proof = handshake.header(challenge)
            except BrokenHandshake:
                break
            response = self._again(response, proof, options)
            challenge = handshake.challenge_in(offers_of(response)) if response.status_code == 401 else ""
            if not challenge:
                break
        return response

    @staticmethod
    def _again(response: requests.Response, proof: str, options: dict[str, Any]) -> requests.Response:
        read_whole(response)  # to its end, so that the connection is free
        response.close()
        request = response.request.copy()
        request.headers["Authorization"] = proof
        again: requests.Response = response.connection.send(request, **options)
        again.history.append(response)
        again.request = request
        return again


def offers_of(response: requests.Response) -> list[str]:
    """Every `WWW-Authenticate` header; `requests` itself joins them with commas, which tokens do not survive."""
    return list(response.raw.headers.getlist("WWW-Authenticate"))
