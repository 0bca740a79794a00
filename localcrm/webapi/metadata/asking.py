"""``$select``, ``$filter`` and ``$expand`` on definitions, which are JSON objects and no rows."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from localcrm.webapi.errors import bad_request
from localcrm.webapi.path import split_outside

Body: TypeAlias = dict[str, Any]
#: What can be expanded: the name, and the bodies that come of it.
Expandable: TypeAlias = Mapping[str, Callable[[], Any]]

_ENUM = re.compile(r"Microsoft\.Dynamics\.CRM\.\w+'([^']*)'")
_COMPARED: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_NOTHING: Expandable = {}
_ALWAYS = ("MetadataId", "@odata.type")


def chosen(body: Body, select: str, expandable: Expandable = _NOTHING) -> Body:
    """The properties of a body that ``$select`` names; all of them without one. Raises CrmError 400.

    Names of what can be expanded may stand there too.
    """
    names = [name.strip() for name in select.split(",") if name.strip()]
    for name in names:
        if name not in body and name not in expandable:
            raise bad_request(f"Could not find a property named '{name}' on this type.")
    return {key: value for key, value in body.items() if not names or key in names or key in _ALWAYS}


def matching(bodies: Sequence[Body], condition: str) -> list[Body]:
    """The bodies that ``$filter`` lets through. Raises CrmError 400 for what cannot be understood."""
    if not condition.strip():
        return list(bodies)
    try:
        tree = ODataParser().parse(ODataLexer().tokenize(_ENUM.sub(r"'\1'", condition)))
    except ODataException as error:
        raise bad_request(f"Syntax error in $filter '{condition}': {error}") from error
    return [body for body in bodies if _holds(tree, body)]


def expanded(body: Body, expand: str, expandable: Expandable) -> Body:
    """A body with what ``$expand`` names, each with its own ``$select`` and ``$filter``. Raises CrmError 400."""
    found = body
    for part in filter(None, (part.strip() for part in split_outside(expand, ","))):
        name, parenthesis, rest = part.partition("(")
        if name not in expandable:
            raise bad_request(f"Could not find a property named '{name}' on this type.")
        options = {
            option.partition("=")[0].strip(): option.partition("=")[2]
            for option in split_outside(rest[:-1] if parenthesis else "", ";")
            if option.strip()
        }
        found = {**found, name: _asked(expandable[name](), options)}
    return found


def _asked(value: Any, options: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [chosen(item, options.get("$select", "")) for item in matching(value, options.get("$filter", ""))]
    return chosen(value, options.get("$select", "")) if isinstance(value, dict) else value


def _holds(node: Any, body: Body) -> bool:
    match node:
        case ast.BoolOp():
            both = isinstance(node.op, ast.And)
            return (
                (_holds(node.left, body) and _holds(node.right, body))
                if both
                else (_holds(node.left, body) or _holds(node.right, body))
            )
        case ast.UnaryOp():
            return not _holds(node.operand, body)
        case ast.Compare():
            left, right = _lowered(_value(node.left, body)), _lowered(_value(node.right, body))
            compare = _COMPARED.get(type(node.comparator))
            if compare is None:
                raise bad_request("This operator is not supported on definitions.")
            try:
                return compare(left, right)
            except TypeError:
                return False
        case ast.Call() if node.func.name in _TESTS and len(node.args) == 2:
            text, part = (_lowered(_value(argument, body)) for argument in node.args)
            return _TESTS[node.func.name](str(text or ""), str(part))
        case ast.Identifier() | ast.Attribute():
            return bool(_value(node, body))
    raise bad_request(f"The filter expression {type(node).__name__} is not supported on definitions.")


def _lowered(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _value(node: Any, body: Body) -> Any:
    match node:
        case ast.Identifier():
            if node.name not in body:
                raise bad_request(f"Could not find a property named '{node.name}' on this type.")
            return body[node.name]
        case ast.Attribute():
            owner = _value(node.owner, body)
            return owner.get(node.attr) if isinstance(owner, dict) else None
        case ast.Null():
            return None
        case ast.Boolean():
            return str(node.val).lower() == "true"
        case ast.Integer():
            return int(node.val)
        case ast.String() | ast.GUID():
            return str(node.val)
    raise bad_request(f"A {type(node).__name__} cannot be compared with on definitions.")
