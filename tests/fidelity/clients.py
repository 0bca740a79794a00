"""Clients that we did not write, unchanged, behind one small interface: the same cases run through each of them.

What a client's public interface cannot say is not in its class: the suite skips that case and says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

import azure.identity
import msal
import requests
from pdynamics import crm as pdynamics_crm  # type: ignore[import-untyped]
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError
from PowerPlatform.Dataverse.models.batch import BatchResult
from requests.auth import AuthBase
from requests_ntlm import HttpNtlmAuth

from tests.localcrm.serving import RunningCrm

Row = dict[str, Any]
_SETS = {
    "account": "accounts",
    "contact": "contacts",
    "task": "tasks",
    "incident": "incidents",
    "systemuser": "systemusers",
}
_GUID = re.compile(r"\(([0-9a-fA-F-]{36})\)")


class Refused(Exception):
    """The CRM refused, as the client tells it. ``None`` for what a client does not tell."""

    def __init__(
        self, status: int | None, code: str | None, message: str | None, retry_after: int | None = None
    ) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.code = code
        self.message = message or ""
        self.retry_after = retry_after


def clean(row: Any) -> Row:
    """A row without annotations."""
    return {name: value for name, value in dict(row).items() if "@" not in name}


class Dataverse:
    """Microsoft's PowerPlatform-Dataverse-Client, with credentials of azure-identity."""

    name = "PowerPlatform-Dataverse-Client"
    flavour = "cloud-9.2"

    def __init__(self, crm: RunningCrm, username: str) -> None:
        origin = crm.url("cloud-9.2").rstrip("/")
        if username == "housekeeper@contoso.test":
            credential: Any = azure.identity.ClientSecretCredential(
                crm.ready["entra_authority"].rpartition("/")[2],
                crm.ready["application_id"],
                crm.secret(crm.ready["application_secret"]),
                authority=origin,
                disable_instance_discovery=True,
            )
        else:
            # At an Entra-shaped authority with a port MSAL cannot ask for the user's realm (wire facts 3.1).
            credential = azure.identity.UsernamePasswordCredential(
                crm.ready["oauth_client_id"],
                username,
                crm.password(username),
                tenant_id="adfs",
                authority=origin,
                disable_instance_discovery=True,
            )
        self.sdk = DataverseClient(origin, credential)
        self._credential = credential
        self._origin = origin

    def close(self) -> None:
        self.sdk.close()

    def connect(self) -> str:
        """The SDK has no WhoAmI: it takes a token and reads a table's definition."""
        info = self._tell(lambda: self.sdk.tables.get("account"))
        return str(info.entity_set_name)

    def create(self, table: str, values: Row) -> str:
        return str(self._tell(lambda: self.sdk.records.create(table, values)))

    def read(self, table: str, record_id: str, *columns: str) -> Row | None:
        found = self._tell(lambda: self.sdk.records.retrieve(table, record_id, select=list(columns)))
        return None if found is None else clean(found.data)

    def pages(self, table: str, columns: list[str], condition: str, order: str, size: int) -> list[list[Row]]:
        pages = self.sdk.records.list_pages(table, select=columns, filter=condition, orderby=[order], page_size=size)
        return list(self._tell(lambda: [[clean(row.data) for row in page] for page in pages]))

    def fetch_pages(self, table: str, xml: str) -> list[list[Row]]:
        pages = self.sdk.query.fetchxml(xml).execute_pages()
        return list(self._tell(lambda: [[clean(row.data) for row in page] for page in pages]))

    def update(self, table: str, record_id: str, values: Row) -> None:
        self._tell(lambda: self.sdk.records.update(table, record_id, values))

    def upsert_by_key(self, table: str, key: str, value: str, values: Row) -> None:
        item = {"alternate_key": {key: value}, "record": values}
        self._tell(lambda: self.sdk.records.upsert(table, [item]))

    def delete(self, table: str, record_id: str) -> None:
        self._tell(lambda: self.sdk.records.delete(table, record_id))

    def batch(self, new: Row, missing_id: str, *, go_on: bool) -> list[int]:
        batch = self.sdk.batch.new()
        batch.records.create("account", new)
        batch.records.retrieve("account", missing_id, select=["name"])
        batch.records.list("account", select=["name"], top=1)
        try:
            result: BatchResult = self._tell(lambda: batch.execute(continue_on_error=go_on))
        except Refused as refused:
            # Of a batch that was stopped the SDK tells the status, and nothing of its parts.
            return [refused.status or 0]
        return [item.status_code for item in result.responses]

    def change_set(self, first: Row, second: Row) -> list[int]:
        batch = self.sdk.batch.new()
        with batch.changeset() as change_set:
            change_set.records.create("account", first)
            change_set.records.create("account", second)
        result: BatchResult = self._tell(batch.execute)
        return [item.status_code for item in result.responses]

    @staticmethod
    def _tell(call: Any) -> Any:
        try:
            return call()
        except HttpError as error:
            details = error.details or {}
            raise Refused(
                error.status_code, details.get("service_error_code"), str(error), details.get("retry_after")
            ) from None


