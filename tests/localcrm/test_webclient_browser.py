"""A real browser signs in through AD FS's pages and sees the cases, without an error in its console."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.localcrm.serving import RunningCrm

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH; install it to let a real browser sign in"),
]


@pytest.fixture
def page(local_crm: RunningCrm) -> Iterator:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--host-resolver-rules=MAP *.test 127.0.0.1", "--no-sandbox", "--no-proxy-server"],
        )
        # The authority is private to the test, and Chromium reads trust from the system only.
        yield browser.new_context(ignore_https_errors=True).new_page()
        browser.close()


def test_a_browser_signs_in_and_sees_open_cases(local_crm: RunningCrm, page):
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("requestfailed", lambda request: troubles.append(f"{request.url} failed"))
    agent = local_crm.users(kind="person", channel="ifd", role="Customer Service Representative")[0]["username"]

    page.goto(f"{local_crm.url('ifd-9.1')}main.aspx")
    assert "adfs.contoso.test" in page.url
    page.fill("#userNameInput", agent)
    page.fill("#passwordInput", "wrong")
    page.click("#submitButton")
    assert "Incorrect user ID or password." in page.inner_text("#errorText")
    page.fill("#passwordInput", local_crm.password(agent))
    page.click("#submitButton")
    page.wait_for_selector("body[data-ready=true]", timeout=30_000)

    assert page.url == f"{local_crm.url('ifd-9.1')}main.aspx"
    assert page.inner_text("#signed-in-as").startswith("Signed in as ")
    assert page.locator("#cases li").count() == 10
    assert not troubles, "\n".join(troubles)

    page.goto(f"{local_crm.url('ifd-9.1')}main.aspx?signout=1")
    assert "You have successfully signed out." in page.inner_text("main")
