"""Mailboxes through which what the load makes would leave: of the accounts that the plan uses, and of queues."""

from collections.abc import Iterator, Sequence

from loadtests.checks.inspection import Inspection
from loadtests.checks.needs import Write
from loadtests.checks.reactions import Reading
from loadtests.results.check_record import Finding

_SERVER_SIDE_MAIL, _SERVER_SIDE_CALENDAR = 2, 1
"""Of `outgoingemaildeliverymethod` and `actdeliverymethod`."""
_ATTENDEES = frozenset({"requiredattendees", "optionalattendees", "appointment_activity_parties"})
_ASKED_AT_ONCE = 20
_MOST_NAMED = 5
_TARGET = "_regardingobjectid_value@Microsoft.Dynamics.CRM.lookuplogicalname"
_PATH = (
    "mailboxes?$select=name,emailaddress,outgoingemaildeliverymethod,actdeliverymethod,_regardingobjectid_value"
    f"&$filter=statecode eq 0 and (outgoingemaildeliverymethod eq {_SERVER_SIDE_MAIL} or "
    f"actdeliverymethod eq {_SERVER_SIDE_CALENDAR})"
)
_WHERE = (
    "Settings > Email Configuration > Mailboxes (cloud: Power Platform admin center > Settings > Email > Mailboxes)"
)


def outgoing_mailboxes(
    inspection: Inspection, reading: Reading, writes: Sequence[Write], accepted: frozenset[str], *, isolated: bool
) -> Iterator[Finding]:
    """Invitations that Exchange would send stop the load; a mailbox that only could send is noted."""
    mailboxes = reading.rows("mailboxes", _PATH)
    if not mailboxes:
        return
    mine = _users(inspection, reading)
    appointments = [write for write in writes if write.table == "appointment" and write.message in ("Create", "Update")]
    invited = any(write.columns is None or write.columns & _ATTENDEES for write in appointments)
    calendars, senders, queues = [], [], []
    for box in mailboxes:
        name = str(box["name"])
        if str(box.get("_regardingobjectid_value")) in mine:
            if box.get("actdeliverymethod") == _SERVER_SIDE_CALENDAR and name not in accepted:
                calendars.append(name)
            if box.get("outgoingemaildeliverymethod") == _SERVER_SIDE_MAIL:
                senders.append(name)
        elif box.get(_TARGET) == "queue" and box.get("outgoingemaildeliverymethod") == _SERVER_SIDE_MAIL:
            queues.append(name)
    if calendars and appointments:
        yield Finding(
            kind="calendar_mailbox",
            severity="stop" if invited and not isolated else "note",
            place=_listed(calendars),
            text="of test accounts, with server-side synchronization, and the plan writes appointments: "
            + (
                "whoever is invited to one gets a real invitation"
                if invited
                else "they show in these accounts' calendars in Exchange (nobody is invited)"
            ),
            next_step=f"in {_WHERE}, open each and set Appointments, Contacts, and Tasks to None; or add the mailbox's "
            "name under `side_effects:` in the environment file",
        )
    if senders:
        yield Finding(
            kind="outgoing_mailbox",
            severity="note",
            place=_listed(senders),
            text="of test accounts, may send: a mail that a process or a plug-in sends in their name really leaves. "
            "The load itself sends none",
            next_step=f"in {_WHERE}, open each and set Outgoing Email to None",
        )
    if queues:
        yield Finding(
            kind="outgoing_mailbox",
            severity="note",
            place=_listed(queues),
            text="of queues, may send: what a process or a rule sends in the queue's name really leaves",
            next_step=f"in {_WHERE}, open each and set Outgoing Email to None in the test organisation",
        )


def _listed(names: Sequence[str]) -> str:
    shown = sorted(names)[:_MOST_NAMED]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"mailbox{'es' if len(names) > 1 else ''} {', '.join(shown)}{more}"


def _users(inspection: Inspection, reading: Reading) -> set[str]:
    """The ids of the plan's people and its housekeeper, found by their names."""
    accounts = [account for account, _ in inspection.people] + inspection.plan.accounts("housekeeper")
    names = sorted({account.username for account in accounts})
    found: set[str] = set()
    for begin in range(0, len(names), _ASKED_AT_ONCE):
        some = [name.replace("'", "''") for name in names[begin : begin + _ASKED_AT_ONCE]]
        test = " or ".join(f"domainname eq '{name}' or internalemailaddress eq '{name}'" for name in some)
        rows = reading.rows("users", f"systemusers?$select=systemuserid&$filter={test}")
        found |= {str(row["systemuserid"]) for row in rows}
    return found
