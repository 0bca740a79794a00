"""The house of DESIGN 3: an import goes down only, and neighbours do not know each other."""

import ast
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]

GROUND = ("loadtests.config", "loadtests.results", "loadtests.errors", "loadtests.exit_codes")
FLOORS = {
    # package: what it may import of ours
    "loadtests/config": GROUND,
    "loadtests/results": (*GROUND, "loadtests"),
    "loadtests/errors.py": GROUND,
    "loadtests/exit_codes.py": (),
    "loadtests/counters": (*GROUND, "loadtests.counters"),
    "loadtests/load": (*GROUND, "loadtests.counters", "loadtests.load", "loadtests.posix", "loadtests"),
    "loadtests/likeness": (*GROUND, "loadtests.likeness", "loadtests.load"),
    "loadtests/checks": (*GROUND, "loadtests.checks", "loadtests.likeness", "loadtests.load", "loadtests"),
    "loadtests/site": (*GROUND, "loadtests.site", "loadtests.load", "loadtests"),
    "loadtests/launch": (
        *(*GROUND, "loadtests.launch", "loadtests.likeness", "loadtests.load", "loadtests.posix", "loadtests"),
    ),
    # Of the checks only what they are told: plain data.
    "scenarios": (*GROUND, "loadtests.load", "loadtests.checks.needs", "scenarios"),
    "analysis": (*GROUND, "analysis", "loadtests"),
    "loadtests/cli": ("loadtests", "analysis", "scenarios"),
    "localcrm": ("localcrm",),
}
OURS = ("loadtests", "scenarios", "analysis", "localcrm")
NO_LOCUST = (
    "loadtests/config",
    "loadtests/results",
    "loadtests/counters",
    "loadtests/likeness",
    "loadtests/checks",
    "loadtests/site",
    "loadtests/cli",
    "loadtests/launch",
    "analysis",
    "localcrm",
)
POSIX_CALLS = {f"os.{n}" for n in ("fork", "killpg", "getpgid", "setsid", "nice", "sched_setaffinity", "geteuid")}
POSIX_CALLS |= {"signal.SIGKILL", "signal.SIGHUP", "signal.SIGUSR1"}
POSIX_METHODS = {"recvmsg", "recvmsg_into", "sendmsg"}
"""Of any object: sockets on Windows have none of them."""
POSIX_NAMES = {call.partition(".")[2] for call in POSIX_CALLS} | POSIX_METHODS
POSIX_MODULES = ("fcntl", "resource", "pwd", "grp", "pty", "termios")
POSIX_FILE = "loadtests/posix.py"


def files_of(floor: str) -> list[Path]:
    path = PROJECT / floor
    return [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


@cache
def nodes_of(path: Path) -> list[ast.Import | ast.ImportFrom | ast.Attribute]:
    """What these tests look at in a file: each is read once."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom | ast.Attribute)]


def imports_of(path: Path) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def within(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == a or name.startswith(a + ".") for a in allowed if a != "loadtests") or (
        # `loadtests` itself means its version only, not everything below it
        "loadtests" in allowed and (name == "loadtests.__version__" or allowed[0] == "loadtests")
    )


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_go_down_only(floor: str) -> None:
    wrong = [
        f"{path.relative_to(PROJECT)}:{line} imports {name}"
        for path in files_of(floor)
        for line, name in imports_of(path)
        if name.split(".")[0] in OURS and not within(name, FLOORS[floor])
    ]
    assert not wrong, "\n".join(["move the shared part to a lower floor:", *wrong])


def test_every_module_stands_on_a_floor() -> None:
    known = {path for floor in FLOORS for path in files_of(floor)}
    known |= {PROJECT / "loadtests" / "__init__.py", PROJECT / POSIX_FILE}
    homeless = [
        str(path.relative_to(PROJECT))
        for package in OURS
        for path in (PROJECT / package).rglob("*.py")
        if path not in known
    ]
    assert not homeless, f"say in FLOORS where these belong: {homeless}"


@pytest.mark.parametrize("floor", NO_LOCUST)
def test_locust_and_gevent_stay_in_the_load_process(floor: str) -> None:
    wrong = [
        f"{path.relative_to(PROJECT)}:{line} imports {name}"
        for path in files_of(floor)
        for line, name in imports_of(path)
        if name.split(".")[0] in ("locust", "gevent", "httptools")
    ]
    assert not wrong, "\n".join(wrong)


def test_posix_only_calls_stand_in_one_file() -> None:
    wrong = []
    for package in OURS:
        for path in (PROJECT / package).rglob("*.py"):
            if path == PROJECT / POSIX_FILE:
                continue
            used = {
                ast.unparse(n): n.lineno
                for n in nodes_of(path)
                if isinstance(n, ast.Attribute) and n.attr in POSIX_NAMES
            }
            modules = {name: line for line, name in imports_of(path) if name.split(".")[0] in POSIX_MODULES}
            used |= modules
            wrong += [
                f"{path.relative_to(PROJECT)}:{line} uses {name}"
                for name, line in used.items()
                if name in POSIX_CALLS or name in modules or name.rpartition(".")[2] in POSIX_METHODS
            ]
    assert not wrong, "\n".join([f"move these to {POSIX_FILE}:", *wrong])


def test_no_machine_path_and_no_registry_address_in_the_repository() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (PROJECT / name).read_text(encoding="utf-8")
        assert "://" not in text, f"{name} names a registry: lock again with `make lock`"
