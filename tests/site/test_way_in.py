"""What a CRM says to somebody who has not signed in, and what is made of it."""

from pathlib import Path

import pytest

from loadtests.config.load import read_environment
from loadtests.errors import ConfigError, Unreachable
from loadtests.site.draft_environment import environment_file
from loadtests.site.opening import Source, name_of, open_site
from loadtests.site.proxy_asked import proxy_asked
from loadtests.site.way_in import Answer, Asked, WayIn, environment_at, way_in

OFFICE = "https://crm.contoso.com/contoso/"
OUTSIDE = "https://contoso.crm.contoso.com/"
CLOUD = "https://contoso.crm4.dynamics.com/"
ENTRA = "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555"


def bearer(authority: str, resource: str) -> Answer:
    return Answer(401, (f"Bearer authorization_uri={authority}/oauth2/authorize, resource_id={resource}",))


def test_windows_sign_in_is_recognised_by_its_offers() -> None:
    found = way_in(Asked(OFFICE), [Answer(401, ("Negotiate", "NTLM"))])
    assert found == WayIn("onprem-9.1", windows=True)
    environment = environment_at(Asked(OFFICE), found, "contoso", Path("users.csv"), None)
    assert dict(environment.channels) == {"web": "intranet"}


def test_an_internet_facing_deployment_names_its_ad_fs_and_the_relying_party() -> None:
    asked = Asked(OUTSIDE, client_id="abc")
    found = way_in(
        asked,
        [Answer(302, (), "https://adfs.contoso.com/adfs/ls/?wa=x"), bearer("https://adfs.contoso.com/adfs", OUTSIDE)],
    )
    assert found == WayIn("ifd-9.1", windows=False, authority="https://adfs.contoso.com/adfs", resource=OUTSIDE)
    environment = environment_at(asked, found, "contoso", Path("users.csv"), None)
    assert dict(environment.channels) == {"ifd": "outside", "outlook": "apps", "mobile": "apps"}
    assert environment.entrances["outside"].sign_in == "forms"


def test_a_page_that_only_sends_to_ad_fs_names_it_too() -> None:
    found = way_in(Asked(OUTSIDE), [Answer(302, (), "https://adfs.contoso.com/adfs/ls/?wa=wsignin1.0")])
    assert found.authority == "https://adfs.contoso.com/adfs"


def test_the_cloud_names_entra_and_its_tenant() -> None:
    asked = Asked(CLOUD, client_id="abc")
    found = way_in(asked, [bearer(ENTRA, CLOUD)])
    assert found == WayIn("cloud-9.2", windows=False, authority=ENTRA, resource=CLOUD)
    assert set(environment_at(asked, found, "contoso", Path("u.csv"), None).channels) == {"web", "outlook", "mobile"}


def test_a_password_goes_to_no_other_domain_unasked() -> None:
    answers = [bearer("https://adfs.elsewhere.com/adfs", OUTSIDE)]
    with pytest.raises(ConfigError, match="another domain") as told:
        way_in(Asked(OUTSIDE), answers)
    assert told.value.next_step.endswith("--authority https://adfs.elsewhere.com/adfs")
    asked = Asked(OUTSIDE, authority="https://adfs.elsewhere.com/adfs")
    assert way_in(asked, answers).authority == "https://adfs.elsewhere.com/adfs"
    with pytest.raises(ConfigError, match="another domain"):
        way_in(Asked("https://crm.contoso.co.uk/"), [bearer("https://adfs.other.co.uk/adfs", OUTSIDE)])


@pytest.mark.parametrize(
    ("url", "authority", "step"),
    [(OUTSIDE, "https://adfs.contoso.com/adfs", "Add-AdfsNative"), (CLOUD, ENTRA, "Entra admin center")],
)
def test_a_client_that_nobody_named_is_asked_for_with_the_administrators_step(
    url: str, authority: str, step: str
) -> None:
    found = way_in(Asked(url), [bearer(authority, url)])
    with pytest.raises(ConfigError, match="registered client") as told:
        environment_at(Asked(url), found, "contoso", Path("users.csv"), None)
    assert step in told.value.next_step and "--client-id" in told.value.next_step


def test_what_is_no_crm_is_told_with_examples_of_roots() -> None:
    with pytest.raises(Unreachable, match="does not answer as a CRM .*HTTP 200, then HTTP 404") as told:
        way_in(Asked(OUTSIDE), [Answer(200), Answer(404)])
    assert "https://crm.contoso.com/contoso/" in told.value.next_step


@pytest.mark.parametrize(
    ("url", "name"),
    [(OFFICE, "contoso"), (CLOUD, "contoso"), ("https://127.0.0.1:5555/", "127-0-0-1"), ("https://x/ÄÖ/", "site")],
)
def test_a_site_is_named_after_its_organisation(url: str, name: str) -> None:
    assert name_of(url) == name


def test_a_proxy_that_init_was_told_stands_in_the_file_that_it_writes_in_the_files_own_words(tmp_path: Path) -> None:
    found = way_in(Asked(OFFICE), [Answer(401, ("NTLM",))])
    for options, line in (
        (("http://proxy.contoso.com:8080",), "proxy: http://proxy.contoso.com:8080\n"),
        (
            ("http://proxy.contoso.com", "tester", "", ("adfs.contoso.com, 10.0.0.0/8", "fd00::/8")),
            "proxy:\n  url: http://proxy.contoso.com\n  user: tester\n  secret: PROXY_PASSWORD\n  no_proxy:\n"
            "    - adfs.contoso.com\n    - 10.0.0.0/8\n    - fd00::/8\n",
        ),
    ):
        asked = Asked(OFFICE, proxy=proxy_asked(*options))
        environment = environment_at(asked, found, "contoso", Path("users.csv"), None)
        draft = environment_file("contoso", environment, "users.csv", "")
        assert line in draft.text
        path = tmp_path / "contoso.yaml"
        path.write_text(draft.text, encoding="utf-8")
        assert read_environment(path).proxy == asked.proxy is not None


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("socks5://proxy.contoso.com:1080",), "must be http://host:port"),
        (("http://anna:hunter2@proxy.contoso.com",), "would end in files and on screens"),
        (("http://proxy.contoso.com", "anna", "hunter2!"), "must be the name of a variable"),
        (("http://proxy.contoso.com", "", "SOMETHING"), "go together"),
        ((None, "anna"), "none is named"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused_with_the_options(options: tuple[str, ...], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as told:
        proxy_asked(*options)
    assert "--proxy" in told.value.next_step and "hunter2" not in str(told.value)


def test_a_proxy_for_an_environment_file_is_refused_as_its_own_line_says_it() -> None:
    source = Source(Asked("", proxy=proxy_asked("http://proxy.contoso.com")), environment=Path("environments/x.yaml"))
    with pytest.raises(ConfigError, match="--proxy goes with a URL"):
        open_site(source, None, print)
