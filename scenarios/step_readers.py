"""How each verb's line is read: its options, its checks, and the step that comes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from loadtests.config.vocabulary import AWAY
from scenarios import business_readers as business
from scenarios import journey as steps
from scenarios import queue_readers as queues
from scenarios.journey import Step
from scenarios.queue_steps import PickFromQueue, ReleaseToQueue
from scenarios.reading import Given, Record
from scenarios.verbs import VERBS

SENDERS = "contact"
"""Whose mails people open: those of their own contacts."""
MAILS = "email"
"""The table of the mails that they track."""
REFUSALS = ("refused", "duplicate", "invalid")
"""What may come of a save that must not succeed: no right, a warning of duplicates, an input that is none."""
_Bare = type[steps.SignIn] | type[steps.OpenHome] | type[steps.SignOut] | type[steps.Sync]


def _bare(kind: _Bare) -> Callable[[Given], Step]:
    return lambda given: kind(think=given.think(kind))


def _open_view(given: Given) -> Step:
    table, view = given.table(), given.text("view")
    if table and view not in table.views:
        given.reading.unknown((*given.at, "view"), f"view of {table.table}", view, table.views)
    if table:
        given.reading.listed[table.table] = view
    return steps.OpenView(table=given.subject, view=view, think=given.think(steps.OpenView))


def _quick_find(given: Given) -> Step:
    table = given.table()
    if table and not table.quick_find:
        given.reading.wrong(given.at, f"the table {table.table} has no quick find", "describe `quick_find` in its file")
    if table:
        given.reading.listed[table.table] = ""
    return steps.QuickFind(table=given.subject, text=given.text("text"), think=given.think(steps.QuickFind))


def _open_record(given: Given) -> Step:
    table = given.table()
    label = given.label(given.subject)
    if table:
        if table.table not in given.reading.listed and not table.on_home:
            given.reading.wrong(
                given.at, f"no list of {table.table} is open here", "add open_view or quick_find before this step"
            )
        if not table.forms:
            given.reading.wrong(given.at, f"the table {table.table} has no form", "describe `forms` in its file")
        given.reading.records[label] = Record(table.table, made=False)
    return steps.OpenRecord(table=given.subject, pick=given.pick(), label=label, think=given.think(steps.OpenRecord))


def _take(given: Given) -> Step:
    table, label = given.table(), given.label(given.subject)
    open_view = given.reading.listed.get(given.subject, table.on_home if table else "")
    view = given.text("view") or open_view
    if table:
        if not view or view != open_view:
            given.reading.wrong(
                given.at,
                f"the list {view} of {table.table} is not open here"
                if view
                else f"no view of {table.table} is open here",
                f"add `- open_view: {table.table}` before it, with `view: {view or next(iter(table.views), 'NAME')}`",
            )
        if view and view not in table.views:
            given.reading.unknown((*given.at, "view"), f"view of {table.table}", view, table.views)
        if not table.forms:
            given.reading.wrong(given.at, f"the table {table.table} has no form", "describe `forms` in its file")
        given.reading.records[label] = Record(table.table, made=True, saved=True)
    return steps.Take(table=given.subject, view=view, label=label, think=given.think(steps.Take))


def _new(given: Given) -> Step:
    table, label, of = given.table(), given.label(given.subject), ""
    if given.options.get("of"):
        of, parent = given.record("of")
        if table and parent and not table.parent:
            given.reading.wrong((*given.at, "of"), f"the table {table.table} names no `parent` lookup")
        elif table and parent and parent.table not in table.lookups[table.parent]:
            given.reading.unknown(
                (*given.at, "of"), f"parent of {table.table}", parent.table, table.lookups[table.parent]
            )
    if table:
        if not table.forms:
            given.reading.wrong(given.at, f"the table {table.table} has no form", "describe `forms` in its file")
        given.reading.records[label] = Record(table.table, made=True)
    return steps.New(table=given.subject, of=of, label=label, think=given.think(steps.New))


def _fill(given: Given) -> Step:
    label, table = given.own_record()
    return steps.Fill(label=label, values=given.typed_values(table), think=given.think(steps.Fill))


def _lookup(given: Given) -> Step:
    label, table = given.own_record("on")
    column, target = given.subject, given.table("table")
    if table and column not in table.lookups:
        given.reading.unknown((*given.at, given.verb), f"lookup of {table.table}", column, table.lookups)
    elif table and target and target.table not in table.lookups[column]:
        given.reading.unknown(
            (*given.at, "table"), f"target of {table.table}.{column}", target.table, table.lookups[column]
        )
    return steps.Lookup(
        label=label,
        column=column,
        table=target.table if target else "",
        text=given.text("text"),
        pick=given.pick(),
        think=given.think(steps.Lookup),
    )


def _save(given: Given) -> Step:
    label, table = given.own_record()
    expected = given.text("expect")
    if expected and expected not in REFUSALS:
        given.reading.unknown((*given.at, "expect"), "kind of refusal", expected, REFUSALS)
    if table and not expected:
        given.reading.records[label].saved = True
    return steps.Save(label=label, expect=expected, anyway=given.flag("anyway"), think=given.think(steps.Save))


def _change_status(given: Given) -> Step:
    label, table = given.own_record(saved=True)
    action = given.text("to")
    if table and action not in table.status:
        given.reading.unknown((*given.at, "to"), f"status of {table.table}", action, table.status)
    return steps.ChangeStatus(label=label, action=action, think=given.think(steps.ChangeStatus))


def _enter_note(given: Given) -> Step:
    return steps.EnterNote(label=_noted(given), think=given.think(steps.EnterNote))


def _noted(given: Given) -> str:
    label, table = given.own_record(saved=True)
    if table and not table.note:
        given.reading.wrong(given.at, f"records of {table.table} take no notes", "name `note` in its file")
    return label


def _add_note(given: Given) -> Step:
    label = _noted(given)
    return steps.AddNote(label=label, text=given.text("text"), think=given.think(steps.AddNote))


def _resolve_sender(given: Given) -> Step:
    label = given.subject or "sender"
    given.reading.records[label] = Record(SENDERS, made=False)
    return steps.ResolveSender(label=label, think=given.think(steps.ResolveSender))


def _track_email(given: Given) -> Step:
    label, table = given.subject or MAILS, given.reading.tables.get(MAILS)
    sender, _ = given.record("of")
    if table is None:
        given.reading.wrong(given.at, f"nobody described the table {MAILS}", f"describe it in tables/{MAILS}.yaml")
    given.reading.records[label] = Record(MAILS, made=True, saved=True)
    values = given.typed_values(table)
    return steps.TrackEmail(label=label, sender=sender, values=values, think=given.think(steps.TrackEmail))


def _set_regarding(given: Given) -> Step:
    label, table = given.own_record(saved=True)
    target = given.table("table")
    if table and target and target.table not in table.lookups.get(table.parent, {}):
        targets = table.lookups.get(table.parent, {})
        given.reading.unknown((*given.at, "table"), f"target of {table.table}.{table.parent}", target.table, targets)
    return steps.SetRegarding(
        label=label,
        table=target.table if target else "",
        text=given.text("text"),
        pick=given.pick(),
        think=given.think(steps.SetRegarding),
    )


def _go_offline(given: Given) -> Step:
    given.reading.away = True
    return steps.GoOffline(think=given.think(steps.GoOffline))


def _come_back(given: Given) -> Step:
    if not given.reading.away:
        given.reading.wrong(given.at, "nobody is away here", "add `- go_offline` before this step")
    given.reading.away = False
    return steps.ComeBack(think=given.think(steps.ComeBack))


def _think(given: Given) -> Step:
    return steps.Think(think=given.span("think"))


def check_away(given: Given, step: Step) -> None:
    """Note what cannot be done without the network: verbs that need it, tables not taken along, messages of the CRM."""
    if step.verb not in AWAY:
        there = ", ".join(sorted(AWAY))
        given.reading.wrong(
            given.at, f"`{step.verb}` needs the network, which was left", f"without it there are: {there}"
        )
        return
    if isinstance(step, steps.Save) and (step.expect or step.anyway):
        given.reading.wrong(given.at, "without the network nobody refuses a save", "come back first")
    label = str(getattr(step, "label", ""))
    name = str(getattr(step, "table", "")) or (given.reading.records[label].table if label else "")
    table = given.reading.tables.get(name)
    if table and not table.offline:
        given.reading.wrong(given.at, f"nobody takes {name} along", "describe `offline` in its file")
    if table and isinstance(step, steps.ChangeStatus) and table.status[step.action].message:
        message = table.status[step.action].message
        given.reading.wrong(given.at, f"`{step.action}` sends {message}, which needs the network", "come back first")


@dataclass(frozen=True, slots=True)
class Reader:
    """How a verb's line is read: its options with an example each, and the function that checks them."""

    read: Callable[[Given], Step]
    required: Mapping[str, str] = field(default_factory=dict)
    optional: tuple[str, ...] = ("think",)


