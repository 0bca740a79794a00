"""The Web API over a small database, called directly: no server, no sockets."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from localcrm.data.database import Database
from localcrm.data.templates import Templates
from localcrm.security.principals import Principal
from localcrm.webapi.exchange import Answer, Call
from localcrm.webapi.messages import Message
from localcrm.webapi.service import WebApi

ROOT = "https://127.0.0.1:8443/api/data/v9.2/"
ANNOTATED = {"prefer": 'odata.include-annotations="*"'}
SALES, SERVICE, ADMINISTRATOR, SUPPORT = (
    "Salesperson",
    "Customer Service Representative",
    "System Administrator",
    "Support User",
)


def _folder() -> Path:
    """Deleted when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="small-crm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


TEMPLATES = Templates(Path(os.environ.get("LOCALCRM_TEMPLATES") or _folder()))
"""The test session's; of its own in a process without one, such as a proof."""


@dataclass(frozen=True)
class SmallCrm:
    """A database of 2 % of the full size with the Web API on it."""

    database: Database
    api: WebApi

    def person(self, role: str, number: int = 0) -> Principal:
        """The ``number``-th account that signs in with a role."""
        names = [person.username for person in self.database.users_of_people() if person.role == role]
        found = self.database.directory.by_username(names[number])
        assert found is not None
        return found

    def send(
        self,
        who: Principal,
        method: str,
        path: str,
        query: str = "",
        body: object = None,
        headers: dict[str, str] | None = None,
        flavour: str = "cloud-9.2",
    ) -> Answer:
        """One call; a body that is not bytes is sent as JSON."""
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.api.handle(Call(method, path, query, headers or {}, content, who, ROOT, flavour))

    def get(self, who: Principal, path: str, query: str = "", headers: dict[str, str] | None = None) -> Any:
        """The JSON of a GET that must succeed."""
        answer = self.send(who, "GET", path, query, headers=headers)
        assert answer.status == 200, f"GET {path}?{query} answered {answer.status}: {answer.body.decode()}"
        return json.loads(answer.body)

    def rows(self, who: Principal, path: str, query: str = "") -> list[dict[str, Any]]:
        """The rows of a GET on a collection."""
        return list(self.get(who, path, query)["value"])

    def fetch(self, who: Principal, path: str, fetchxml: str, headers: dict[str, str] | None = None) -> Any:
        """The JSON of a FetchXML query."""
        return self.get(who, path, f"fetchXml={quote(fetchxml)}", headers)

    def create(self, who: Principal, path: str, body: Mapping[str, object]) -> str:
        """Create a record that must succeed; its id."""
        answer = self.send(who, "POST", path, body=body)
        assert answer.status == 204, f"POST {path} answered {answer.status}: {answer.body.decode()}"
        return header(answer, "OData-EntityId").rpartition("(")[2].rstrip(")")


def header(answer: Answer, name: str) -> str:
    """A header of an answer, empty if absent."""
    return dict(answer.headers).get(name, "")


def error(answer: Answer) -> tuple[int, str, str]:
    """Status, code and message of a refusal."""
    body = json.loads(answer.body)["error"]
    return answer.status, body["code"], body["message"]


@cache
def small_crm(roles: str = "standard") -> SmallCrm:
    """The small CRM with a set of roles, built once per test process. Tests undo what they write."""
    return fresh_crm(_folder(), roles)


def fresh_crm(folder: Path, roles: str = "standard", messages: Mapping[str, Message] | None = None) -> SmallCrm:
    """A small CRM of one's own, in a folder."""
    file = str(folder / f"{roles}.db")
    database = Database.open(file, seed=7, scale=0.02, roles=roles, people=16, templates=TEMPLATES)
    return SmallCrm(database, WebApi(database, messages))
