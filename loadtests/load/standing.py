"""Standing in a list: what a new record must hold so that a view shows it to its owner."""

from xml.etree import ElementTree

BY_ITSELF = ("statecode", "ownerid")
"""What a new record has without being told: it is active, and belongs to whom it is given."""


def set_by(fetch: str) -> tuple[dict[str, str | int], str]:
    """The columns that put a record into the list, and the condition that no new record can be made to meet."""
    entity = ElementTree.fromstring(fetch)[0]
    columns: dict[str, str | int] = {}
    for link in entity.iter("link-entity"):
        if link.get("link-type") != "outer":
            return columns, f"the list asks for a related {link.get('name')}"
    for condition in entity.iter("condition"):
        column, operator, value = condition.get("attribute", ""), condition.get("operator"), condition.get("value", "")
        if column in BY_ITSELF:
            continue
        if operator == "eq":
            columns[column] = int(value) if value.lstrip("-").isdigit() else value
        elif operator == "like":
            columns[column] = value.strip("%")
        elif operator not in ("null", "not-null"):
            return columns, f"the list asks for {column} {operator} {value}".rstrip()
    return columns, ""
