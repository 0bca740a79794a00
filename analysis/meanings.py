"""What an error means and what to do about it, in an administrator's words."""

from dataclasses import dataclass

from loadtests.results.refusals import missing_right
from loadtests.results.rows import ErrorRow

EMPTY_DESK = "empty desk:"
"""How scenarios begin the message of an error that a person had no work (no rows in a view) to do."""
POOL_EMPTY = "pool empty:"
"""How they begin it when the records are used up that the test made to be used up."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One sentence what happened, one what to do."""

    text: str
    next_step: str


# CRM error codes, as Microsoft's Web API and service error references list them.
_CODES = {
    "0x80040217": Meaning(
        "The record does not exist (any more).",
        "Find out who deletes records of this table during the test: a bulk-delete job, a workflow, another test.",
    ),
    "0x80060888": Meaning(
        "The CRM does not know a column, table or query option that was asked for.",
        "Compare the table's file in scenarios/tables with this CRM's customisations.",
    ),
    "0x80048d19": Meaning(
        "The CRM did not understand the record that was sent.",
        "Compare the columns in the journey with this CRM's customisations.",
    ),
    "0x80040265": Meaning(
        "A plug-in stopped the operation.",
        "Give the message and the request id to the plug-in's author; the trace is in the plug-in trace log.",
    ),
    "0x80044331": Meaning("A value is too long or not allowed.", "Correct the value in the journey."),
    "0x80060882": Meaning(
        "Somebody else changed the record in between.",
        "See which workflow or plug-in writes to new records of this table.",
    ),
    "0x80060892": Meaning(
        "A record with the same key exists already.",
        "Look for alternate keys on this table; give each created record a value of its own.",
    ),
    "0x80040237": Meaning(
        "A duplicate was detected.", "Let the journey write distinct values, or relax the duplicate rule."
    ),
    "0x80040333": Meaning(
        "A duplicate-detection rule refused the record.",
        "Let the journey write distinct values, or relax the duplicate rule.",
    ),
    "0x80040216": Meaning(
        "The server met an unexpected error, often in SQL Server (time-out, deadlock).",
        "Search the server trace for the request id; look at SQL Server's blocking and deadlocks at that time.",
    ),
    "0x80072322": Meaning(
        "The account sent more requests than the cloud allows in 5 minutes.",
        "Use more accounts, or a think-time factor nearer to 1.",
    ),
    "0x80072321": Meaning(
        "The account used more execution time than the cloud allows in 5 minutes.",
        "Use more accounts; look for slow plug-ins, whose time counts.",
    ),
}

_STATUSES = {
    400: Meaning("The CRM rejected the request.", "Read the message; compare the journey with this CRM's forms."),
    401: Meaning("The sign-in was not (or no longer) valid.", "Look at token lifetime and clocks on AD FS and CRM."),
    403: Meaning("The CRM refused it.", "Compare the role in the CRM with what its people are meant to do."),
    404: Meaning("The address or record was not found.", "Check the entrance's URL and the record's fate."),
    412: Meaning("A condition of the request did not hold.", "See which process changes these records in between."),
    413: Meaning("The request was too large.", "Raise the upload limit, or send smaller attachments."),
    429: Meaning("The CRM limited the account's pace.", "Use more accounts, or a think-time factor nearer to 1."),
    500: Meaning("The server failed inside.", "Search the server's trace for the request id."),
    502: Meaning("A proxy got no good answer from the CRM.", "Look at the proxy's log and the web servers' state."),
    503: Meaning(
        "The server said it is overloaded or out of service.", "Look at the IIS application pool's queue and recycling."
    ),
    504: Meaning("A proxy waited too long for the CRM.", "Look at the slowest requests and at SQL Server."),
}

_TRANSPORT = {
    "timeout": Meaning(
        "No answer within the time-out.", "Look at the servers' queues at that time; raise the time-out only knowingly."
    ),
    "refused": Meaning("The connection was refused.", "Is the web server up, and is its connection queue full?"),
    "reset": Meaning("The connection was cut.", "Look at load balancer, firewall idle time and IIS recycling."),
    "tls": Meaning("No secure connection could be made.", "Check the certificate and the configured CA."),
    "dns": Meaning("The server's name could not be resolved.", "Check DNS on the generator, or use connect_to."),
    "proxy": Meaning(
        "The proxy in between did not let it through; the CRM was not asked.",
        "Do what the message says about the proxy that the environment file names.",
    ),
    "protocol": Meaning("The answer was not proper HTTP.", "Look at proxies between generator and CRM."),
}


def meaning_of(error: ErrorRow) -> Meaning:
    """The most telling explanation: empty desks, missing rights, the CRM's code, the transport, the HTTP status."""
    if error.message.lower().startswith(EMPTY_DESK):
        return Meaning(
            "This person has no work on the desk: the view is empty.",
            "Give every test account records of its own, then run again.",
        )
    if error.message.lower().startswith(POOL_EMPTY):
        return Meaning(
            "What the test made for this person to use up was used up: the test's own fault, not the CRM's.",
            "Let the housekeeper make as many as the plan needs (crmload seed PLAN; crmload check says how many).",
        )
    if error.outcome == "leaked":
        return Meaning(
            "The CRM allowed what this role must not be able to do.",
            "Take the privilege from the role, or correct its must_not list.",
        )
    missing = missing_right(error.message)
    if missing.privilege:
        return Meaning(
            f"The role lacks the privilege {missing.privilege}.", "Give it to the role, or take the journey away."
        )
    if missing.right:
        return Meaning(
            f"The person may not {missing.right.lower()} this {missing.table or 'record'}: "
            "the privilege's depth is too small.",
            "Widen the depth in the role, or share the record, or take the journey away.",
        )
    if known := _CODES.get(error.code.lower()):
        return known
    if error.status == 0:
        for kind, meaning in _TRANSPORT.items():
            if kind in error.message.lower() or (kind == "timeout" and "timed out" in error.message.lower()):
                return meaning
        return Meaning("The answer was not what it had to be.", "Read the message; repeat the step in a browser.")
    if error.status < 400:
        return Meaning(
            "The CRM answered, but not with what the step needs.", "Read the message; repeat the step in a browser."
        )
    return _STATUSES.get(
        error.status, Meaning(f"The CRM answered HTTP {error.status}.", "Search the server's trace for the request id.")
    )
