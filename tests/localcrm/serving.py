"""A real local CRM process, and a browser-like way to talk to its many host names at one address."""

from __future__ import annotations

import csv
import html
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

REPOSITORY = Path(__file__).parents[2]
_START_SECONDS = 90


class ConnectTo(HTTPAdapter):
    """Sends every request to one address, with the URL's own name in TLS and in the Host header (curl's connect-to)."""

    def __init__(self, port: int) -> None:
        self._port = port
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.headers["Host"] = urlsplit(request.url or "").netloc
        return super().send(request, *args, **kwargs)

    def get_connection_with_tls_context(self, request, verify, proxies=None, cert=None):
        params, tls = self.build_connection_pool_key_attributes(request, verify, cert)
        name = params["host"]
        params |= {"host": "127.0.0.1", "port": self._port}
        pool = dict(tls) | {"server_hostname": name, "assert_hostname": name}
        return self.poolmanager.connection_from_host(**params, pool_kwargs=pool)


@dataclass(frozen=True)
class RunningCrm:
    """What the ready file says, and the common errands of a test."""

    ready: dict[str, Any]
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        return int(self.ready["port"])

    def url(self, flavour: str) -> str:
        """Base URL of a flavour, with a slash at its end."""
        return str(self.ready["base_urls"][flavour])

    def client(self) -> requests.Session:
        """A session that trusts the CRM's authority and nothing the environment says."""
        session = requests.Session()
        session.trust_env = False
        session.verify = self.ready["ca_file"]
        session.mount("https://", ConnectTo(self.port))
        return session

    def users(self, **wanted: str) -> list[dict[str, str]]:
        """The lines of the users file with these values."""
        with Path(self.ready["users_file"]).open(encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if all(row[key] == value for key, value in wanted.items())]

    def person(self, number: int = 0) -> str:
        """User name of the n-th person."""
        return self.users(kind="person")[number]["username"]

    def password(self, username: str) -> str:
        """The password of a listed user, from the secrets file."""
        (row,) = self.users(username=username)
        return self.secret(row["secret"])

    def secret(self, name: str) -> str:
        """A line of the secrets file."""
        lines = Path(self.ready["secrets_file"]).read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)[name]

    def token(self, username: str, flavour: str = "cloud-9.2") -> str:
        """A fresh access token by the password grant."""
        answer = self.client().post(f"{self.ready['adfs_authority']}/oauth2/token/", data=self.grant(username, flavour))
        assert answer.status_code == 200, f"no token for {username}: {answer.text}"
        return str(answer.json()["access_token"])

    def grant(self, username: str, flavour: str) -> dict[str, str]:
        """The form of the password grant."""
        return {
            "client_id": self.ready["oauth_client_id"],
            "resource": self.ready["oauth_resource"][flavour],
            "grant_type": "password",
            "username": username,
            "password": self.password(username),
        }

    def signed_in(self, username: str, flavour: str = "cloud-9.2") -> requests.Session:
        """A session that carries the user's bearer token."""
        session = self.client()
        session.headers["Authorization"] = f"Bearer {self.token(username, flavour)}"
        return session

    def control(self, method: str, name: str, body: object = None) -> Any:
        """Call the control address and return its JSON."""
        token = Path(self.ready["control"]["token_file"]).read_text(encoding="utf-8")
        url = self.ready["control"]["url"] + name
        answer = self.client().request(method, url, json=body, headers={"X-Control-Token": token})
        assert answer.status_code == 200, f"control {name}: {answer.status_code} {answer.text}"
        return answer.json()

    def log(self, agent: str) -> list[dict[str, str]]:
        """The lines of the access log that a User-Agent left."""
        self.control("POST", "flush-log")
        with Path(self.ready["access_log"]).open(encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if row["agent"] == agent]


def start(state: Path, *options: str) -> RunningCrm:
    """Start ``python -m localcrm`` and wait until it answers."""
    ready_file = state / "ready-for-test.json"
    state.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "localcrm", "--state", str(state), "--ready-file", str(ready_file), *options]
    with (state / "output.txt").open("w", encoding="utf-8") as output:
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=output, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + _START_SECONDS
    while not ready_file.exists():
        said = (state / "output.txt").read_text(encoding="utf-8")
        assert process.poll() is None, f"the local CRM ended with {process.returncode} before it was ready:\n{said}"
        assert time.monotonic() < deadline, f"the local CRM was not ready within {_START_SECONDS} s:\n{said}"
        time.sleep(0.05)
    return RunningCrm(json.loads(ready_file.read_text(encoding="utf-8")), process)


def stop(crm: RunningCrm) -> int:
    """Ask it to stop and return its exit code."""
    crm.process.terminate()
    return crm.process.wait(timeout=20)


def hidden_fields(page: str) -> dict[str, str]:
    """Names and values of a page's hidden inputs."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def form_action(page: str) -> str:
    """Where a page's form posts to."""
    found = re.search(r'<form [^>]*action="([^"]+)"', page)
    assert found, f"no form with an action in: {page[:200]}"
    return html.unescape(found[1])
