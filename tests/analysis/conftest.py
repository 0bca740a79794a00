"""A Chromium for the tests of pages."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.analysis.in_browser import CHROMIUM


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One a module: while Playwright runs, no other test of the same process can run an event loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
