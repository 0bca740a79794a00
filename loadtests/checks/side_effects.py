"""Side effects: what the CRM would do by itself when the plan's people and its housekeeper write (DESIGN 4.5)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from loadtests.checks import menus
from loadtests.checks.deeds import Reach
from loadtests.checks.inspection import Inspection
from loadtests.checks.mailboxes import outgoing_mailboxes
from loadtests.checks.needs import Write
from loadtests.checks.reactions import Reaction, Reading, all_reactions
from loadtests.checks.traces import traces_left
from loadtests.config.files import did_you_mean
from loadtests.results.check_record import Finding, Grid, Part

AREA = "side effects"
ISOLATED = "isolated"
_SDK_NAMES = {"winopportunity": "win", "loseopportunity": "lose", "closeincident": "close"}
"""Messages that plug-ins know by another name than the Web API."""
_FAR: dict[Reach, str] = {
    "people": "people would get it as often as the load does that",
    "systems": "that system would get every record of the load",
    "unseen": "it may do anything: mail, call other systems, change existing records",
    "records": "it leaves records behind that the clean-up does not know, or changes existing ones",
}
"""What it could do to others, by how far it goes. What stays with the record itself is no reason to stop."""
_DONE = {"Create": "created", "Update": "changed", "Delete": "deleted"}
_MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class SetOff:
    """A reaction, with the writes of the plan that set it off."""

    reaction: Reaction
    writes: tuple[Write, ...]


def check_side_effects(inspection: Inspection) -> Part:
    """Reads what is switched on, and tells what the plan would set off and nobody has accepted yet."""
    writes = inspection.needs.writes
    if not writes:
        return Part(area=AREA, sentence="the plan writes nothing, so nothing is set off")
    session = inspection.reader()
    if session is None:
        return Part(area=AREA, sentence="not looked at: nobody could sign in to read them")
    agreed = inspection.plan.environment.side_effects
    isolated = agreed == ISOLATED
    accepted = frozenset(() if isolated else agreed)
    tables = sorted({write.table for write in writes if write.table})
    reading = Reading(session, tables)
    found = [one for reaction in all_reactions(reading) if (one := SetOff(reaction, set_off(reaction, writes))).writes]
    ours = [one for one in found if not one.reaction.microsoft]
    far = [one for one in ours if one.reaction.reach != "itself"]
    open_ = [one for one in far if not _is_accepted(one.reaction, accepted)]
    findings = [
        *_told(open_, "note" if isolated else "stop"),
        *(_accepted(one) for one in far if one not in open_),
        *_told([one for one in ours if one.reaction.reach == "itself"], "note"),
        *outgoing_mailboxes(inspection, reading, writes, accepted, isolated=isolated),
        *traces_left(reading, tables),
        *_unknown(inspection, reading, isolated),
        *_stale(accepted, reading.names),
    ]
    return Part(
        area=AREA,
        sentence=_sentence(len(tables), ours, open_, len(found) - len(ours), isolated),
        findings=findings,
        grid=_grid(tables, found, open_),
    )


def set_off(reaction: Reaction, writes: Iterable[Write]) -> tuple[Write, ...]:
    """Those of the writes that set it off."""
    return tuple(write for write in writes if _fits(reaction, write))


def _fits(reaction: Reaction, write: Write) -> bool:
    if reaction.table and reaction.table != write.table:
        return False
    if reaction.type_code and reaction.type_code != write.type_code:
        return False
    wanted = {message.lower() for message in reaction.messages}
    sent = _messages(write)
    if not any(name in wanted or any(name.endswith(f"_{one}") for one in wanted) for name in sent):
        return False
    unlike = bool(reaction.columns) and write.columns is not None and reaction.columns.isdisjoint(write.columns)
    return not (write.message == "Update" and unlike)


def _messages(write: Write) -> set[str]:
    """The messages of the CRM that a write amounts to, in lower case."""
    name = write.message.lower()
    found = {name, _SDK_NAMES.get(name, name)}
    if write.message in ("Create", "Update"):
        found.add(f"{name}multiple")
    if write.message == "Update":
        found |= {"assign"} if write.columns is None or "ownerid" in write.columns else set()
        found |= (
            {"setstate", "setstatedynamicentity"} if write.columns is None or "statecode" in write.columns else set()
        )
    return found


def _is_accepted(reaction: Reaction, accepted: frozenset[str]) -> bool:
    return reaction.name in accepted or bool(reaction.also and reaction.also in accepted)


def _told(found: Sequence[SetOff], severity: str) -> Iterator[Finding]:
    """One finding each; the steps of one assembly together, because one person answers for its code."""
    groups: dict[tuple[str, str], list[SetOff]] = defaultdict(list)
    for one in found:
        reaction = one.reaction
        groups[reaction.kind, (reaction.also if reaction.kind == "plugin_step" else "") or reaction.name].append(one)
    for (kind, together), group in groups.items():
        first = group[0].reaction
        name = together if len(group) > 1 else first.name
        yield Finding(
            kind=kind,
            severity="stop" if severity == "stop" else "note",
            place=name,
            text=_text(group),
            next_step=_next_step(name, first) if severity == "stop" else "",
        )


def _text(group: Sequence[SetOff]) -> str:
    first = group[0].reaction
    several = f"{len(group)} {first.what.split(' ', 1)[1]}s" if len(group) > 1 else f"a {first.what}"
    runs, does = ("run", first.does.replace("runs ", "run ", 1)) if len(group) > 1 else ("runs", first.does)
    named = ", ".join(f'"{one.reaction.name}"' for one in group[:_MOST_NAMED]) if len(group) > 1 else ""
    more = f" and {len(group) - _MOST_NAMED} more" if len(group) > _MOST_NAMED else ""
    listed = f" ({named}{more})" if named else ""
    far = f"; {_FAR[first.reach]}" if first.reach in _FAR else ""
    writes = [write for one in group for write in one.writes]
    comma = "," if ", " in does else ""
    return f"{several}{listed} that {does}{comma} {runs} when {_when(writes)}{far}"


def _when(writes: Sequence[Write]) -> str:
    """`incident is created (the journey answer_a_case) or changed (...)`."""
    by: dict[tuple[str, str], list[str]] = defaultdict(list)
    for write in writes:
        by[write.table, write.message].append(write.by)
    told = []
    for (table, message), who in list(by.items())[:_MOST_NAMED]:
        names = list(dict.fromkeys(who))
        more = f" and {len(names) - 2} more" if len(names) > 2 else ""
        done = _DONE.get(message, f"gets the message {message}")
        told.append(f"{table or 'the CRM'} is {done} ({', '.join(names[:2])}{more})".replace("is gets", "gets"))
    more = f", and {len(by) - _MOST_NAMED} more" if len(by) > _MOST_NAMED else ""
    return " or ".join(told) + more


def _next_step(name: str, reaction: Reaction) -> str:
    return (
        f"in the test organisation {reaction.switch_off}; or accept it: add "
        f'`- "{name}"` under `side_effects:` in the environment file; or write `side_effects: {ISOLATED}` there once '
        "outgoing mail and interfaces are cut off"
    )


def _accepted(one: SetOff) -> Finding:
    reaction = one.reaction
    return Finding(
        kind=reaction.kind,
        severity="note",
        place=reaction.name,
        text=f"a {reaction.what} that {reaction.does}, accepted in the environment file, runs when {_when(one.writes)}",
    )


def _unknown(inspection: Inspection, reading: Reading, isolated: bool) -> Iterator[Finding]:
    if reading.refused:
        readers = inspection.plan.accounts("inspector") or inspection.plan.accounts("housekeeper")
        reader = readers[0].username if readers else "an inspector (the users file has none yet)"
        listed = ", ".join(dict.fromkeys(reading.refused))
        yield Finding(
            kind="side_effects_unknown",
            severity="note" if isolated else "stop",
            place=AREA,
            text=f"could not be read: {listed}. Nobody knows what the writes of this plan set off there",
            next_step=f"give {reader} a role that may read them for the whole organisation "
            f"({menus.of_roles(inspection.plan.environment)} > the role > tabs Customization and Service Management, "
            f"column Read); or write `side_effects: {ISOLATED}` in the environment file once outgoing mail and "
            "interfaces are cut off",
        )


def _stale(accepted: Iterable[str], names: Iterable[str]) -> Iterator[Finding]:
    known = sorted(names)
    for name in sorted(set(accepted) - set(known)):
        yield Finding(
            kind="stale_side_effect",
            severity="note",
            place=name,
            text="is accepted in the environment file, but nothing in the CRM has that name"
            f"{did_you_mean(name, known)}",
            next_step="correct the name, or take the line out of `side_effects:`",
            owner="tester",
        )


def _sentence(tables: int, ours: Sequence[SetOff], open_: Sequence[SetOff], microsofts: int, isolated: bool) -> str:
    wide = f"{tables} table{'s are' if tables != 1 else ' is'} written"
    own = f"{len(ours)} of your own processes and steps run by themselves then"
    if not ours:
        own = "no process or step of your own runs by itself then"
    state = ""
    if open_:
        state = ", declared harmless by `side_effects: isolated`" if isolated else f", {len(open_)} not accepted yet"
    theirs = f"; {microsofts} of Microsoft's own run too" if microsofts else ""
    return f"{wide}: {own}{state}{theirs}"


def _grid(tables: Sequence[str], found: Sequence[SetOff], open_: Sequence[SetOff]) -> Grid | None:
    """A row for each table that sets anything of yours off, with how many run in the request and after it."""
    rows = []
    for table in tables:
        here = [one for one in found if any(write.table == table for write in one.writes)]
        ours = [one for one in here if not one.reaction.microsoft]
        if ours:
            during = sum(one.reaction.synchronous for one in ours)
            counts = (during, len(ours) - during, len(here) - len(ours), sum(one in open_ for one in here))
            rows.append([table, *map(str, counts)])
    if not rows:
        return None
    return Grid(columns=["table", "in the request", "after it", "Microsoft's own", "not accepted"], rows=rows)
