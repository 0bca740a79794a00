"""report.pdf: printed where a browser is, and never a reason to lose a report."""

import sys
from pathlib import Path

import pytest

from loadtests.launch import browser_pdf
from loadtests.launch.browser_pdf import find_browser, print_pdf


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text("<!doctype html><title>r</title><h1>PASS</h1>", encoding="utf-8")
    return path


@pytest.mark.browser
@pytest.mark.skipif(find_browser() is None, reason="no Chromium, Chrome or Edge on this machine")
def test_a_browser_prints_the_page(page: Path) -> None:
    pdf = page.with_suffix(".pdf")
    assert print_pdf(page, pdf) == ""
    assert pdf.read_bytes().startswith(b"%PDF-")


def test_without_a_browser_it_says_so(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_pdf, "find_browser", lambda: None)
    assert "neither Chromium, Chrome nor Edge" in print_pdf(page, page.with_suffix(".pdf"))
    assert not page.with_suffix(".pdf").exists()


def test_a_browser_that_fails_leaves_no_pdf(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_pdf, "find_browser", lambda: sys.executable)
    assert "could not print it" in print_pdf(page, page.with_suffix(".pdf"))
    assert not page.with_suffix(".pdf").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for a browser is a shell script")
def test_a_browser_is_not_told_what_stands_in_the_users_shell(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told.txt"
    script = tmp_path / "browser"
    script.write_text(f"#!/bin/sh\nenv > {told}\nexit 1\n", encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setattr(browser_pdf, "find_browser", lambda: str(script))
    monkeypatch.setenv("ANNA_PASSWORD", "what Anna types")
    print_pdf(page, page.with_suffix(".pdf"))
    assert "PATH=" in told.read_text() and "what Anna types" not in told.read_text()