class _Pdynamics:
    """pdynamics: it prints nothing of a refusal but its body, so a hook of ``requests`` notes status and headers."""

    name = "pdynamics"
    flavour: str

    def __init__(self, client: pdynamics_crm.client) -> None:
        self._client = client
        self._last: requests.Response
        self._client.Session.hooks["response"].append(self._note)

    def _note(self, response: requests.Response, *_: Any, **__: Any) -> None:
        self._last = response

    def close(self) -> None:
        self._client.Session.close()

    def connect(self) -> str:
        return str(self._tell(self._client.get_data("WhoAmI"))["UserId"])

    def create(self, table: str, values: Row) -> str:
        url = self._tell(self._client.create_data(_SETS[table], json=values))
        return str(pdynamics_crm.parse_id(url))

    def read(self, table: str, record_id: str, *columns: str) -> Row | None:
        found = self._client.get_data(f"{_SETS[table]}({record_id})?$select={','.join(columns)}")
        return None if self._last.status_code == 404 else clean(self._tell(found))

    def fetch_pages(self, table: str, xml: str) -> list[list[Row]]:
        pages = []
        for number in range(1, 10):
            page = xml.replace("<fetch ", f'<fetch page="{number}" ', 1)
            rows = self._tell(self._client.get_data(f"{_SETS[table]}?fetchXml={quote(page)}"))["value"]
            if not rows:
                break
            pages.append([clean(row) for row in rows])
        return pages

    def update(self, table: str, record_id: str, values: Row) -> None:
        self._tell(self._client.update_data(_SETS[table], record_id, json=values))

    def upsert_by_id(self, table: str, record_id: str, values: Row) -> None:
        self._tell(self._client.update_data(_SETS[table], record_id, json=values))

    def delete(self, table: str, record_id: str) -> None:
        self._tell(self._client.delete_data(_SETS[table], record_id))

    def _tell(self, result: Any) -> Any:
        if self._last.status_code >= 400:
            error = result["error"] if isinstance(result, dict) else {}
            wait = self._last.headers.get("Retry-After")
            raise Refused(self._last.status_code, error.get("code"), error.get("message"), int(wait) if wait else None)
        return result


class PdynamicsAtAdfs(_Pdynamics):
    """With a token of AD FS, asked for in the ``resource`` style, at the internet-facing address."""

    name = "pdynamics, AD FS"
    flavour = "ifd-9.1"

    def __init__(self, crm: RunningCrm, username: str) -> None:
        client = pdynamics_crm.client(
            f"https://localhost:{crm.port}/",
            username=username,
            password=crm.password(username),
            client_id=crm.ready["oauth_client_id"],
            token_endpoint=f"https://127.0.0.1:{crm.port}/adfs/oauth2/token",
        )
        super().__init__(client)


class PdynamicsByNtlm(_Pdynamics):
    """By NTLM at the intranet."""

    name = "pdynamics, NTLM"
    flavour = "onprem-9.1"

    def __init__(self, crm: RunningCrm, username: str) -> None:
        url = f"https://127.0.0.1:{crm.port}/contoso/"
        super().__init__(pdynamics_crm.client(url, username=_in_domain(crm, username), password=crm.password(username)))


