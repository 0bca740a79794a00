"""report.pdf: the report printed by a browser that is on this machine already, where there is one."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from loadtests.posix import is_root

PRINT_WITHIN_S = 60
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge", "chrome")
_PLACES = (
    r"%ProgramFiles%\Google\Chrome\Application\chrome.exe",
    r"%ProgramFiles(x86)%\Google\Chrome\Application\chrome.exe",
    r"%ProgramFiles(x86)%\Microsoft\Edge\Application\msedge.exe",
    r"%ProgramFiles%\Microsoft\Edge\Application\msedge.exe",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_QUIET = (
    *("--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--no-pdf-header-footer"),
)

_ENVIRONMENT = (
    *("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "DISPLAY", "FONTCONFIG_FILE", "FONTCONFIG_PATH"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMFILES"),
)
"""All that a browser is told of this shell. Passwords may stand in it, and a browser that crashes writes down its
environment (seen: Chromium's crash reports)."""


def find_browser() -> str | None:
    """The path of Chromium, Chrome or Edge; None when there is none."""
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    places = (os.path.expandvars(place) for place in _PLACES)
    return next((place for place in places if Path(place).is_file()), None)


def print_pdf(page: Path, pdf: Path) -> str:
    """Print an HTML file. Returns an empty text, or why there is no PDF; never raises, a report is whole without it."""
    browser = find_browser()
    if browser is None:
        return "no report.pdf: neither Chromium, Chrome nor Edge is on this machine"
    # A profile of its own: a browser that the user has open must not answer instead.
    with tempfile.TemporaryDirectory(prefix="crmload-pdf-", ignore_cleanup_errors=True) as profile:
        made = Path(profile) / "report.pdf"
        command = [browser, *_QUIET, *_sandbox(), f"--user-data-dir={profile}", f"--print-to-pdf={made}"]
        command.append(f"--crash-dumps-dir={profile}")
        try:
            subprocess.run(
                [*command, page.resolve().as_uri()],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={name: value for name, value in os.environ.items() if name.upper() in _ENVIRONMENT},
                timeout=PRINT_WITHIN_S,
                check=True,
            )
            shutil.move(made, pdf)
        except subprocess.TimeoutExpired:
            return f"no report.pdf: {Path(browser).name} did not print within {PRINT_WITHIN_S} s"
        except (OSError, subprocess.CalledProcessError) as error:
            return f"no report.pdf: {Path(browser).name} could not print it ({type(error).__name__})"
    return ""


def _sandbox() -> list[str]:
    """Chromium refuses to start its sandbox for root, as in CI containers; the page is our own and loads nothing."""
    return ["--no-sandbox"] if is_root() else []
