"""Pages in a real Chromium: where it is, and what must hold of every page at any width."""

import shutil
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
IN_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install `chromium` to run this test"),
]
"""The marks of a module whose tests need it."""


def open_harmless(browser: Any, file: Path, width: int) -> Any:
    """The page in a window of this width: without a complaint of the console, any request, or anything too wide."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(file.as_uri())
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen"
    # Whatever is wider than the screen must scroll inside its own box; nothing may stick out of the page.
    sticking_out = page.evaluate(
        """() => [...document.querySelectorAll('main *')]
            .filter(e => { const box = e.getBoundingClientRect();
                           return box.width && (box.right > innerWidth + 1 || box.left < -1)
                               && !e.closest('.scroll, svg'); })
            .map(e => e.tagName + '.' + e.className)"""
    )
    assert sticking_out == []
    return page
