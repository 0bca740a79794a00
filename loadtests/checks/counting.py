"""Counting the rows of a view: for the account that asks, and for everybody with a role. FetchXML in, URL out."""

from urllib.parse import quote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

ROWS, OWNER = "crmload_rows", "crmload_owner"
"""The names of the figures in the answer."""
MANY = 50_000
"""Over so many rows a CRM gives no figures: that is a full desk."""
TOO_MANY = "AggregateQueryRecordLimit"
"""Stands in the error that it gives instead."""
_MINE = "eq-userid"


def count(entity_set: str, key: str, fetch: str) -> str:
    """How many rows of the view the asking account sees: one figure, no row is sent.

    A CRM refuses figures over more than 50,000 rows (`AggregateQueryRecordLimit`).
    """
    return _url(entity_set, _aggregate(fetch, key))


def is_of_owner(fetch: str) -> bool:
    """True for a view of one's own rows ("My ..."): its rows can be counted for every owner at once."""
    return any(_is_mine(condition) for condition in ElementTree.fromstring(fetch).iter("condition"))


def count_by_owner(entity_set: str, key: str, fetch: str, role: str) -> str:
    """The rows of a view of one's own for everybody with a role: a figure an owner; who owns none is not among them."""
    root = _aggregate(fetch, key)
    entity = root[0]
    for parent in list(root.iter()):
        for condition in [child for child in parent if child.tag == "condition" and _is_mine(child)]:
            parent.remove(condition)
    for empty in [child for child in entity if child.tag == "filter" and not len(child)]:
        entity.remove(empty)
    SubElement(entity, "attribute", name="ownerid", alias=OWNER, groupby="true")
    entity.append(_held(role, "systemuserid", "owninguser"))
    return _url(entity_set, root)


def count_of_owner(entity_set: str, key: str, fetch: str, person: str) -> str:
    """The rows of a view of one's own for one person, asked by somebody else."""
    root = _aggregate(fetch, key)
    for condition in [condition for condition in root.iter("condition") if _is_mine(condition)]:
        condition.attrib |= {"operator": "eq", "value": person}
    return _url(entity_set, root)


def holders(role: str) -> str:
    """Everybody enabled who holds a role of that name themselves, with the names by which accounts are known."""
    root = Element("fetch", version="1.0", mapping="logical", distinct="true")
    entity = SubElement(root, "entity", name="systemuser")
    for column in ("systemuserid", "domainname", "internalemailaddress"):
        SubElement(entity, "attribute", name=column)
    SubElement(SubElement(entity, "filter"), "condition", attribute="isdisabled", operator="eq", value="0")
    entity.append(_roles(role))
    return _url("systemusers", root)


def _aggregate(fetch: str, key: str) -> Element:
    """The view's conditions and nothing else, as a count of its rows."""
    root = ElementTree.fromstring(fetch)
    root.attrib = {"version": "1.0", "mapping": "logical", "aggregate": "true"}
    for parent in list(root.iter()):
        parent.text = parent.tail = None if parent.tag != "value" else parent.text
        for child in [child for child in parent if child.tag in ("attribute", "all-attributes", "order")]:
            parent.remove(child)
    root[0].insert(0, Element("attribute", name=key, alias=ROWS, aggregate="count"))
    return root


def _held(role: str, key: str, to: str) -> Element:
    users = Element("link-entity", {"name": "systemuser", "from": key, "to": to})
    SubElement(SubElement(users, "filter"), "condition", attribute="isdisabled", operator="eq", value="0")
    users.append(_roles(role))
    return users


def _roles(role: str) -> Element:
    held = Element(
        "link-entity", {"name": "systemuserroles", "from": "systemuserid", "to": "systemuserid", "intersect": "true"}
    )
    roles = SubElement(held, "link-entity", {"name": "role", "from": "roleid", "to": "roleid"})
    SubElement(SubElement(roles, "filter"), "condition", attribute="name", operator="eq", value=role)
    return held


def _is_mine(condition: Element) -> bool:
    return condition.get("attribute") == "ownerid" and condition.get("operator") == _MINE


def _url(entity_set: str, root: Element) -> str:
    return f"{entity_set}?fetchXml={quote(ElementTree.tostring(root, encoding='unicode'), safe='')}"
