"""Privileges: their names, their ids (the same in every organisation), and the access right each one is about."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag
from functools import cache
from typing import TypeAlias

from localcrm.schema.catalogue import Catalogue
from localcrm.schema.entity import Entity, Ownership

_NAMESPACE = uuid.UUID("5d2f4a4e-6f0a-4c1e-9a53-3a0f8c0d7b11")


class Right(IntFlag):
    """Access rights on a record with Microsoft's mask values (``AccessRights`` enumeration)."""

    NONE = 0
    READ = 1
    WRITE = 2
    APPEND = 4
    APPEND_TO = 16
    CREATE = 32
    DELETE = 65536
    SHARE = 262144
    ASSIGN = 524288

    @property
    def verb(self) -> str:
        """The word in privilege names: ``AppendTo``."""
        return _VERBS[self]

    @property
    def label(self) -> str:
        """The word in ``AccessRights``: ``AppendToAccess``."""
        return f"{_VERBS[self]}Access"


_VERBS = {
    Right.CREATE: "Create",
    Right.READ: "Read",
    Right.WRITE: "Write",
    Right.DELETE: "Delete",
    Right.APPEND: "Append",
    Right.APPEND_TO: "AppendTo",
    Right.ASSIGN: "Assign",
    Right.SHARE: "Share",
}
#: The order of Microsoft's tables, which the role files keep.
RIGHTS: tuple[Right, ...] = tuple(_VERBS)
#: The order in which ``RetrievePrincipalAccess`` lists them.
LISTED_RIGHTS = (
    Right.READ,
    Right.WRITE,
    Right.APPEND,
    Right.APPEND_TO,
    Right.SHARE,
    Right.ASSIGN,
    Right.DELETE,
)


def describe(rights: Right) -> str:
    """``ReadAccess, WriteAccess`` … or ``None``."""
    return ", ".join(right.label for right in LISTED_RIGHTS if right & rights) or "None"


def parse_rights(text: str) -> Right:
    """The reverse of ``describe``. Raises ValueError for a word that is no access right."""
    by_label = {right.label.lower(): right for right in RIGHTS}
    found = Right.NONE
    for word in text.split(","):
        if word.strip().lower() in ("", "none"):
            continue
        if word.strip().lower() not in by_label:
            raise ValueError(f"unknown access right {word.strip()!r}")
        found |= by_label[word.strip().lower()]
    return found


#: Ids published for Dynamics CRM 2013/2015 (learn, previous versions gg327880, gg328465, gg328513, gg334808, gg328384).
_PUBLISHED = {
    "Account": (
        "d26fe964-230b-42dd-ad93-5cc879de411e 886b280c-6396-4d56-a0a3-2c1b0a50ceb0 "
        "7863e80f-0ab2-4d67-a641-37d9f342c7e3 ca6c7690-c935-46b3-bfd2-abb306c2acc0 "
        "4e163b38-ea45-49ae-b3da-4c9dc1c77d8d 3d6e93a2-b58e-4a4a-b642-374e4a25a6bd "
        "0791ab31-e811-4fde-974b-e7c5102b09eb 39b15dfd-09ba-4f30-a390-cac64b635850"
    ),
    "Contact": (
        "a8bff87f-0df0-41d4-babd-f093faf1e32c ba09ec92-12c4-4312-ba16-5715c2cbd6da "
        "65c22075-4e09-4f39-baec-e4bc3a950686 2ddded47-7488-4039-b9ff-81defe81fdd3 "
        "2b16ba12-6ab4-4ad2-b7c0-8641d2d6dff2 - "
        "43c63782-c7c6-471c-bd9c-24f79bf8c2a1 ae756940-61ff-4bd3-bfbb-f2b0d542c608"
    ),
    "Opportunity": (
        "6b882c27-9ed7-467f-be0f-213a605e0a13 f7767f74-628d-48b3-a79f-9c6e24fedb69 "
        "eeeb5856-3f80-4886-8ae2-456ad9141244 ec005ba2-ad88-4b96-962c-23bbeb41d2e1 "
        "a2420282-24de-424b-8997-8d316091e310 dae65da8-e481-410d-bfcc-16c37f894604 "
        "8a4862a1-c88a-4be9-9a60-1e6d9258fa52 240edd9b-83e1-46b4-aa25-576ad3c75186"
    ),
    "Lead": (
        "a41f965b-2619-4c73-8625-da31945cccc7 a8ecac53-09e8-4a13-b598-8d8c87bc3d33 "
        "- b42d2f65-8929-455d-abe7-b4ec8367a8e1 "
        "387d6489-cfcc-47d7-98af-5b7946d7691d 5e8d193d-184d-44be-92d8-0f3845d7a9eb "
        "7755e1bc-6f11-465e-8ed0-a1616c5d32c4 -"
    ),
    "Activity": (
        "091df793-fe5e-44d4-b4ca-7e3f580c4664 650c14fe-3521-45fe-a000-84138688e45d "
        "0dc8f72c-57d5-4b4d-8892-fe6aac0e4b81 bb4457f2-9b45-4482-a95a-7adef25f388a "
        "78777c10-09ab-4326-b4c8-cf5729702937 6ec8e901-d770-44c0-8f12-d07425f638bd "
        "8b99344e-ebbf-4f84-8438-e1e34d194de9 b5f2ee06-d359-4495-bbda-312aae1c6b1e"
    ),
}

#: Privileges about no table: acting as somebody else, deleting in bulk, writing without setting off plug-ins …
MISCELLANEOUS = (
    "prvActOnBehalfOfAnotherUser",
    "prvBulkDelete",
    "prvBypassCustomPlugins",
    "prvMerge",
    "prvPublishDuplicateRule",
)


@dataclass(frozen=True, slots=True)
class Privilege:
    """One privilege: ``name`` is spelled as in the CRM (look it up in lower case), ``word`` its tables."""

    name: str
    privilege_id: str
    word: str
    right: Right


#: Every privilege of a CRM by its lower-case name.
Privileges: TypeAlias = Mapping[str, Privilege]


@cache
def privilege(word: str, right: Right) -> Privilege:
    """The privilege for a right on the tables whose privileges carry ``word``."""
    name = f"prv{right.verb}{word}"
    published = _PUBLISHED.get(word, "").split()
    known = published[RIGHTS.index(right)] if published else "-"
    return Privilege(name, known if known != "-" else _id(name), word, right)


def privileges_of(catalogue: Catalogue) -> Privileges:
    """All there are in a CRM with these tables."""
    words = dict.fromkeys(entity.privilege for entity in catalogue)
    found = [privilege(word, right) for word in words for right in RIGHTS]
    found += [Privilege(name, _id(name), "", Right.NONE) for name in MISCELLANEOUS]
    return {item.name.lower(): item for item in found}


def privilege_for(entity: Entity, right: Right) -> Privilege:
    """The privilege that a right on a table needs."""
    return privilege(entity.privilege, right)


def has_rows_by_depth(entity: Entity) -> bool:
    """Whether the four depths select rows of the table; otherwise any depth opens all of it."""
    return entity.ownership is Ownership.USER


def _id(name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, name))
