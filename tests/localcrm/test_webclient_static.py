"""The page and its static files: number, weight, and what a browser may keep."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
import requests

from tests.localcrm.serving import RunningCrm


class _References(HTMLParser):
    """The URLs a browser would fetch for a page, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "base":
            self.base = values["href"]
        elif tag in ("script", "img") and "src" in values:
            self.urls.append(values["src"])
        elif tag == "link" and values["rel"] in ("stylesheet", "icon", "manifest"):
            self.urls.append(values["href"])


@pytest.fixture(scope="module")
def page(local_crm: RunningCrm) -> requests.Response:
    session = local_crm.signed_in(local_crm.person(), "onprem-9.1")
    return session.get(f"{local_crm.url('onprem-9.1')}main.aspx?appid=5f6e0a52-7d1c-4c5c-9a53-6d3a1d6a6f0e")


def _urls(page: requests.Response) -> list[str]:
    parser = _References()
    parser.feed(page.text)
    return [urljoin(parser.base, url) for url in parser.urls]


def test_the_page_weighs_60_kb_and_is_never_cached(page: requests.Response):
    assert page.status_code == 200
    assert "no-cache" in page.headers["Cache-Control"]
    assert 50_000 < len(page.content) < 70_000


def test_the_page_says_who_and_where(page: requests.Response, local_crm: RunningCrm):
    found = re.search(r'id="boot-config">(.*?)</script>', page.text)
    assert found, "the page has no boot configuration"
    config = json.loads(found[1])
    assert config["clientUrl"] == local_crm.url("onprem-9.1")
    assert config["user"]["userName"] == local_crm.person()
    assert config["appId"] == "5f6e0a52-7d1c-4c5c-9a53-6d3a1d6a6f0e"
    assert re.fullmatch(r"[0-9a-f-]{36}", config["organizationId"])


def test_the_page_pulls_about_55_files_of_three_megabytes(page: requests.Response, local_crm: RunningCrm):
    urls = _urls(page)
    client = local_crm.client()
    client.headers["Accept-Encoding"] = "identity"
    answers = [client.get(url) for url in urls]
    assert {answer.status_code for answer in answers} == {200}
    assert 50 <= len(urls) <= 60
    total = sum(len(answer.content) for answer in answers)
    assert 3.0e6 < total < 3.6e6, f"{total} bytes"
    assert sum(len(answer.content) > 300_000 for answer in answers) == 4
    assert sum("immutable" in answer.headers["Cache-Control"] for answer in answers) > 40


def test_files_are_sent_compressed_to_who_takes_it(page: requests.Response, local_crm: RunningCrm):
    url = next(url for url in _urls(page) if "vendor.js" in url)
    plain = local_crm.client().get(url, headers={"Accept-Encoding": "identity"})
    packed = local_crm.client().get(url, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["Content-Length"]) < len(plain.content) / 3


def test_versioned_files_are_kept_for_ever_and_others_ask_again(page: requests.Response, local_crm: RunningCrm):
    urls, client = _urls(page), local_crm.client()
    resource = next(url for url in urls if "/webresources/" in url)
    assert "/%7b637702538740000145%7d/webresources/" in resource
    assert client.get(resource).headers["Cache-Control"] == "public, max-age=31536000, immutable"

    for url, caching in (("uclient/images/logo.svg", "public, max-age=3600"), ("uclient/manifest.json", "no-cache")):
        first = client.get(local_crm.url("onprem-9.1") + url)
        assert first.headers["Cache-Control"] == caching
        again = client.get(local_crm.url("onprem-9.1") + url, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = client.get(local_crm.url("onprem-9.1") + url, headers={"If-None-Match": '"older"'})
        assert other.status_code == 200


def test_the_manifest_lists_what_the_page_pulls(page: requests.Response, local_crm: RunningCrm):
    manifest = local_crm.client().get(f"{local_crm.url('onprem-9.1')}uclient/manifest.json").json()
    listed = {urljoin(local_crm.url("onprem-9.1"), file["url"]) for file in manifest["files"]}
    own = {"favicon.ico", "manifest.json", "start.js"}
    assert listed == {url for url in _urls(page) if url.partition("?")[0].rpartition("/")[2] not in own}


def test_the_intranet_page_asks_for_windows_sign_in_where_the_internet_page_redirects(local_crm: RunningCrm):
    answer = local_crm.client().get(f"{local_crm.url('onprem-9.1')}main.aspx", allow_redirects=False)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Negotiate, NTLM"
