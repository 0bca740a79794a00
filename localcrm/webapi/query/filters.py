"""OData ``$filter``: parsed by odata-query, turned into conditions on our columns."""

from __future__ import annotations

import re
import threading
from typing import TypeAlias

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from localcrm.schema.columns import Column
from localcrm.schema.entity import Entity
from localcrm.webapi.errors import CrmError, bad_request, no_property
from localcrm.webapi.query.functions import crm_function
from localcrm.webapi.query.model import Condition, Group, Link, Operator, Value, Values, literal
from localcrm.webapi.query.values import UnfitValueError, stored

_Node: TypeAlias = Condition | Group
_COMPARATORS: dict[type, tuple[Operator, Operator]] = {
    ast.Eq: (Operator.EQ, Operator.EQ),
    ast.NotEq: (Operator.NE, Operator.NE),
    ast.Gt: (Operator.GT, Operator.LT),
    ast.GtE: (Operator.GE, Operator.LE),
    ast.Lt: (Operator.LT, Operator.GT),
    ast.LtE: (Operator.LE, Operator.GE),
}
#: The lists that CRM functions take are in brackets, which the parser knows only as parentheses.
_LIST = re.compile(r"PropertyValues\s*=\s*\[((?:[^\]']|'(?:[^']|'')*')*)\]")
_parsers = threading.local()


def parse_filter(entity: Entity, text: str, values: Values, links: dict[str, Link]) -> Group:
    """The conditions of ``$filter``. Links it needs (``primarycontactid/fullname``) are added to ``links``.

    Raises CrmError 400 for syntax errors, unknown properties and values of the wrong type.
    """
    try:
        lexer, parser = _parser()
        tree = parser.parse(lexer.tokenize(_LIST.sub(_parenthesised, text)))
    except ODataException as error:
        raise bad_request(f"Syntax error in $filter '{text}': {error}") from error
    found = _Visitor(entity, values, links).visit(tree)
    return found if isinstance(found, Group) else Group(True, (found,))


def _parser() -> tuple[ODataLexer, ODataParser]:
    if not hasattr(_parsers, "pair"):
        _parsers.pair = (ODataLexer(), ODataParser())
    pair: tuple[ODataLexer, ODataParser] = _parsers.pair
    return pair


def _parenthesised(match: re.Match[str]) -> str:
    # One value alone would be read as a parenthesised expression: a trailing comma makes it a list.
    inner = match[1].strip()
    single = len(re.findall(r"'(?:[^']|'')*'|[^,\s]+", inner)) == 1
    return f"PropertyValues=({inner}{',' if single else ''})"


class _Visitor:
    def __init__(self, entity: Entity, values: Values, links: dict[str, Link]) -> None:
        self._entity = entity
        self._values = values
        self._links = links

    def visit(self, node: ast._Node) -> _Node:
        if isinstance(node, ast.BoolOp):
            return Group(isinstance(node.op, ast.And), (self.visit(node.left), self.visit(node.right)))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return Group(True, (self.visit(node.operand),), negated=True)
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, (ast.Identifier, ast.Attribute)):
            column, alias = self._column(node)
            return self._values.condition(column.name, Operator.EQ, self._stored(column, True), alias=alias)
        raise bad_request(f"The filter expression {type(node).__name__} is not supported.")

    def _compare(self, node: ast.Compare) -> _Node:
        direct, mirrored = _COMPARATORS.get(type(node.comparator), (None, None))
        if direct is None or mirrored is None:
            raise bad_request(f"The operator '{type(node.comparator).__name__.lower()}' is not supported in $filter.")
        left, right, operator = node.left, node.right, direct
        if not isinstance(left, (ast.Identifier, ast.Attribute, ast.Call)):
            left, right, operator = right, left, mirrored
        if isinstance(left, ast.Call):
            return self._compared_call(left, right, operator)
        column, alias = self._column(left)
        if isinstance(right, ast.Null):
            if operator not in (Operator.EQ, Operator.NE):
                raise bad_request("null can only be compared with eq and ne.")
            return self._values.condition(
                column.name, Operator.NULL if operator is Operator.EQ else Operator.NOT_NULL, alias=alias
            )
        return self._values.condition(column.name, operator, self._stored(column, _python(right)), alias=alias)

    def _compared_call(self, call: ast.Call, right: ast._Node, operator: Operator) -> _Node:
        truth = _python(right)
        if not isinstance(truth, bool) or operator not in (Operator.EQ, Operator.NE):
            raise bad_request(f"The function '{call.func.name}' can only be compared with true or false.")
        found = self._call(call)
        return found if truth is (operator is Operator.EQ) else Group(True, (found,), negated=True)

    def _call(self, node: ast.Call) -> _Node:
        name = node.func.name
        if node.func.namespace:
            parameters = {
                argument.name.name: [_python(item) for item in argument.param.val]
                if isinstance(argument.param, ast.List)
                else _python(argument.param)
                for argument in node.args
                if isinstance(argument, ast.NamedParam)
            }
            try:
                return crm_function(self._entity, name, parameters, self._values)
            except UnfitValueError as error:
                raise _unfit(error) from error
        if name not in ("contains", "startswith", "endswith") or len(node.args) != 2:
            raise bad_request(f"The function '{name}' is not supported in $filter.")
        column, alias = self._column(node.args[0])
        text = _python(node.args[1])
        if not column.is_text or not isinstance(text, str):
            raise bad_request(f"The function '{name}' takes a text property and a text.")
        if name == "startswith":
            return self._values.prefix(column.name, text, alias)
        pattern = f"%{literal(text)}%" if name == "contains" else f"%{literal(text)}"
        return self._values.condition(column.name, Operator.LIKE, pattern, alias=alias)

    def _column(self, node: ast._Node) -> tuple[Column, str]:
        if isinstance(node, ast.Identifier):
            column = self._entity.by_property.get(node.name)
            if column is None:
                raise no_property(self._entity, node.name)
            return column, ""
        if isinstance(node, ast.Attribute) and isinstance(node.owner, ast.Identifier):
            return self._linked(node.owner.name, node.attr)
        raise bad_request("Only properties can be compared in $filter.")

    def _linked(self, navigation: str, name: str) -> tuple[Column, str]:
        reference = self._entity.references.get(navigation)
        if reference is None:
            raise no_property(self._entity, navigation)
        target = reference.target
        column = target.by_property.get(name)
        if column is None:
            raise no_property(target, name)
        self._links.setdefault(
            navigation, Link(navigation, target.logical_name, target.primary_id, reference.column.name, outer=True)
        )
        return column, navigation

    def _stored(self, column: Column, value: object) -> Value:
        try:
            return stored(column, value)
        except UnfitValueError as error:
            raise _unfit(error, type(value).__name__) from error


def _unfit(error: UnfitValueError, found: str = "") -> CrmError:
    edm = {"str": "Edm.String", "int": "Edm.Int32", "float": "Edm.Double", "bool": "Edm.Boolean"}.get(
        found, "Edm.String"
    )
    return bad_request(
        "A binary operator with incompatible types was detected. Found operand types "
        f"'{error.expected}' and '{edm}' for operator kind 'Equal'."
    )


def _python(node: ast._Node) -> bool | int | float | str:
    if isinstance(node, ast.Integer):
        return int(node.val)
    if isinstance(node, ast.Float):
        return float(node.val)
    if isinstance(node, ast.Boolean):
        return str(node.val).lower() == "true"
    if isinstance(node, (ast.String, ast.GUID, ast.DateTime, ast.Date)):
        return str(node.val)
    raise bad_request(f"A {type(node).__name__} cannot be compared with.")
