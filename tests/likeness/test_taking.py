"""Taking: the numbers are the CRM's own, whichever way they are counted; what is refused is said, and costs no more."""

from pathlib import Path
from typing import Any

import pytest

from loadtests.config.environment import Environment
from loadtests.config.load import read_environment
from loadtests.config.secrets import Secrets
from loadtests.config.users import read_users
from loadtests.errors import ConfigError
from loadtests.likeness.comparing import compare
from loadtests.likeness.facts import Fingerprint
from loadtests.likeness.live import live_likeness
from loadtests.likeness.taking import take_likeness
from loadtests.load.plain_session import PlainSession
from tests.likeness.pair import Pair

COUNTED = ("account", "contact", "opportunity", "incident", "annotation", "new_project", "new_milestone", "listmember")


def environment(pair: Pair, flavour: str = "onprem-9.1") -> Environment:
    path = pair.folder / "production" / f"{flavour}.yaml"
    path.write_text(f"name: production\nready_file: ready.json\nflavour: {flavour}\n", encoding="utf-8")
    return read_environment(path)


def taken(found: Environment) -> Fingerprint:
    return live_likeness(found, tell=lambda _: None)


def test_rows_are_counted_beyond_what_the_crm_adds_up_at_a_time(pair: Pair) -> None:
    """The limit of this CRM is 100 rows: tables are halved by the time their rows were made."""
    found = taken(environment(pair))
    there = pair.production.control("GET", "tables")
    assert {name: found.records.get(name) for name in COUNTED} == {name: there[name]["rows"] for name in COUNTED}
    assert found.records["activitypointer"] == there["activitypointer"]["rows"] > 1000
    assert not [key for key in found.unread if key.startswith("records")]
    assert sum(role.people for role in found.roles.values()) >= found.organisation["enabled_users"] > 100


def test_the_cloud_and_own_servers_give_the_same_but_where_they_run(pair: Pair) -> None:
    own, cloud = taken(environment(pair)), taken(environment(pair, "cloud-9.2"))
    assert [one.place for one in compare(own, cloud).differences] == ["where it runs"]


def test_what_is_refused_is_unread_with_the_privilege_and_the_rest_is_there(pair: Pair) -> None:
    found = environment(pair)
    person = next(account for account in read_users(found.users_file) if account.kind == "person")
    session = PlainSession(found, found.token_entrance, purpose="test")
    session.sign_in(person, Secrets.load(found))
    seen = take_likeness(session, found)
    session.close()
    assert seen.unread["records/audit"] == "refused (HTTP 403, prvReadAuditSummary is missing)"
    assert "audit" not in seen.records
    assert seen.records["contact"] > 0 and seen.version


def test_without_an_inspector_the_next_step_is_told(pair: Pair, tmp_path: Path) -> None:
    users = tmp_path / "users.csv"
    users.write_text("username,role,channel,kind,secret\nanna@contoso.test,Salesperson,web,person,ANNA\n", "utf-8")
    found = environment(pair).model_copy(update={"users_file": users})
    with pytest.raises(ConfigError, match=r"has no inspector[\s\S]*kind `inspector`"):
        taken(found)


@pytest.mark.parametrize(
    ("servers", "said"),
    [
        ({"SQL": {"role": "db", "cores": 4, "memory_gb": 8}}, "site.yaml:4"),
        ({"SQL": {"role": "database", "cores": 0, "memory_gb": 8}}, "site.yaml:4"),
    ],
)
def test_a_wrong_server_is_named_with_its_line(pair: Pair, tmp_path: Path, servers: dict[str, Any], said: str) -> None:
    (tmp_path / "ready.json").write_bytes((pair.folder / "production" / "ready.json").read_bytes())
    path = tmp_path / "site.yaml"
    (server,) = servers.items()
    path.write_text(f"name: x\nready_file: ready.json\nservers:\n  {server[0]}: {server[1]}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        read_environment(path)
    assert said in str(error.value)
