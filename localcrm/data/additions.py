"""What a site adds to the standard CRM, as far as the database is concerned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from localcrm.data.generation.company import Company
from localcrm.data.generation.rows import Columns
from localcrm.schema.catalogue import Catalogue
from localcrm.schema.standard import STANDARD
from localcrm.security.depths import Depth

#: Ids of rows that exist already, by table.
Ids: TypeAlias = Callable[[str], Sequence[str]]
#: Rows to load after the standard ones, table by table, for a seed.
MakeRows: TypeAlias = Callable[[int, Company, Ids], Iterator[tuple[str, Columns]]]


def _no_rows(_seed: int, _company: Company, _ids: Ids) -> Iterator[tuple[str, Columns]]:
    return iter(())


@dataclass(frozen=True, slots=True)
class Additions:
    """Tables, grants and rows beside the standard ones. ``identity`` changes whenever anything of it does.

    ``grants`` are depths by role and lower-case privilege name; roles of the role set get them too.
    """

    catalogue: Catalogue = STANDARD
    identity: str = ""
    grants: Mapping[str, Mapping[str, Depth]] = field(default_factory=dict)
    rows: MakeRows = _no_rows


NOTHING = Additions()
