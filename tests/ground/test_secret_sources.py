"""Where passwords come from: the shell, a file, and Azure Key Vault by its own SDK against a stand-in."""

import json
import ssl
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from loadtests.config.environment import Entrance, Environment
from loadtests.config.identity import Identity
from loadtests.config.secret_sources import KeyVault
from loadtests.config.secrets import Secrets
from loadtests.config.users import Account
from loadtests.errors import ConfigError

ANNA = Account(username="anna@contoso.com", role="Salesperson", secret="ANNA_PASSWORD")
ENTRANCE = Entrance(url="https://crm.contoso.com/", flavour="onprem-9.1", sign_in="windows")


@dataclass
class Vault:
    """Speaks what the SDK asks for: a challenge, a token for an application's secret, the secret's present version."""

    port: int = 0
    secrets: dict[str, str] = field(default_factory=dict)
    refuses: bool = False
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def answer(self, method: str, path: str, authorization: str, body: str) -> tuple[int, dict[str, str], Any]:
        path = path.partition("?")[0].rstrip("/")
        if path.endswith("openid-configuration"):
            root = f"{self.url}/tenant"
            names = {"token_endpoint": f"{root}/token", "authorization_endpoint": f"{root}/authorize"}
            return 200, {}, names | {"issuer": f"{root}/v2.0"}
        if path == "/tenant/token":
            good = "client_secret=app-secret" in body
            token = {"access_token": "the-token", "token_type": "Bearer", "expires_in": 3600}
            return (
                (200, {}, token)
                if good
                else (401, {}, {"error": "invalid_client", "error_description": "AADSTS7000215"})
            )
        if authorization != "Bearer the-token":
            # The SDK compares the resource's domain with the vault's: here the end of an address.
            challenge = f'Bearer authorization="{self.url}/tenant", resource="https://0.0.1:{self.port}"'
            return 401, {"WWW-Authenticate": challenge}, {}
        name = path.split("/")[2]
        self.asked.append(name)
        if self.refuses:
            return 403, {}, {"error": {"code": "Forbidden", "message": "Caller is not authorized"}}
        if name not in self.secrets:
            return 404, {}, {"error": {"code": "SecretNotFound", "message": "not found"}}
        return (
            200,
            {},
            {"value": self.secrets[name], "id": f"{self.url}/secrets/{name}/1", "attributes": {"enabled": True}},
        )


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vault]:
    """The stand-in, and an application that may sign in to it."""
    pytest.importorskip("azure.keyvault.secrets", reason="the extra requirements-keyvault.txt is not installed")
    running = Vault(secrets={"ANNA-PASSWORD": "from the vault"})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, headers, content = running.answer(
                self.command, self.path, self.headers.get("Authorization", ""), body
            )
            data = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {
                **headers,
                "Content-Type": "application/json",
                "Content-Length": str(len(data)),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET  # noqa: N815  (the name http.server looks for)

        def log_message(self, *_: Any) -> None:
            pass

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    running.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    for name, value in {
        "REQUESTS_CA_BUNDLE": str(tmp_path / "ca.pem"),
        "AZURE_AUTHORITY_HOST": running.url,
        "AZURE_TENANT_ID": "tenant",
        "AZURE_CLIENT_ID": "11111111-1111-1111-1111-111111111111",
        "AZURE_CLIENT_SECRET": "app-secret",
    }.items():
        monkeypatch.setenv(name, value)
    yield running
    server.shutdown()
    server.server_close()


def environment(**more: Any) -> Environment:
    return Environment(
        name="e", entrances={"in": ENTRANCE}, channels={"web": "in"}, users_file=Path("users.csv"), **more
    )


def test_the_shell_wins_over_the_file_and_the_file_over_the_vault(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "site.secrets"
    file.write_text("# mine\n", encoding="utf-8")
    here = environment(secrets_file=file, key_vault=vault.url)
    assert Secrets.load(here).password(ANNA) == "from the vault"
    file.write_text("ANNA_PASSWORD=from the file\n", encoding="utf-8")
    assert Secrets.load(here).password(ANNA) == "from the file"
    monkeypatch.setenv("ANNA_PASSWORD", "from the shell")
    assert Secrets.load(here).password(ANNA) == "from the shell"
    assert vault.asked == ["ANNA-PASSWORD"], "who is found nearer is not asked for there"
    assert "from the" not in repr(Secrets.load(here))


def test_a_secret_is_asked_for_once_and_one_that_is_not_there_is_named_with_every_place(vault: Vault) -> None:
    secrets = Secrets.load(environment(key_vault=vault.url))
    ben = ANNA.model_copy(update={"username": "ben@contoso.com", "secret": "BEN_PASSWORD"})
    secrets.require([ANNA, ANNA])
    with pytest.raises(
        ConfigError, match=r"no password for ben@contoso.com: BEN_PASSWORD is not an environment variable"
    ) as no:
        secrets.password(ben)
    assert f"nor a secret of {vault.url} (with - for _)" in str(no.value)
    assert sorted(vault.asked) == ["ANNA-PASSWORD", "BEN-PASSWORD"]


def test_a_vault_that_refuses_says_who_must_be_given_what(vault: Vault) -> None:
    vault.refuses = True
    with pytest.raises(ConfigError, match="refuses to give the secret ANNA-PASSWORD") as refused:
        KeyVault(vault.url).find("ANNA_PASSWORD")
    assert "Key Vault Secrets User" in refused.value.next_step


def test_without_azures_sdk_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "azure.keyvault.secrets", None)
    with pytest.raises(ConfigError, match="Azure's SDK is not installed") as lacking:
        KeyVault("https://mysite.vault.azure.net").find("ANNA_PASSWORD")
    assert lacking.value.next_step == "install it: pip install --require-hashes -r requirements-keyvault.txt"


def test_who_is_named_by_an_application_needs_no_password_and_its_helpers_do() -> None:
    keeper = Account(username="keeper@contoso.com", role="System Administrator", kind="housekeeper", secret="KEEPER")
    impersonated = environment(identity=Identity(impersonate=True, username="CONTOSO\\app", secret="APP"))
    secrets = Secrets.load(impersonated)
    assert secrets.password(ANNA) == ""
    with pytest.raises(ConfigError, match="KEEPER is not"):
        secrets.require([ANNA, keeper])