class _Requests:
    """``requests`` with a sign-in library of others; the Web API as its documentation writes it."""

    name: str
    flavour: str

    def __init__(self, root: str, ca_file: str, auth: AuthBase) -> None:
        self._root = root
        self._session = requests.Session()
        self._session.verify = ca_file
        self._session.auth = auth
        self._session.headers.update({"Accept": "application/json", "OData-Version": "4.0", "OData-MaxVersion": "4.0"})

    def close(self) -> None:
        self._session.close()

    def connect(self) -> str:
        return str(self._json("GET", "WhoAmI()")["UserId"])

    def create(self, table: str, values: Row) -> str:
        answer = self._send("POST", _SETS[table], json=values)
        found = _GUID.search(answer.headers["OData-EntityId"])
        assert found
        return found[1]

    def read(self, table: str, record_id: str, *columns: str) -> Row | None:
        try:
            return clean(self._json("GET", f"{_SETS[table]}({record_id})?$select={','.join(columns)}"))
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    def etag(self, table: str, record_id: str) -> str:
        return self._send("GET", f"{_SETS[table]}({record_id})?$select=createdon").headers["ETag"]

    def update_if(self, table: str, record_id: str, values: Row, etag: str) -> None:
        self._send("PATCH", f"{_SETS[table]}({record_id})", json=values, headers={"If-Match": etag})

    def pages(self, table: str, columns: list[str], condition: str, order: str, size: int) -> list[list[Row]]:
        link = f"{self._root}{_SETS[table]}?$select={','.join(columns)}&$filter={condition}&$orderby={order}"
        return list(self._linked(link, {"Prefer": f"odata.maxpagesize={size}"}))

    def fetch_pages(self, table: str, xml: str) -> list[list[Row]]:
        pages, number, cookie = [], 1, ""
        while True:
            head = f'<fetch page="{number}" ' + (f"paging-cookie='{cookie}' " if cookie else "")
            answer = self._json(
                "GET",
                _SETS[table],
                params={"fetchXml": xml.replace("<fetch ", head, 1)},
                headers={"Prefer": 'odata.include-annotations="*"'},
            )
            pages.append([clean(row) for row in answer["value"]])
            if not answer.get("@Microsoft.Dynamics.CRM.morerecords"):
                return pages
            inner = re.search(r'pagingcookie="([^"]+)"', answer["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"])
            assert inner
            cookie = unquote(unquote(inner[1])).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            number += 1

    def update(self, table: str, record_id: str, values: Row) -> None:
        self.update_if(table, record_id, values, "*")

    def upsert_by_key(self, table: str, key: str, value: str, values: Row) -> None:
        self._send("PATCH", f"{_SETS[table]}({key}='{value}')", json=values)

    def upsert_by_id(self, table: str, record_id: str, values: Row) -> None:
        self._send("PATCH", f"{_SETS[table]}({record_id})", json=values)

    def delete(self, table: str, record_id: str) -> None:
        self._send("DELETE", f"{_SETS[table]}({record_id})")

    def batch(self, new: Row, missing_id: str, *, go_on: bool) -> list[int]:
        parts = [
            self._part("POST", "accounts", new),
            self._part("GET", f"accounts({missing_id})?$select=name"),
            self._part("GET", "accounts?$select=name&$top=1"),
        ]
        return self._batch("".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n", go_on=go_on)

    def change_set(self, first: Row, second: Row) -> list[int]:
        parts = [self._part("POST", "accounts", values, number) for number, values in enumerate((first, second), 1)]
        inner = "".join(f"--c\r\n{part}\r\n" for part in parts)
        return self._batch(f"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{inner}--c--\r\n--b--\r\n")

    def changes(self, table: str, columns: list[str], link: str = "") -> tuple[list[Row], list[str], str]:
        """Changed rows, ids of deleted ones, and the link to ask for the next changes."""
        url = link or f"{self._root}{_SETS[table]}?$select={','.join(columns)}"
        headers = {"Prefer": "odata.track-changes, odata.maxpagesize=2000"}
        rows, gone = [], []
        while True:
            answer = self._json("GET", url, headers=headers)
            for row in answer["value"]:
                if "reason" in row:
                    gone.append(str(row["id"]))
                else:
                    rows.append(clean(row))
            if "@odata.deltaLink" in answer:
                return rows, gone, str(answer["@odata.deltaLink"])
            url = answer["@odata.nextLink"]

    def _linked(self, url: str, headers: dict[str, str]) -> Iterator[list[Row]]:
        while url:
            answer = self._json("GET", url, headers=headers)
            yield [clean(row) for row in answer["value"]]
            url = answer.get("@odata.nextLink", "")

    def _part(self, method: str, path: str, body: Row | None = None, content_id: int = 0) -> str:
        head = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
        head += f"Content-ID: {content_id}\r\n" if content_id else ""
        text = "" if body is None else f"Content-Type: application/json; type=entry\r\n\r\n{json.dumps(body)}"
        return f"{head}\r\n{method} {self._root}{path} HTTP/1.1\r\n{text or 'Accept: application/json'}\r\n"

    def _batch(self, body: str, *, go_on: bool = False) -> list[int]:
        headers = {"Content-Type": 'multipart/mixed; boundary="b"'}
        headers |= {"Prefer": "odata.continue-on-error"} if go_on else {}
        answer = self._session.post(f"{self._root}$batch", data=body.encode(), headers=headers)
        return [int(status) for status in re.findall(r"^HTTP/1\.1 (\d+)", answer.text, re.MULTILINE)]

    def _json(self, method: str, path: str, **options: Any) -> Any:
        return self._send(method, path, **options).json()

    def _send(self, method: str, path: str, **options: Any) -> requests.Response:
        url = path if path.startswith("https:") else f"{self._root}{path}"
        answer = self._session.request(method, url, **options)
        if answer.status_code >= 400:
            is_json = "json" in answer.headers.get("Content-Type", "")
            error = answer.json()["error"] if is_json else {"code": None, "message": answer.text}
            wait = answer.headers.get("Retry-After")
            raise Refused(answer.status_code, error["code"], error["message"], int(wait) if wait else None)
        return answer


class RequestsNtlm(_Requests):
    """requests_ntlm at the intranet."""

    name = "requests_ntlm"
    flavour = "onprem-9.1"

    def __init__(self, crm: RunningCrm, username: str) -> None:
        auth = HttpNtlmAuth(_in_domain(crm, username), crm.password(username))
        super().__init__(f"https://127.0.0.1:{crm.port}/contoso/api/data/v9.1/", crm.ready["ca_file"], auth)


class _Bearer(AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Msal(_Requests):
    """MSAL at AD FS, for the internet-facing address."""

    name = "msal"
    flavour = "ifd-9.1"

    def __init__(self, crm: RunningCrm, username: str) -> None:
        application = msal.PublicClientApplication(
            crm.ready["oauth_client_id"],
            authority=f"https://127.0.0.1:{crm.port}/adfs",
            verify=crm.ready["ca_file"],
        )
        result = application.acquire_token_by_username_password(
            username, crm.password(username), [f"https://localhost:{crm.port}/user_impersonation"]
        )
        root = f"https://localhost:{crm.port}/api/data/v9.1/"
        super().__init__(root, crm.ready["ca_file"], _Bearer(result["access_token"]))


class AzureIdentity(_Requests):
    """azure-identity's tokens for the Web API in the cloud."""

    name = "azure-identity"
    flavour = "cloud-9.2"

    def __init__(self, crm: RunningCrm, username: str) -> None:
        origin = crm.url("cloud-9.2").rstrip("/")
        credential = azure.identity.UsernamePasswordCredential(
            crm.ready["oauth_client_id"],
            username,
            crm.password(username),
            tenant_id="adfs",
            authority=origin,
            disable_instance_discovery=True,
        )
        token = credential.get_token(f"{origin}/.default").token
        super().__init__(f"{origin}/api/data/v9.2/", crm.ready["ca_file"], _Bearer(token))


CLIENTS: tuple[type[Any], ...] = (Dataverse, PdynamicsAtAdfs, PdynamicsByNtlm, RequestsNtlm, Msal, AzureIdentity)


def _in_domain(crm: RunningCrm, username: str) -> str:
    return f"{crm.ready['windows_domain']}\\{username.partition('@')[0]}"
