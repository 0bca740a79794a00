"""The words a manager reads for the names that series and files use."""

CHANNELS = {
    "web": "Web client",
    "ifd": "Web client from the internet (IFD)",
    "outlook": "Outlook",
    "mobile": "Mobile",
}

SHORT_CHANNELS = {"web": "Web", "ifd": "IFD", "outlook": "Outlook", "mobile": "Mobile"}

TRANSACTIONS = {
    "sign_in": "Sign in",
    "open_home": "First screen",
    "open_view": "Open a list",
    "quick_find": "Search",
    "open_record": "Open a record",
    "new_form": "Open an empty form",
    "lookup": "Look up a record",
    "save": "Save",
    "change_status": "Complete, win or resolve",
    "enter_note": "Begin a note",
    "add_note": "Add a note",
    "open_dashboard": "Open a dashboard",
    "open_dialog": "Open a dialog",
    "assign": "Give to somebody else",
    "qualify": "Qualify a lead",
    "check_duplicates": "Look for duplicates",
    "merge": "Merge two records",
    "add_to_queue": "Put into a queue",
    "open_queue": "Open the queues",
    "select_item": "Select a queue item",
    "pick_from_queue": "Pick from a queue",
    "release_to_queue": "Give back to a queue",
    "run_action": "Run an action of the site",
    "raw_request": "A request of the site",
    "resolve_sender": "Find who wrote a mail",
    "track_email": "Track a mail",
    "set_regarding": "Say what a mail is about",
    "sync_first": "First download of the local copy",
    "sync": "Bring the local copy up to date",
    "background_sync": "What the client does by itself (nobody waits)",
    "must_not": "What must be refused",
}
"""In the order in which people meet them."""

VISITS = {"first": "first visit", "everyday": "every day", "any": "all visits"}

OUTCOMES = {
    "ok": "as it should be",
    "failed": "wrong answer, server error, time-out or no connection",
    "denied": "refused what the role must be able to do",
    "leaked": "allowed what the role must not be able to do",
    "throttled": "the CRM limited the account's pace (HTTP 429)",
    "abandoned": "the run ended in the middle of it",
}

MUST_NOT = "must_not"
"""The transaction of probes that must be refused; never judged on time."""

UNATTENDED = "background_sync"
"""The transaction of what clients do by themselves: nobody waits, so it needs no line."""


def channel_words(channel: str) -> str:
    """A channel as people call it."""
    return CHANNELS.get(channel, channel)


def transaction_words(transaction: str) -> str:
    """A transaction as people call it."""
    return TRANSACTIONS.get(transaction, transaction.replace("_", " ").capitalize())


def journey_words(journey: str, title: str = "") -> str:
    """A business process as people call it: its title, or `answer_a_case` -> `Answer a case`."""
    return title or journey.replace("_", " ").replace("-", " ").capitalize()


def transaction_order(transaction: str) -> tuple[int, str]:
    """Sorts transactions as people meet them; unknown ones last, by name."""
    names = list(TRANSACTIONS)
    return (names.index(transaction) if transaction in TRANSACTIONS else len(names), transaction)


def seconds_words(ms: float | None) -> str:
    """Milliseconds as people read them: `0.84 s`, `3.2 s`, `12 s`; a dash for nothing."""
    if ms is None:
        return "–"
    seconds = ms / 1000
    if seconds < 1:
        return f"{seconds:.2f} s"
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds:.0f} s"


def bandwidth_words(bits_per_second: float) -> str:
    """A line's speed: `512 kbit/s`, `10 Mbit/s`, `1 Gbit/s`."""
    for size, unit in ((1e9, "Gbit/s"), (1e6, "Mbit/s")):
        if bits_per_second >= size:
            return f"{bits_per_second / size:g} {unit}"
    return f"{bits_per_second / 1e3:g} kbit/s"


def moment_words(seconds: float) -> str:
    """A moment of a run, `2:03` after its start."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def percent_words(share: float) -> str:
    """A share as a percentage that never rounds to a clean 0 % or 100 % when it is not."""
    percent = share * 100
    if 0 < percent < 1 or 99 < percent < 100:
        return f"{percent:.1f} %" if 0.05 <= percent <= 99.95 else ("under 0.1 %" if percent < 1 else "over 99.9 %")
    return f"{percent:.0f} %"


def count_words(count: int, one: str, many: str | None = None) -> str:
    """`1 person`, `44 people`, `12,400 records`."""
    return f"{count:,} {one if count == 1 else (many or one + 's')}"
