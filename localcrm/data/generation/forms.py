"""The main forms every organisation has, as FormXML: fields in a section, short lists in another."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from localcrm.data.generation.rows import Columns, constant
from localcrm.data.generation.views import view_id
from localcrm.schema.catalogue import Catalogue
from localcrm.schema.columns import Column, Kind
from localcrm.schema.entity import Entity, Relationship

_NAMESPACE = uuid.UUID("1d0a4c6e-6c59-4b0f-8a70-7a4a4be0a0ce")
_MAIN = 2
#: Class ids of the controls, as Microsoft's form XML reference lists them.
_CONTROLS = {
    Kind.STRING: "4273EDBD-AC1D-40D3-9FB2-095C621B552D",
    Kind.MEMO: "E0DECE4B-6FC8-4A8F-A065-082708572369",
    Kind.INTEGER: "C6D124CA-7EDA-4A60-AEA9-7FB8D318B68F",
    Kind.BIGINT: "C6D124CA-7EDA-4A60-AEA9-7FB8D318B68F",
    Kind.DECIMAL: "C3EFE0C3-0EC6-42BE-8349-CBD9079DFD8E",
    Kind.DOUBLE: "0D2C745A-E5A8-4C8F-BA63-C6D3BB604660",
    Kind.MONEY: "533B9E00-756B-4312-95A0-DC888637AC78",
    Kind.BOOLEAN: "67FAC785-CD58-4F9F-ABB3-4B7DDC6ED5ED",
    Kind.PICKLIST: "3EF39988-22BB-4F0B-BBBE-64B5A3748AEE",
    Kind.STATE: "3EF39988-22BB-4F0B-BBBE-64B5A3748AEE",
    Kind.STATUS: "5D68B988-0661-4DB2-BC3E-17598AD3BE6C",
    Kind.DATETIME: "5B773807-9FB2-42DB-97C3-7A91EFF8ADFF",
    Kind.DATE: "5B773807-9FB2-42DB-97C3-7A91EFF8ADFF",
    Kind.LOOKUP: "270BD3DB-D9AF-4782-9025-509E298DEC0A",
    Kind.CUSTOMER: "270BD3DB-D9AF-4782-9025-509E298DEC0A",
    Kind.OWNER: "270BD3DB-D9AF-4782-9025-509E298DEC0A",
}
_SUB_GRID = "E7A81278-8635-4D9E-8D4D-59480B391C5B"


@dataclass(frozen=True, slots=True)
class SubGrid:
    """A short list: the collection, the table listed, and the view (empty: the table's default)."""

    relationship: str
    table: str
    view: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One main form."""

    name: str
    entity: str
    columns: tuple[str, ...]
    sub_grids: tuple[SubGrid, ...] = ()

    @property
    def form_id(self) -> str:
        """The id, the same in every organisation."""
        return str(uuid.uuid5(_NAMESPACE, f"{self.entity}/{self.name}"))

    def formxml(self, entity: Entity) -> str:
        """The form as the CRM keeps it."""
        fields = "".join(self._row(name, _field(entity.by_name[name])) for name in self.columns)
        grids = "".join(
            self._row(f"grid/{grid.relationship}", _grid(grid), ' rowspan="5" colspan="1"') for grid in self.sub_grids
        )
        sections = _section("fields", "General", fields) + (_section("lists", "Related", grids) if grids else "")
        return (
            f'<form><tabs><tab name="general" id="{self._id("tab")}" IsUserDefined="0" verticallayout="true">'
            f'{_labels(self.name)}<columns><column width="100%"><sections>{sections}</sections></column></columns>'
            "</tab></tabs></form>"
        )

    def _row(self, name: str, control: str, more: str = "") -> str:
        return f'<row><cell id="{self._id(name)}"{more}>{_labels(name)}{control}</cell></row>'

    def _id(self, part: str) -> str:
        return "{" + str(uuid.uuid5(_NAMESPACE, f"{self.entity}/{self.name}/{part}")) + "}"


def form_rows(forms: Sequence[Form], catalogue: Catalogue, admin: str, created: str) -> Columns:
    """The rows of ``systemform``."""
    count = len(forms)
    first = {form.entity: form for form in reversed(forms)}
    return {
        "formid": [form.form_id for form in forms],
        "name": [form.name for form in forms],
        "objecttypecode": [form.entity for form in forms],
        "type": constant(_MAIN, count),
        "formxml": [form.formxml(catalogue[form.entity]) for form in forms],
        "isdefault": [int(first[form.entity] is form) for form in forms],
        "ismanaged": constant(0, count),
        "formactivationstate": constant(1, count),
        "version": constant(1, count),
        "createdon": constant(created, count),
        "modifiedon": constant(created, count),
        "createdby": constant(admin, count),
        "modifiedby": constant(admin, count),
    }


def standard_forms(catalogue: Catalogue) -> list[Form]:
    """A main form with everything that people fill in, for each table they work with."""
    lists = ("Tasks", "Phonecalls", "Appointments", "Emails")
    found = []
    for name in ("account", "contact", "opportunity", "incident", "task", "phonecall", "appointment", "email"):
        entity = catalogue[name]
        kept = [column.name for column in entity.columns if not column.fixed and column.kind in _CONTROLS]
        word = entity.logical_name.capitalize()
        grids = [
            SubGrid(collection, many)
            for collection, many in (
                ("contact_customer_accounts", "contact"),
                ("opportunity_customer_accounts", "opportunity"),
                ("opportunity_customer_contacts", "opportunity"),
                *((f"{word}_{plural}", plural.lower().removesuffix("s")) for plural in lists),
            )
            if isinstance(relation := entity.collections.get(collection), Relationship) and relation.one == name
        ]
        found.append(Form(entity.schema_name, name, tuple(kept), tuple(grids[:4])))
    return found


def _labels(text: str) -> str:
    return f'<labels><label description={quoteattr(text)} languagecode="1033" /></labels>'


def _section(name: str, label: str, rows: str) -> str:
    return f'<section name="{name}" showlabel="true" columns="1">{_labels(label)}<rows>{rows}</rows></section>'


def _field(column: Column) -> str:
    disabled = ' disabled="true"' if column.fixed else ""
    return (
        f'<control id="{column.name}" classid="{{{_CONTROLS[column.kind]}}}" datafieldname="{column.name}"{disabled} />'
    )


def _grid(grid: SubGrid) -> str:
    chosen = f"<ViewId>{{{view_id(grid.table, grid.view)}}}</ViewId>" if grid.view else ""
    return (
        f'<control id="{grid.relationship}" classid="{{{_SUB_GRID}}}" indicationOfSubgrid="true"><parameters>'
        f"{chosen}<IsUserView>false</IsUserView><RelationshipName>{grid.relationship}</RelationshipName>"
        f"<TargetEntityType>{grid.table}</TargetEntityType><AutoExpand>Fixed</AutoExpand>"
        "<EnableQuickFind>false</EnableQuickFind><EnableViewPicker>false</EnableViewPicker>"
        "<RecordsPerPage>5</RecordsPerPage></parameters></control>"
    )
