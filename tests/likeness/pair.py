"""A CRM that stands for production, its copy, and the twelve differences that are planted into the copy."""

import base64
import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.commands import crmload
from tests.localcrm.serving import REPOSITORY, RunningCrm, start

EXAMPLE = REPOSITORY / "examples" / "custom-table" / "solution.yaml"
STEPS = """\
plugins:
  - {message: Create, table: account, stage: pre, delay: 1, name: Credit check}
workflows:
  - {message: Create, table: incident, name: Tell the team, delay: 1}
"""
ENVIRONMENT = """\
name: %s
ready_file: ready.json
servers:
  SQL: {role: database, cores: %d, memory_gb: 64}
"""


@dataclass(frozen=True)
class Pair:
    """Both CRMs, each with an environment file beside its ready file."""

    production: RunningCrm
    here: RunningCrm
    folder: Path

    def environment(self, side: str) -> Path:
        return self.folder / side / "site.yaml"

    def crmload(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Call `crmload` as a user does, in this process."""
        return crmload(*arguments)


def start_pair(folder: Path) -> Pair:
    """Start both from the same seed, files and options."""
    (folder / "steps.yaml").write_text(STEPS, encoding="utf-8")
    options = ["--scale", "0.01", "--people", "8", "--hardware", "free", "--solution", str(EXAMPLE)]
    # Small limits, so that counting has to split tables and roles.
    options += ["--plugins", str(folder / "steps.yaml"), "--aggregate-limit", "100"]
    sides = [folder / "production", folder / "here"]
    with ThreadPoolExecutor(2) as pool:
        production, here = pool.map(lambda side: start(side, *options), sides)
    for side, crm in zip(sides, (production, here), strict=True):
        (side / "ready.json").write_text(json.dumps(crm.ready), encoding="utf-8")
        (side / "site.yaml").write_text(ENVIRONMENT % (side.name, 16), encoding="utf-8")
    return Pair(production, here, folder)


class Administrator:
    """Changes a CRM as its administrator does."""

    def __init__(self, crm: RunningCrm) -> None:
        self._crm = crm
        self._http = crm.signed_in(crm.users(kind="housekeeper")[0]["username"])
        self._root = crm.url("cloud-9.2") + "api/data/v9.2/"

    def rows(self, path: str) -> list[dict[str, Any]]:
        return list(self._answer("GET", path).json()["value"])

    def change(self, entity_set: str, key: str, condition: str, **values: object) -> None:
        """PATCH the one row that a condition finds."""
        (row,) = self.rows(f"{entity_set}?$filter={condition}" if condition else entity_set)
        self._answer("PATCH", f"{entity_set}({row[key]})", json=values)

    def send(self, method: str, path: str, **values: object) -> None:
        self._answer(method, path, json=values or None)

    def delete_all_but(self, entity_set: str, key: str, kept: int) -> None:
        for row in self.rows(f"{entity_set}?$select={key}")[kept:]:
            self._answer("DELETE", f"{entity_set}({row[key]})")

    def _answer(self, method: str, path: str, **more: Any) -> requests.Response:
        answer = self._http.request(method, self._root + path, **more)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer


def plant(pair: Pair) -> dict[str, float]:
    """Make twelve differences in the copy; what each is about, and the points it costs by docs/likeness.md."""
    crm = pair.here
    admin = Administrator(crm)
    admin.change("organizations", "organizationid", "", version="9.0.2.1", isauditenabled=True)
    admin.delete_all_but("annotations", "annotationid", 50)
    # A role allows more here.
    crm.control("POST", "roles", {"role": "Salesperson", "privilege": "prvDeleteAccount", "depth": "Global"})
    steps = crm.control("GET", "plugins")["plugins"]
    extra = {"message": "Update", "table": "contact", "stage": "pre", "delay": 1, "name": "Address check"}
    crm.control("POST", "plugins", {"plugins": [*steps, extra]})
    workflows = [one for one in crm.control("GET", "async")["workflows"] if one["name"] != "Tell the team"]
    crm.control("POST", "async", {"workflows": workflows})
    (rule,) = admin.rows("duplicaterules?$filter=name eq 'Leads with the same e-mail address'")
    admin.send("POST", "UnpublishDuplicateRule", DuplicateRuleId=rule["duplicateruleid"])
    (solution,) = admin.rows("solutions?$filter=uniquename eq 'ProjectManagement'")
    admin.send("DELETE", f"solutions({solution['solutionid']})")
    name = "name eq 'Quick Find Active Accounts'"
    (view,) = admin.rows(f"savedqueries?$filter={name}")
    shorter = view["fetchxml"].replace('<condition attribute="emailaddress1" operator="like" value="{0}" />', "")
    admin.change("savedqueries", "savedqueryid", name, fetchxml=shorter)
    form = "objecttypecode eq 'new_project' and type eq 2"
    (row,) = admin.rows(f"systemforms?$filter={form}")
    bare = re.sub(r'<row><cell[^>]*rowspan="5".*?</row>', "", row["formxml"])
    admin.change("systemforms", "formid", form, formxml=bare)
    script = "name eq 'contoso_/scripts/common.js'"
    admin.change("webresourceset", "webresourceid", script, content=base64.b64encode(b"debugger;").decode())
    pair.environment("here").write_text(ENVIRONMENT % ("here", 8), encoding="utf-8")
    return {
        "role Salesperson": 6,
        "version": 5,
        "servers of role database": 4,
        "plug-in step contact/Update: Address check": 4,
        "setting isauditenabled": 3,
        "table annotation": 2.4,
        "solution ProjectManagement": 2,
        "process incident/Tell the team": 1.5,
        "duplicate rule Leads with the same e-mail address": 1.5,
        "form new_project/Project": 1,
        "quick find account/Quick Find Active Accounts": 1,
        "web resource contoso_/scripts/common.js": 0.4,
    }