READERS: dict[str, Reader] = {
    "sign_in": Reader(_bare(steps.SignIn)),
    "open_home": Reader(_bare(steps.OpenHome)),
    "sign_out": Reader(_bare(steps.SignOut)),
    "open_view": Reader(_open_view, {"view": "My Active Contacts"}),
    "quick_find": Reader(_quick_find, {"text": '"{known contact}"'}),
    "open_record": Reader(_open_record, optional=("pick", "as", "think")),
    "take": Reader(_take, optional=("view", "as", "think")),
    "new": Reader(_new, optional=("of", "as", "think")),
    "fill": Reader(_fill, {"values": "{subject: Call about {word}}"}),
    "lookup": Reader(_lookup, {"on": "deal", "table": "account"}, ("text", "pick", "think")),
    "save": Reader(_save, optional=("expect", "anyway", "think")),
    "change_status": Reader(_change_status, {"to": "complete"}),
    "enter_note": Reader(_enter_note),
    "add_note": Reader(_add_note, {"text": '"Called back about {word}"'}),
    "resolve_sender": Reader(_resolve_sender),
    "track_email": Reader(_track_email, {"of": "sender", "values": "{subject: Papers for {word}}"}),
    "set_regarding": Reader(_set_regarding, {"table": "opportunity"}, ("text", "pick", "think")),
    "open_dashboard": Reader(business.open_dashboard),
    "open_dialog": Reader(business.open_dialog, {"to": "resolve"}),
    "assign": Reader(business.assign, optional=("role", "think")),
    "qualify": Reader(business.qualify, optional=("as", "think")),
    "check_duplicates": Reader(business.check_duplicates, optional=("found", "think")),
    "merge": Reader(business.merge, {"into": "the_one_that_stays"}),
    "add_to_queue": Reader(queues.add_to_queue, optional=("queue", "as", "think")),
    "open_queue": Reader(queues.open_queue),
    "select_item": Reader(queues.select_item),
    "pick_from_queue": Reader(queues.taking(PickFromQueue)),
    "release_to_queue": Reader(queues.taking(ReleaseToQueue)),
    "run_action": Reader(business.run_action, optional=("on", "parameters", "harmless", "think")),
    "raw_request": Reader(
        business.raw_request,
        {"path": '"accounts?$top=1"'},
        ("on", "headers", "body", "expect", "harmless", "think"),
    ),
    "sync": Reader(_bare(steps.Sync)),
    "go_offline": Reader(_go_offline),
    "come_back": Reader(_come_back),
    "think": Reader(_think, optional=()),
}
ALL_OPTIONS = {option for reader in READERS.values() for option in (*reader.required, *reader.optional)}
assert set(READERS) == {verb.verb for verb in VERBS}, "every verb has a reader and every reader a verb"
