"""What a user reads when a file is wrong: all problems at once, each with file, line and the next step."""

import json
from pathlib import Path

import pytest

from loadtests.config import vocabulary
from loadtests.config.document import load_yaml
from loadtests.config.environment import Environment, origin_of
from loadtests.config.load import read_environment, resolve_plan
from loadtests.config.plan import Plan
from loadtests.config.secrets import Secrets
from loadtests.config.source import read_model
from loadtests.config.thresholds import Thresholds
from loadtests.config.users import Account, read_users
from loadtests.errors import ConfigError, Unreachable

PROJECT = Path(__file__).resolve().parents[2]

ENVIRONMENT = """\
name: test
entrances:
  intranet:
    url: https://crm.example.test/contoso
    flavour: onprem-9.1
    sign_in: oauth
    authority: https://adfs.example.test/adfs/
    client_id: 11111111-2222-3333-4444-555555555555
  outside:
    url: https://contoso.example.test/
    flavour: ifd-9.1
    sign_in: forms
    authority: https://adfs.example.test/adfs
channels: {web: intranet, ifd: outside}
users_file: users.csv
"""

USERS = "username,role,channel,kind,secret\n" + "".join(
    f"user{i}@example.test,Salesperson,{channel},person,PASSWORD_{i}\n"
    for i, channel in enumerate(["web", "web", "ifd"], start=1)
)

