"""Sets of security roles, read from the YAML files beside this one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ruamel.yaml import YAML

from localcrm.security.depths import Depth
from localcrm.security.privileges import RIGHTS, Privileges, Right

_HERE = Path(__file__).parent
_LETTERS = {"-": Depth.NONE, "B": Depth.BASIC, "L": Depth.LOCAL, "D": Depth.DEEP, "G": Depth.GLOBAL}

#: Role name -> lower-case privilege name -> depth; privileges that a role lacks are absent.
RoleSet: TypeAlias = dict[str, dict[str, Depth]]


def available() -> list[str]:
    """The names of the role sets there are."""
    return sorted(path.stem for path in _HERE.glob("*.yaml"))


def load(name: str, privileges: Privileges) -> RoleSet:
    """Read one set. Raises ValueError for an unknown set, table or depth, saying where."""
    path = _HERE / f"{name}.yaml"
    if not path.is_file():
        raise ValueError(f"unknown role set {name!r}: there is {', '.join(available())}")
    with path.open(encoding="utf-8") as file:
        content: dict[str, Any] = YAML(typ="safe", pure=True).load(file)
    roles: RoleSet = load(content["base"], privileges) if "base" in content else {}
    everyone = _grants(privileges, content.get("everyone", {}), path.name, "everyone")
    for role, tables in content["roles"].items():
        if tables in ("all", "read"):
            roles[role] = {
                key: Depth.GLOBAL for key, known in privileges.items() if tables == "all" or known.right is Right.READ
            }
            continue
        kept = {key: depth for key, depth in roles.get(role, {}).items() if privileges[key].word not in tables}
        roles[role] = {**kept, **everyone, **_grants(privileges, tables, path.name, role)}
    return {role: {key: depth for key, depth in grants.items() if depth} for role, grants in roles.items()}


def _grants(privileges: Privileges, tables: Mapping[str, str], file: str, role: str) -> dict[str, Depth]:
    found = {}
    for word, letters in tables.items():
        if word.lower() in privileges:
            if letters not in _LETTERS:
                raise ValueError(f"{file}: {role}: {word}: expected one of {' '.join(_LETTERS)}, found {letters!r}")
            found[word.lower()] = _LETTERS[letters]
            continue
        depths = letters.split()
        if len(depths) != len(RIGHTS) or not set(depths) <= set(_LETTERS):
            raise ValueError(
                f"{file}: {role}: {word}: expected {len(RIGHTS)} of {' '.join(_LETTERS)}, found {letters!r}"
            )
        for right, letter in zip(RIGHTS, depths, strict=True):
            privilege = f"prv{right.verb}{word}".lower()
            if privilege not in privileges:
                raise ValueError(f"{file}: {role}: no table has privileges called {word!r}")
            found[privilege] = _LETTERS[letter]
    return found
