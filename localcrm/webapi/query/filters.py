"""OData ``$filter``: parsed by odata-query, turned into conditions on our columns."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from localcrm.schema.columns import Column
from localcrm.schema.entity import Relationship
from localcrm.webapi.errors import CrmError, bad_request
from localcrm.webapi.query.functions import crm_function
from localcrm.webapi.query.model import Condition, Exists, Group, Link, Node, Operator, Query, Value, Values, literal
from localcrm.webapi.query.paths import Paths
from localcrm.webapi.query.values import UnfitValueError, stored

_COMPARATORS: dict[type, tuple[Operator, Operator]] = {
    ast.Eq: (Operator.EQ, Operator.EQ),
    ast.NotEq: (Operator.NE, Operator.NE),
    ast.Gt: (Operator.GT, Operator.LT),
    ast.GtE: (Operator.GE, Operator.LE),
    ast.Lt: (Operator.LT, Operator.GT),
    ast.LtE: (Operator.LE, Operator.GE),
}
_PATH = (ast.Identifier, ast.Attribute)
#: The lists that CRM functions take are in brackets, which the parser knows only as parentheses.
_LIST = re.compile(r"PropertyValues\s*=\s*\[((?:[^\]']|'(?:[^']|'')*')*)\]")
#: Where a word follows a value or a parenthesis at once, which the parser does not take and Microsoft's samples send.
_GLUED = re.compile(r"((?:'(?:[^']|'')*'|\))(?=(?:and|or)\b))|'(?:[^']|'')*'")
_ALIAS = re.compile(r"'(?:[^']|'')*'|(@[A-Za-z_][A-Za-z_0-9]*)")
_parsers = threading.local()


def parse_filter(paths: Paths, text: str, values: Values) -> Group:
    """The conditions of ``$filter``. Links it needs (``primarycontactid/fullname``) are added to ``paths``.

    Raises CrmError 400 for syntax errors, unknown properties and values of the wrong type.
    """
    try:
        lexer, parser = _parser()
        tree = parser.parse(lexer.tokenize(_LIST.sub(_parenthesised, _GLUED.sub(_apart, text))))
    except ODataException as error:
        raise bad_request(f"Syntax error in $filter '{text}': {error}") from error
    found = _Visitor(paths, {}, values).visit(tree)
    return found if isinstance(found, Group) else Group(True, (found,))


def without_aliases(text: str, options: Mapping[str, str]) -> str:
    """The text with every parameter alias (``@p1``) replaced by its value. Raises CrmError 400 for one without."""

    def value(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        if match[1] not in options:
            raise bad_request(f"Missing value for parameter alias '{match[1]}'.")
        return options[match[1]]

    return _ALIAS.sub(value, text)


def _parser() -> tuple[ODataLexer, ODataParser]:
    if not hasattr(_parsers, "pair"):
        _parsers.pair = (ODataLexer(), ODataParser())
    pair: tuple[ODataLexer, ODataParser] = _parsers.pair
    return pair


def _apart(match: re.Match[str]) -> str:
    return f"{match[0]} " if match[1] else match[0]


def _parenthesised(match: re.Match[str]) -> str:
    # One value alone would be read as a parenthesised expression: a trailing comma makes it a list.
    inner = match[1].strip()
    single = len(re.findall(r"'(?:[^']|'')*'|[^,\s]+", inner)) == 1
    return f"PropertyValues=({inner}{',' if single else ''})"


class _Visitor:
    """``scopes`` are the tables that the variables of lambdas around the expression stand for."""

    def __init__(self, paths: Paths, scopes: Mapping[str, Paths], values: Values) -> None:
        self._paths = paths
        self._scopes = scopes
        self._values = values

    def visit(self, node: ast._Node) -> Node:
        if isinstance(node, ast.BoolOp):
            return Group(isinstance(node.op, ast.And), (self.visit(node.left), self.visit(node.right)))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return Group(True, (self.visit(node.operand),), negated=True)
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.CollectionLambda):
            return self._lambda(node)
        if isinstance(node, _PATH):
            column, alias = self._column(node)
            return self._values.condition(column.name, Operator.EQ, self._stored(column, True), alias=alias)
        raise bad_request(f"The filter expression {type(node).__name__} is not supported.")

    def _compare(self, node: ast.Compare) -> Node:
        direct, mirrored = _COMPARATORS.get(type(node.comparator), (None, None))
        if direct is None or mirrored is None:
            raise bad_request(f"The operator '{type(node.comparator).__name__.lower()}' is not supported in $filter.")
        left, right, operator = node.left, node.right, direct
        if not isinstance(left, (*_PATH, ast.Call, ast.CollectionLambda)):
            left, right, operator = right, left, mirrored
        if isinstance(left, (ast.Call, ast.CollectionLambda)):
            return self._compared_truth(left, right, operator)
        column, alias = self._column(left)
        if isinstance(right, _PATH):
            other, other_alias = self._column(right)
            if other.edm_type != column.edm_type:
                raise _unfit(UnfitValueError(column, other.name))
            return Condition(column.name, operator, alias=alias, other=(other_alias, other.name))
        if isinstance(right, ast.Null):
            if operator not in (Operator.EQ, Operator.NE):
                raise bad_request("null can only be compared with eq and ne.")
            return self._values.condition(
                column.name, Operator.NULL if operator is Operator.EQ else Operator.NOT_NULL, alias=alias
            )
        return self._values.condition(column.name, operator, self._stored(column, _python(right)), alias=alias)

    def _compared_truth(self, call: ast._Node, right: ast._Node, operator: Operator) -> Node:
        truth = _python(right)
        if not isinstance(truth, bool) or operator not in (Operator.EQ, Operator.NE):
            raise bad_request("A function can only be compared with true or false.")
        found = self.visit(call)
        return found if truth is (operator is Operator.EQ) else Group(True, (found,), negated=True)

    def _call(self, node: ast.Call) -> Node:
        name = node.func.name
        if node.func.namespace:
            return self._crm_call(node, name)
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

    def _crm_call(self, node: ast.Call, name: str) -> Node:
        parameters = {
            argument.name.name: [_python(item) for item in argument.param.val]
            if isinstance(argument.param, ast.List)
            else _python(argument.param)
            for argument in node.args
            if isinstance(argument, ast.NamedParam)
        }
        path = str(parameters.pop("PropertyName", "")).split("/")
        scope = self._paths
        if path[0] in self._scopes and len(path) > 1:
            scope, path = self._scopes[path[0]], path[1:]
        if len(path) == 1 and path[0] in scope.entity.by_name:
            path = [scope.entity.by_name[path[0]].property_name]
        column, alias = scope.column(path)
        try:
            return crm_function(column, name, parameters, self._values, alias)
        except UnfitValueError as error:
            raise _unfit(error) from error

    def _lambda(self, node: ast.CollectionLambda) -> Node:
        scope, path = self._scope(node.owner)
        collection, entity, alias = scope.collection(path)
        root = self._values.new_alias()
        if isinstance(collection, Relationship):
            target, links = entity.catalogue[collection.many], []
            inner = Paths(target, root)
        else:
            near, far, other = collection.seen_from(entity.logical_name)
            target = entity.catalogue[other]
            inner = Paths(target, self._values.new_alias())
            links = [Link(inner.root, other, target.primary_id, far, outer=False, parent=root)]
        where: Group | None = None
        is_all = isinstance(node.operator, ast.All)
        if node.lambda_ is not None:
            scopes = {**self._scopes, node.lambda_.identifier.name: inner}
            asked = _Visitor(self._paths, scopes, self._values).visit(node.lambda_.expression)
            where = Group(True, (asked,), negated=is_all)
        links += inner.links.values()
        if isinstance(collection, Relationship):
            query = Query(collection.many, (), where, (), tuple(links), root=root)
            found = Exists(query, collection.column, alias, entity.primary_id)
        else:
            query = Query(collection.table, (), where, (), tuple(links), root=root)
            found = Exists(query, near, alias, entity.primary_id)
        return Group(True, (found,), negated=True) if is_all else found

    def _scope(self, node: ast._Node) -> tuple[Paths, list[str]]:
        """The table that a path begins at, and the path from there."""
        path: list[str] = []
        while isinstance(node, ast.Attribute):
            path.insert(0, node.attr)
            node = node.owner
        if not isinstance(node, ast.Identifier):
            raise bad_request("Only properties can be compared in $filter.")
        if path and node.name in self._scopes:
            return self._scopes[node.name], path
        return self._paths, [node.name, *path]

    def _column(self, node: ast._Node) -> tuple[Column, str]:
        scope, path = self._scope(node)
        return scope.column(path)

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
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _python(node.operand)
        if isinstance(number, (int, float)):
            return -number
    if isinstance(node, (ast.String, ast.GUID, ast.DateTime, ast.Date)):
        return str(node.val)
    raise bad_request(f"A {type(node).__name__} cannot be compared with.")