PLAN = """\
name: small
environment: site.yaml
population:
  - {channel: web, role: Salesperson, people: 2}
stages:
  - {name: work, people: 2, ramp: 5s, hold: 1m}
judge:
  - {channel: web, transaction: open_record}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site.yaml").write_text(ENVIRONMENT)
    (tmp_path / "users.csv").write_text(USERS)
    (tmp_path / "plan.yaml").write_text(PLAN)
    return tmp_path


def problems(error: pytest.ExceptionInfo[ConfigError]) -> str:
    return str(error.value)


def test_a_plan_with_all_its_files_is_resolved(site: Path) -> None:
    plan = resolve_plan(site / "plan.yaml")
    assert (plan.people, plan.duration_s) == (2, 65.0)
    assert plan.environment.entrance_of("web").web_api == "https://crm.example.test/contoso/api/data/v9.1/"
    assert plan.environment.entrance_of("web").audience == "https://crm.example.test/"
    assert plan.environment.allowed_origins == {
        ("https", "crm.example.test", 443),
        ("https", "contoso.example.test", 443),
        ("https", "adfs.example.test", 443),
    }
    assert next(a.username for a in plan.accounts("person")) == "user1@example.test"


def test_the_resolved_plan_survives_the_wire_and_holds_no_secret(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD_1", "correct horse battery staple")
    plan = resolve_plan(site / "plan.yaml")
    wire = plan.model_dump_json()
    assert type(plan).model_validate_json(wire) == plan
    assert "correct horse" not in wire


def test_a_missing_plan_names_its_neighbours(site: Path) -> None:
    with pytest.raises(ConfigError) as error:
        resolve_plan(site / "plam.yaml")
    assert "there is no file" in problems(error)
    assert "did you mean `plan.yaml`?" in problems(error)


def test_broken_yaml_names_the_line(site: Path) -> None:
    (site / "plan.yaml").write_text("name: small\nstages: [a, b\npopulation: 3\n")
    with pytest.raises(ConfigError) as error:
        resolve_plan(site / "plan.yaml")
    assert "plan.yaml:3: this is not valid YAML" in problems(error)


def test_all_problems_of_a_file_are_told_at_once_with_their_lines(site: Path) -> None:
    text = (
        PLAN.replace("environment:", "enviroment:")
        .replace("hold: 1m", "hold: soon")
        .replace("people: 2}\n", "people: 0}\n", 1)
    )
    (site / "plan.yaml").write_text(text)
    with pytest.raises(ConfigError) as error:
        resolve_plan(site / "plan.yaml")
    said = problems(error)
    assert "plan.yaml:2: unknown key `enviroment` (did you mean `environment`?)" in said
    assert "the key `environment` is missing" in said
    assert "plan.yaml:4: `population.0.people`" in said
    assert "plan.yaml:6: `stages.0.hold`: a duration such as 90s, 2m or 1h30m is wanted here (it says 'soon')" in said


def test_an_unknown_role_and_too_few_accounts_are_named(site: Path) -> None:
    text = PLAN.replace(
        "  - {channel: web, role: Salesperson, people: 2}\n",
        "  - {channel: web, role: Salespersn, people: 1}\n  - {channel: web, role: Salesperson, people: 5}\n",
    )
    (site / "plan.yaml").write_text(text)
    with pytest.raises(ConfigError) as error:
        resolve_plan(site / "plan.yaml")
    said = problems(error)
    assert "plan.yaml:4: unknown role `Salespersn` (did you mean `Salesperson`?)" in said
    assert "plan.yaml:5: 5 people of role Salesperson come by web, but" in said and "has 2 such accounts" in said


def test_a_row_without_a_threshold_is_refused(site: Path) -> None:
    (site / "plan.yaml").write_text(PLAN.replace("open_record", "open_recrod"))
    with pytest.raises(
        ConfigError, match="no threshold covers the transaction `open_recrod` .did you mean `open_record`"
    ):
        resolve_plan(site / "plan.yaml")


def test_a_stage_with_more_people_than_there_are_is_refused(site: Path) -> None:
    (site / "plan.yaml").write_text(PLAN.replace("name: work, people: 2", "name: work, people: 9"))
    with pytest.raises(ConfigError, match="stage `work` wants 9 people, the population has 2"):
        resolve_plan(site / "plan.yaml")


def test_an_unknown_environment_lists_those_that_exist(site: Path) -> None:
    (site / "plan.yaml").write_text(PLAN.replace("site.yaml", "lokal"))
    with pytest.raises(ConfigError) as error:
        resolve_plan(site / "plan.yaml")
    assert "plan.yaml:2: unknown environment `lokal` (did you mean `local`?)" in problems(error)


def test_a_local_crm_that_is_not_running_says_how_to_start_it(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("name: local\nready_file: nowhere/ready.json\n")
    (tmp_path / "plan.yaml").write_text(PLAN)
    with pytest.raises(Unreachable) as error:
        resolve_plan(tmp_path / "plan.yaml")
    assert "the local CRM is not running" in str(error.value) and "crmload serve" in error.value.next_step


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("url: https://crm.example.test/contoso", "url: http://crm.example.test/contoso", "an absolute https:// URL"),
        ("    client_id: 11111111-2222-3333-4444-555555555555\n", "", "sign_in: oauth needs client_id"),
        ("web: intranet", "web: inside", "which is no entrance of this file (there are: intranet, outside)"),
        ("ifd: outside", "ifd: intranet", "its entrance needs sign_in: forms"),
        ("ifd: outside", "outlook: outside", "its entrance needs sign_in: oauth"),
        (
            "    sign_in: forms\n    authority: https://adfs.example.test/adfs\n",
            "    sign_in: forms\n",
            "needs authority",
        ),
    ],
)
def test_a_wrong_environment_says_what_is_wanted(site: Path, wrong: str, right: str, said: str) -> None:
    (site / "site.yaml").write_text(ENVIRONMENT.replace(wrong, right))
    with pytest.raises(ConfigError) as error:
        resolve_plan(site / "plan.yaml")
    assert said in problems(error)


def test_windows_sign_in_needs_nothing_but_the_address(site: Path) -> None:
    text = ENVIRONMENT.replace("sign_in: oauth\n    authority: https://adfs.example.test/adfs/", "sign_in: windows")
    (site / "site.yaml").write_text(text)
    environment = resolve_plan(site / "plan.yaml").environment
    assert environment.entrances["intranet"].sign_in == "windows"
    assert environment.token_entrance == environment.entrances["intranet"]
    assert environment.allowed_origins == {
        ("https", "crm.example.test", 443),
        ("https", "contoso.example.test", 443),
        ("https", "adfs.example.test", 443),
    }


READY = {
    "base_urls": {
        "onprem-9.1": "https://crm.test:1/contoso/",
        "ifd-9.1": "https://contoso.crm.test:1/",
        "cloud-9.2": "https://contoso.crm.dynamics.test:1/",
    },
    "adfs_authority": "https://adfs.test:1/adfs",
    "entra_authority": "https://login.test:1/contoso",
    "oauth_client_id": "client",
    "oauth_resource": {"onprem-9.1": "https://a/", "ifd-9.1": "https://b/", "cloud-9.2": "https://c/"},
    "ca_file": "ca.pem",
    "connect_to": "127.0.0.1:1",
    "users_file": "users.csv",
    "secrets_file": "secrets",
}


@pytest.mark.parametrize(
    ("line", "channels"),
    [
        (
            "",
            {
                "web": "windows at crm.test",
                "ifd": "forms at contoso.crm.test",
                "outlook": "oauth at contoso.crm.test by adfs.test",
                "mobile": "oauth at contoso.crm.test by adfs.test",
            },
        ),
        (
            "flavour: cloud-9.2",
            dict.fromkeys(("web", "outlook", "mobile"), "oauth at contoso.crm.dynamics.test by login.test"),
        ),
    ],
)
def test_a_local_crm_stands_for_servers_of_ones_own_or_for_the_cloud(
    tmp_path: Path, line: str, channels: dict[str, str]
) -> None:
    (tmp_path / "ready.json").write_text(json.dumps(READY))
    (tmp_path / "site.yaml").write_text(f"name: here\nready_file: ready.json\n{line}\n")
    environment = read_environment(tmp_path / "site.yaml")
    found = {}
    for channel in environment.channels:
        entrance = environment.entrance_of(channel)
        by = f" by {origin_of(entrance.authority)[1]}" if entrance.sign_in == "oauth" else ""
        found[channel] = f"{entrance.sign_in} at {entrance.origin[1]}{by}"
    assert found == channels


@pytest.mark.parametrize(
    ("lines", "servers"),
    [
        ("", {"app": ("web", 4), "db": ("database", 2)}),
        ("servers: {all-in-one: {role: all, cores: 6}}\n", {"all-in-one": ("all", 6)}),
    ],
)
def test_a_local_crm_tells_its_servers_unless_the_file_does(
    tmp_path: Path, lines: str, servers: dict[str, tuple[str, int]]
) -> None:
    told = {"app": {"role": "web", "cores": 4}, "db": {"role": "database", "cores": 2}}
    (tmp_path / "ready.json").write_text(json.dumps({**READY, "servers": told}))
    (tmp_path / "site.yaml").write_text(f"name: here\nready_file: ready.json\n{lines}")
    found = read_environment(tmp_path / "site.yaml").servers
    assert {name: (server.role, server.cores) for name, server in found.items()} == servers


def test_a_local_crm_has_two_kinds_of_environment(tmp_path: Path) -> None:
    (tmp_path / "ready.json").write_text(json.dumps(READY))
    (tmp_path / "site.yaml").write_text("name: here\nready_file: ready.json\nflavour: cloud\n")
    with pytest.raises(ConfigError, match=r"(?s)site\.yaml:3.*flavour: cloud.*onprem-9\.1, cloud-9\.2"):
        read_environment(tmp_path / "site.yaml")


def test_wrong_lines_of_a_users_file_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_text(
        "username,role,channel,kind,secret\n"
        "anna@x.test,Salesperson,web,person,A\n"
        "anna@x.test,Salesperson,web,person,B,C\n"
        "bob@x.test,Salesperson,telepathy,person,C\n"
        "carl@x.test,Salesperson,web,person,\n"
    )
    with pytest.raises(ConfigError) as error:
        read_users(path)
    said = problems(error)
    assert "users.csv:3: there is more in this line than columns" in said
    assert "users.csv:4: `channel`" in said
    assert "users.csv:5: `username` and `secret` must not be empty" in said


def test_a_users_file_without_its_header_line_says_which_one(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("anna@x.test,Salesperson\nbob,x\n")
    with pytest.raises(ConfigError, match="username, role, channel, kind, secret are missing"):
        read_users(tmp_path / "users.csv")


def test_passwords_come_from_the_environment_first_then_from_the_file(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site / "secrets.env").write_text("# comment\nPASSWORD_1=from file=1\nPASSWORD_2=two\n")
    environment = read_model(Environment, site / "site.yaml").model_copy(update={"secrets_file": site / "secrets.env"})
    monkeypatch.setenv("PASSWORD_2", "from environment")
    secrets = Secrets.load(environment)

    def account(n: int) -> Account:
        return Account(username=f"user{n}@x.test", role="Salesperson", secret=f"PASSWORD_{n}")

    assert secrets.password(account(1)) == "from file=1"
    assert secrets.password(account(2)) == "from environment"
    with pytest.raises(ConfigError, match="PASSWORD_3 is not an environment variable, nor in"):
        secrets.password(account(3))
    assert "two" not in repr(secrets)


def test_a_secrets_file_with_a_bad_line_never_repeats_the_line(site: Path) -> None:
    (site / "secrets.env").write_text("hunter2\n")
    environment = read_model(Environment, site / "site.yaml").model_copy(update={"secrets_file": site / "secrets.env"})
    with pytest.raises(ConfigError) as error:
        Secrets.load(environment)
    assert "secrets.env:1" in problems(error) and "hunter2" not in problems(error)


def test_the_shipped_thresholds_give_the_protocol_sixty_percent() -> None:
    thresholds = read_model(Thresholds, PROJECT / "configs" / "thresholds.yaml")
    assert thresholds.lines("web", "open_record", "first") == (2500, 5000, 1500, 3000)
    assert thresholds.lines("ifd", "open_home", "everyday") == (3000, 5000, 1800, 3000)
    assert thresholds.lines("web", "unheard_of", "first") is None
    assert all(task.source for task in thresholds.tasks)


def test_every_shipped_plan_is_well_formed() -> None:
    plans = sorted((PROJECT / "configs" / "plans").glob("*.yaml"))
    assert plans
    for path in plans:
        assert read_model(Plan, path).name == path.stem


def test_an_empty_file_says_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("")
    with pytest.raises(ConfigError, match="the file is empty") as error:
        read_model(Plan, tmp_path / "plan.yaml")
    assert "environment" in error.value.next_step or "environment" in str(error.value)


def test_lines_of_nested_keys_are_known(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a:\n  - b: 1\n    c: {d: 2}\n")
    document = load_yaml(tmp_path / "a.yaml")
    assert document.data == {"a": [{"b": 1, "c": {"d": 2}}]}
    assert document.place("a", 0, "c", "d").endswith("a.yaml:3")
    assert document.place("a", 0, "missing").endswith("a.yaml:2")


def test_a_secrets_file_that_is_elsewhere_hinders_nobody_whose_variables_are_set(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = site / "gone.env"
    environment = read_model(Environment, site / "site.yaml").model_copy(update={"secrets_file": gone})
    account = Account(username="anna@x.test", role="Salesperson", secret="ANNA_HERE")
    with pytest.raises(ConfigError, match=r"gone\.env \(there is no such file\)"):
        Secrets.load(environment).password(account)
    monkeypatch.setenv("ANNA_HERE", "as a variable")
    assert Secrets.load(environment).password(account) == "as a variable"


@pytest.mark.parametrize(
    ("line", "said"),
    [("PASSWORD_1='quoted'", "stands in quotation marks"), ('PASSWORD_1="quoted"', "stands in quotation marks")],
)
def test_a_quoted_password_is_told_before_it_locks_an_account(site: Path, line: str, said: str) -> None:
    (site / "secrets.env").write_text(line + "\n")
    environment = read_model(Environment, site / "site.yaml").model_copy(update={"secrets_file": site / "secrets.env"})
    with pytest.raises(ConfigError, match=said) as error:
        Secrets.load(environment)
    assert "'quoted'" not in str(error.value) and '"quoted"' not in str(error.value)


def test_a_password_in_the_users_file_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text(USERS.replace("PASSWORD_1", "P4ss w0rd!"))
    with pytest.raises(ConfigError, match="not the name of a variable") as error:
        read_users(tmp_path / "users.csv")
    assert "P4ss" not in str(error.value)


@pytest.mark.parametrize(
    ("file", "wrong", "right"),
    [
        ("plan.yaml", "hold: 1m", "hold: .inf"),
        ("plan.yaml", "judge:", "agreed: {answer_a_case: .inf}\njudge:"),
        ("plan.yaml", "judge:", "agreed: {answer_a_case: -3}\njudge:"),
        ("plan.yaml", "judge:", "sessions: {first: 0}\njudge:"),
        ("site.yaml", "crm.example.test/contoso", "crm.example.test:abc/contoso"),
        ("site.yaml", "crm.example.test/contoso", "crm.example.test:99999/contoso"),
        ("site.yaml", "    sign_in: oauth\n", "    sign_in: oauth\n    connect_to: https://elsewhere\n"),
    ],
)
def test_values_that_nothing_can_be_done_with_are_refused(site: Path, file: str, wrong: str, right: str) -> None:
    path = site / file
    path.write_text(path.read_text().replace(wrong, right))
    with pytest.raises(ConfigError) as error:
        resolve_plan(site / "plan.yaml")
    assert file in str(error.value)


OUTLOOK = ENVIRONMENT.replace("ifd: outside}", "ifd: outside, outlook: intranet}")


def test_a_group_whose_channel_plays_none_of_its_roles_journeys_is_told_what_is_lacking(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site / "site.yaml").write_text(OUTLOOK)
    (site / "plan.yaml").write_text(
        PLAN.replace("{channel: web", "{channel: outlook", 1).replace(
            "judge:\n  - {channel: web", "judge:\n  - {channel: outlook"
        )
    )
    monkeypatch.setitem(vars(vocabulary)["PLAYS"], "outlook", frozenset({"open_home", "quick_find", "fill"}))
    with pytest.raises(ConfigError) as error:
        resolve_plan(site / "plan.yaml")
    said = problems(error)
    assert f"{site / 'plan.yaml'}:4: Salesperson has nothing to do on outlook" in said
    assert "find_and_call needs change_status, new, open_record, save" in said


def test_business_that_is_agreed_but_nobody_can_do_is_told(site: Path) -> None:
    (site / "plan.yaml").write_text(PLAN + "agreed: {answer_a_case: 100}\n")
    with pytest.raises(ConfigError) as error:
        resolve_plan(site / "plan.yaml")
    assert "plan.yaml:9: `answer_a_case` is agreed, but none of the plan's people does it" in problems(error)


def test_passwords_that_lack_are_told_in_one_sentence(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD_2", "there")
    secrets = Secrets.load(read_model(Environment, site / "site.yaml"))
    with pytest.raises(ConfigError, match="2 of 3 accounts have no password: PASSWORD_1, PASSWORD_3 are not among"):
        secrets.require(read_users(site / "users.csv"))
