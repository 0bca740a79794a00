"""Random reads in every form the Web API takes, each with the answer that the measure of ``row_world`` allows.

A question knows nothing of how it is answered: what must come out is worked out in plain Python from all rows.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from localcrm.data.generation.views import VIEWS
from localcrm.security.depths import Depth
from localcrm.security.principals import Principal
from localcrm.webapi.exchange import Answer
from tests.localcrm.row_world import KINDS, RELATIONS, Relation, World
from tests.localcrm.small_crm import ROOT

Row = dict[str, Any]
Test = tuple[str, str, int | str]
_OPERATORS = {"eq": ("eq", "="), "ne": ("ne", "<>"), "ge": ("ge", ">="), "lt": ("lt", "<")}


@dataclass(frozen=True)
class Question:
    """One GET. ``tables`` are those it reads, ``expected`` what must be seen of the body by ``seen``.

    ``expected`` None: only that none of the (table, id) seen may not be read; ``refused``: 403 must come.
    """

    form: str
    path: str
    query: str
    tables: tuple[str, ...]
    seen: Callable[[Any], Any]
    expected: Any = None
    refused: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    in_batch: bool = False


def problems(world: World, who: Principal, question: Question) -> list[str]:
    """What is wrong with the answer to a question; nothing if all is well."""
    answer = _batched(world, who, question) if question.in_batch else _asked(world, who, question)
    here = f"{question.form} as {who.username}: {question.path}?{question.query}"
    if question.refused or not all(world.may(who, table) for table in question.tables):
        return [] if answer.status == 403 else [f"{here} answered {answer.status}, not 403"]
    if answer.status != 200:
        return [f"{here} answered {answer.status}: {answer.body.decode()[:300]}"]
    body = json.loads(answer.body) if answer.body[:1] == b"{" else answer.body.decode()
    seen = question.seen(body)
    if question.expected is not None and seen != question.expected:
        return [f"{here} shows {seen!r:.500}, and not {question.expected!r:.500}"]
    if question.expected is None:
        hidden = [record for table, record in seen if record not in world.readable(who, table)]
        return [f"{here} shows what may not be read: {hidden[:3]}"] if hidden else []
    return []


def _asked(world: World, who: Principal, question: Question) -> Answer:
    return world.crm.send(who, "GET", question.path, question.query, headers=question.headers)


def _batched(world: World, who: Principal, question: Question) -> Answer:
    """The answer to the one part of a batch."""
    part = (
        "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"GET {ROOT}{question.path}?{question.query} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n--b--\r\n"
    )
    headers = {"content-type": "multipart/mixed; boundary=b", "prefer": "odata.continue-on-error"}
    whole = world.crm.send(who, "POST", "$batch", body=part.encode(), headers=headers)
    text = whole.body.decode()
    status = int(text.partition("HTTP/1.1 ")[2][:3])
    return Answer(status, body=text[text.index("{") : text.rindex("}") + 1].encode())


class Asking:
    """Makes questions for one person."""

    def __init__(self, world: World, who: Principal, rng: random.Random) -> None:
        self._world, self._who, self._rng = world, who, rng
        self._forms = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("by_")]

    def next(self) -> Question:
        """Any form, anything random."""
        made: Question = self._rng.choice(self._forms)()
        return made

    # One table

    def by_odata_list(self) -> Question:
        table, tests = self._table_and_tests()
        kind = KINDS[table]
        query = f"$select={kind.key}{_odata_filter(tests)}"
        return Question("OData list", kind.set_name, query, (table,), _ids(kind.key), self._expected(table, tests))

    def by_count(self) -> Question:
        table, tests = self._table_and_tests()
        query = _odata_filter(tests).removeprefix("&")
        path = f"{KINDS[table].set_name}/$count"
        return Question("$count", path, query, (table,), int, len(self._expected(table, tests)))

    def by_count_in_body(self) -> Question:
        table, tests = self._table_and_tests()
        query = f"$top=1&$count=true{_odata_filter(tests)}"
        number = len(self._expected(table, tests))
        return Question("$count=true", KINDS[table].set_name, query, (table,), lambda b: b["@odata.count"], number)

    def by_fetch(self) -> Question:
        table, tests = self._table_and_tests()
        kind = KINDS[table]
        xml = f"<attribute name='{kind.key}'/>{_fetch_filter(tests)}"
        expected = self._expected(table, tests)
        return Question("FetchXML", kind.set_name, _fetch(table, xml), (table,), _ids(kind.key), expected)

    def by_fetch_total(self) -> Question:
        table, tests = self._table_and_tests()
        query = _fetch(table, _fetch_filter(tests), "count='1' returntotalrecordcount='true'")
        return Question(
            "FetchXML total", KINDS[table].set_name, query, (table,),
            lambda body: body["@Microsoft.Dynamics.CRM.totalrecordcount"], len(self._expected(table, tests)),
            headers={"prefer": 'odata.include-annotations="*"'},
        )  # fmt: skip

    def by_fetch_distinct(self) -> Question:
        table, tests = self._table_and_tests()
        kind = KINDS[table]
        xml = f"<attribute name='{kind.key}'/>{_fetch_filter(tests)}"
        query = _fetch(table, xml, "distinct='true'")
        expected = self._expected(table, tests)
        return Question("FetchXML distinct", kind.set_name, query, (table,), _ids(kind.key), expected)

    def by_fetch_groups(self) -> Question:
        table, tests, column = self._grouped()
        xml = (
            f"<attribute name='{column}' alias='g' groupby='true'/>"
            f"<attribute name='{KINDS[table].key}' alias='n' aggregate='count'/>{_fetch_filter(tests)}"
        )
        query = _fetch(table, xml, "aggregate='true'")
        expected = self._counted(table, tests, column)
        return Question("FetchXML groups", KINDS[table].set_name, query, (table,), _groups("g"), expected)

    def by_apply(self) -> Question:
        table, tests, column = self._grouped()
        filtered = f"filter({' and '.join(map(_odata, tests))})/" if tests else ""
        query = f"$apply={quote(f'{filtered}groupby(({column}),aggregate($count as n))')}"
        expected = self._counted(table, tests, column)
        return Question("$apply", KINDS[table].set_name, query, (table,), _groups(column), expected)

    def by_sql(self) -> Question:
        table, tests = self._table_and_tests()
        kind = KINDS[table]
        text = f"SELECT {kind.key} FROM {table}" + (f" WHERE {' AND '.join(map(_sql, tests))}" if tests else "")
        expected = self._expected(table, tests)
        return Question("SQL", kind.set_name, f"sql={quote(text)}", (table,), _ids(kind.key), expected)

    def by_sql_count(self) -> Question:
        table, tests = self._table_and_tests()
        text = f"SELECT COUNT(*) AS n FROM {table}" + (f" WHERE {' AND '.join(map(_sql, tests))}" if tests else "")
        number = len(self._expected(table, tests))
        path = KINDS[table].set_name
        return Question("SQL count", path, f"sql={quote(text)}", (table,), lambda b: b["value"][0]["n"], number)

    def by_record(self) -> Question:
        table = self._rng.choice(sorted(KINDS))
        kind = KINDS[table]
        record = self._rng.choice(self._world.rows[table])[kind.key]
        refused = record not in self._world.readable(self._who, table)
        path = f"{kind.set_name}({record})"
        return Question("record", path, f"$select={kind.key}", (table,), lambda b: b[kind.key], record, refused=refused)

    def by_batch(self) -> Question:
        return replace(self.by_odata_list(), form="$batch", in_batch=True)

    def by_personal_view(self) -> Question:
        table, tests = self._table_and_tests()
        kind = KINDS[table]
        xml = f"<fetch><entity name='{table}'><attribute name='{kind.key}'/>{_fetch_filter(tests)}</entity></fetch>"
        view = {"name": "Mine", "returnedtypecode": table, "querytype": 0, "fetchxml": xml}
        view_id = self._world.crm.create(self._who, "userqueries", view)
        expected = self._expected(table, tests)
        return Question("userQuery", kind.set_name, f"userQuery={view_id}", (table,), _ids(kind.key), expected)

    def by_saved_view(self) -> Question:
        view = self._rng.choice([view for view in VIEWS if view.entity in KINDS and not view.find])
        kind = KINDS[view.entity]
        return Question(
            "savedQuery", kind.set_name, f"savedQuery={view.view_id}", (view.entity,),
            lambda body: [(view.entity, row[kind.key]) for row in body["value"]],
        )  # fmt: skip

    def by_tracking(self) -> Question:
        table = self._rng.choice(sorted(KINDS))
        kind = KINDS[table]
        is_global = self._who.depth(f"prvRead{kind.word}") is Depth.GLOBAL
        expected = self._expected(table, [])
        since = self._rng.choice(["", f"&$deltatoken={quote(f'0!{_now()}', safe='')}"])
        return Question(
            "delta" if since else "tracked read", kind.set_name, f"$select={kind.key}{since}", (table,),
            _ids(kind.key), expected, refused=not is_global, headers={"prefer": "odata.track-changes"},
        )  # fmt: skip

    # Related tables

    def by_related_collection(self) -> Question:
        relation, tests = self._relation_and_tests()
        one, many = KINDS[relation.one], KINDS[relation.many]
        record = self._rng.choice(self._world.rows[relation.one])[one.key]
        refused = record not in self._world.readable(self._who, relation.one)
        expected = self._children(relation, tests).get(record, set())
        path = f"{one.set_name}({record})/{relation.collection}"
        query = f"$select={many.key}{_odata_filter(tests)}"
        tables = (relation.one, relation.many)
        return Question("related", path, query, tables, _ids(many.key), expected, refused=refused)

    def by_expand_one(self) -> Question:
        relation = self._rng.choice(RELATIONS)
        one, many = KINDS[relation.one], KINDS[relation.many]
        readable = self._world.readable(self._who, relation.one)
        parents = {row[many.key]: row[f"_{relation.column}_value"] for row in self._world.rows[relation.many]}
        mine = self._expected(relation.many, [])
        expected = {key: parents[key] if parents[key] in readable else None for key in mine}
        query = f"$select={many.key}&$expand={relation.single}($select={one.key})"
        return Question(
            "$expand of one", many.set_name, query, (relation.many, relation.one),
            lambda b: {row[many.key]: (row[relation.single] or {}).get(one.key) for row in b["value"]}, expected,
        )  # fmt: skip

    def by_expand_many(self) -> Question:
        relation, tests = self._relation_and_tests()
        one, many = KINDS[relation.one], KINDS[relation.many]
        children = self._children(relation, tests)
        expected = {key: children.get(key, set()) for key in self._expected(relation.one, [])}
        inner = f"$select={many.key}" + _odata_filter(tests).replace("&", ";", 1)
        query = f"$select={one.key}&$expand={relation.collection}({inner})"
        return Question(
            "$expand of many", one.set_name, query, (relation.one, relation.many),
            lambda b: {r[one.key]: {c[many.key] for c in r[relation.collection]} for r in b["value"]}, expected,
        )  # fmt: skip

    def by_any(self) -> Question:
        relation, tests = self._relation_and_tests()
        children = self._children(relation, tests)
        expected = {key for key in self._expected(relation.one, []) if children.get(key)}
        inner = " and ".join(_odata(test, "x/") for test in tests)
        condition = f"{relation.collection}/any({f'x:{inner}' if inner else ''})"
        return self._lambda("any", relation, condition, expected)

    def by_all(self) -> Question:
        relation, tests = self._relation_and_tests(at_least=1)
        every, fitting = self._children(relation, []), self._children(relation, tests)
        mine = self._expected(relation.one, [])
        expected = {key for key in mine if every.get(key, set()) == fitting.get(key, set())}
        condition = f"{relation.collection}/all(x:{' and '.join(_odata(test, 'x/') for test in tests)})"
        return self._lambda("all", relation, condition, expected)

    def _lambda(self, form: str, relation: Relation, condition: str, expected: set[str]) -> Question:
        one = KINDS[relation.one]
        query = f"$select={one.key}&$filter={quote(condition)}"
        return Question(form, one.set_name, query, (relation.one, relation.many), _ids(one.key), expected)

    def by_filter_through_a_lookup(self) -> Question:
        relation = self._rng.choice(RELATIONS)
        # What is not there, or may not be seen, is above nothing.
        column = self._rng.choice(sorted(KINDS[relation.one].columns))
        test: Test = (column, "ge", self._rng.choice(KINDS[relation.one].columns[column]))
        many = KINDS[relation.many]
        fitting = self._expected(relation.one, [test])
        readable = self._world.readable(self._who, relation.many)
        rows = [row for row in self._world.rows[relation.many] if row[many.key] in readable]
        expected = {row[many.key] for row in rows if row[f"_{relation.column}_value"] in fitting}
        query = f"$select={many.key}&$filter={quote(_odata(test, f'{relation.single}/'))}"
        tables = (relation.many, relation.one)
        return Question("filter through a lookup", many.set_name, query, tables, _ids(many.key), expected)

    def by_fetch_link(self) -> Question:
        relation, tests = self._relation_and_tests()
        is_outer = self._rng.random() < 0.5
        one, many = KINDS[relation.one], KINDS[relation.many]
        children = self._children(relation, tests)
        mine = self._expected(relation.one, [])
        expected: set[tuple[str, str | None]] = {(key, child) for key in mine for child in children.get(key, set())}
        if is_outer:
            expected |= {(key, None) for key in mine if not children.get(key)}
        xml = (
            f"<attribute name='{one.key}'/><link-entity name='{relation.many}' from='{relation.column}' to='{one.key}' "
            f"link-type='{'outer' if is_outer else 'inner'}' alias='x'><attribute name='{many.key}'/>"
            f"{_fetch_filter(tests)}</link-entity>"
        )
        return Question(
            f"FetchXML {'outer' if is_outer else 'inner'} link", one.set_name, _fetch(relation.one, xml),
            (relation.one, relation.many),
            lambda b: {(row[one.key], row.get(f"x.{many.key}")) for row in b["value"]}, expected,
        )  # fmt: skip

    def by_fetch_nested_links(self) -> Question:
        first = self._rng.choice(RELATIONS)
        second = self._rng.choice([relation for relation in RELATIONS if relation.one == first.one])
        one, many, other = KINDS[first.one], KINDS[first.many], KINDS[second.many]
        ours, theirs = self._children(first, []), self._children(second, [])
        expected = {
            (child, sibling)
            for key in self._expected(first.one, [])
            for child in ours.get(key, set())
            for sibling in theirs.get(key, set())
        }
        xml = (
            f"<attribute name='{many.key}'/><link-entity name='{first.one}' from='{one.key}' to='{first.column}'>"
            f"<link-entity name='{second.many}' from='{second.column}' to='{one.key}' alias='y'>"
            f"<attribute name='{other.key}'/></link-entity></link-entity>"
        )
        if len(expected) > 5000:
            return self.by_fetch_link()
        return Question(
            "FetchXML nested links", many.set_name, _fetch(first.many, xml, "count='5000'"),
            (first.many, first.one, second.many),
            lambda b: {(row[many.key], row[f"y.{other.key}"]) for row in b["value"]},
            expected,
        )  # fmt: skip

    def by_fetch_existence(self) -> Question:
        relation, tests = self._relation_and_tests()
        one = KINDS[relation.one]
        children = self._children(relation, tests)
        kind, is_negated = self._rng.choice([("exists", False), ("in", False), ("any", False), ("not any", True)])
        mine = self._expected(relation.one, [])
        expected = {key for key in mine if bool(children.get(key)) is not is_negated}
        link = (
            f"<link-entity name='{relation.many}' from='{relation.column}' to='{one.key}' link-type='{kind}'>"
            f"{_fetch_filter(tests)}</link-entity>"
        )
        xml = f"<attribute name='{one.key}'/>" + (f"<filter>{link}</filter>" if "any" in kind else link)
        tables = (relation.one, relation.many)
        return Question(f"FetchXML {kind}", one.set_name, _fetch(relation.one, xml), tables, _ids(one.key), expected)

    def by_fetch_groups_over_a_link(self) -> Question:
        relation, tests = self._relation_and_tests()
        one, many = KINDS[relation.one], KINDS[relation.many]
        children = self._children(relation, tests)
        mine = self._expected(relation.one, [])
        expected = {key: len(children[key]) for key in mine if children.get(key)}
        xml = (
            f"<attribute name='{one.key}' alias='g' groupby='true'/><link-entity name='{relation.many}' "
            f"from='{relation.column}' to='{one.key}'><attribute name='{many.key}' alias='n' aggregate='count'/>"
            f"{_fetch_filter(tests)}</link-entity>"
        )
        query = _fetch(relation.one, xml, "aggregate='true'")
        tables = (relation.one, relation.many)
        return Question("FetchXML groups over a link", one.set_name, query, tables, _groups("g"), expected)

    def by_sql_join(self) -> Question:
        relation, tests = self._relation_and_tests()
        one, many = KINDS[relation.one], KINDS[relation.many]
        children = self._children(relation, tests)
        expected = {(k, child) for k in self._expected(relation.one, []) for child in children.get(k, set())}
        text = (
            f"SELECT a.{one.key}, x.{many.key} AS other FROM {relation.one} AS a "
            f"INNER JOIN {relation.many} AS x ON x.{relation.column} = a.{one.key}"
        ) + (f" WHERE {' AND '.join(_sql(test, 'x.') for test in tests)}" if tests else "")
        return Question(
            "SQL join", one.set_name, f"sql={quote(text)}", (relation.one, relation.many),
            lambda b: {(row[one.key], row["other"]) for row in b["value"]}, expected,
        )  # fmt: skip

    # What must come out

    def _table_and_tests(self) -> tuple[str, list[Test]]:
        table = self._rng.choice(sorted(KINDS))
        return table, self._tests(table)

    def _relation_and_tests(self, at_least: int = 0) -> tuple[Relation, list[Test]]:
        relation = self._rng.choice(RELATIONS)
        return relation, self._tests(relation.many, at_least)

    def _grouped(self) -> tuple[str, list[Test], str]:
        table = self._rng.choice([name for name in sorted(KINDS) if "statecode" in KINDS[name].columns])
        return table, self._tests(table), "statecode"

    def _tests(self, table: str, at_least: int = 0) -> list[Test]:
        columns = KINDS[table].columns
        found: list[Test] = []
        for column in self._rng.sample(sorted(columns), self._rng.randint(at_least, min(2, len(columns)))):
            found.append((column, self._rng.choice(sorted(_OPERATORS)), self._rng.choice(columns[column])))
        return found

    def _expected(self, table: str, tests: Iterable[Test]) -> set[str]:
        key = KINDS[table].key
        readable = self._world.readable(self._who, table)
        return {row[key] for row in self._world.rows[table] if row[key] in readable and _fits(row, tests)}

    def _children(self, relation: Relation, tests: Iterable[Test]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        fitting = self._expected(relation.many, tests)
        for row in self._world.rows[relation.many]:
            if row[KINDS[relation.many].key] in fitting:
                found.setdefault(row[f"_{relation.column}_value"], set()).add(row[KINDS[relation.many].key])
        return found

    def _counted(self, table: str, tests: list[Test], column: str) -> dict[Any, int]:
        mine = self._expected(table, tests)
        return dict(Counter(row[column] for row in self._world.rows[table] if row[KINDS[table].key] in mine))


def _fits(row: Row, tests: Iterable[Test]) -> bool:
    for column, operator, value in tests:
        found = row[column]
        if found is None:
            if operator != "ne":
                return False
            continue
        left: Any
        right: Any
        left, right = (str(found).lower(), str(value).lower()) if isinstance(value, str) else (found, value)
        if not {"eq": left == right, "ne": left != right, "ge": left >= right, "lt": left < right}[operator]:
            return False
    return True


def _odata(test: Test, prefix: str = "") -> str:
    column, operator, value = test
    return f"{prefix}{column} {operator} {repr(value) if isinstance(value, str) else value}"


def _odata_filter(tests: list[Test]) -> str:
    return f"&$filter={quote(' and '.join(map(_odata, tests)))}" if tests else ""


def _sql(test: Test, prefix: str = "") -> str:
    column, operator, value = test
    return f"{prefix}{column} {_OPERATORS[operator][1]} {repr(value) if isinstance(value, str) else value}"


def _fetch_filter(tests: list[Test]) -> str:
    conditions = (f"<condition attribute='{column}' operator='{op}' value='{value}'/>" for column, op, value in tests)
    return f"<filter>{''.join(conditions)}</filter>" if tests else ""


def _fetch(table: str, inner: str, attributes: str = "") -> str:
    return "fetchXml=" + quote(f"<fetch {attributes}><entity name='{table}'>{inner}</entity></fetch>")


def _ids(key: str) -> Callable[[Any], set[str]]:
    return lambda body: {row[key] for row in body["value"]}


def _groups(name: str) -> Callable[[Any], dict[Any, int]]:
    return lambda body: {row[name]: row["n"] for row in body["value"]}


def _now() -> str:
    return f"{datetime.now(UTC):%m/%d/%Y %H:%M:%S}"
