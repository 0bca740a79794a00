"""Which verbs of the journeys each channel plays.

Plain data on the ground, so that a plan can be checked before anything that sends requests is there. The channels'
classes bear it out (`Channel.plays`), and a test compares them with their methods. A new channel is a line here.
"""

from collections.abc import Mapping
from typing import Any

EVERYWHERE = frozenset({"sign_in", "open_home", "sign_out", "fill", "think"})
"""Every channel has a way in and a way out; to fill in and to think sends nothing."""

_LISTS_AND_RECORDS = frozenset({"open_view", "quick_find", "open_record"})
_WRITING = frozenset({"take", "new", "lookup", "save", "change_status", "enter_note", "add_note"})
_PORTABLE = frozenset({"sync", "go_offline", "come_back"})
_PANE = frozenset({"quick_find", "open_record", "take", "new", "lookup", "save", "change_status"})
_MAILS = frozenset({"resolve_sender", "track_email", "set_regarding"})
_BUSINESS = frozenset({"open_dashboard", "open_dialog", "assign", "qualify", "check_duplicates", "merge"})
_QUEUES = frozenset({"add_to_queue", "open_queue", "select_item", "pick_from_queue", "release_to_queue"})
_REFUSED = frozenset({"save with expect"})
"""A save that must not succeed: a channel that plays `save` need not play this."""
_OF_THE_SITE = frozenset({"run_action", "raw_request"})
_WEB = EVERYWHERE | _LISTS_AND_RECORDS | _WRITING | _REFUSED | _BUSINESS | _QUEUES | _OF_THE_SITE

PLAYS: Mapping[str, frozenset[str]] = {
    "web": _WEB,
    "ifd": _WEB,
    "outlook": EVERYWHERE | _PANE | _MAILS | _PORTABLE,
    "mobile": _WEB | _PORTABLE,
}
"""Channel -> the verbs that it plays. A channel that is not here cannot be played yet."""

AWAY = _LISTS_AND_RECORDS | frozenset({"new", "fill", "lookup", "save", "change_status", "think"})
"""What can be played between `go_offline` and `come_back`, on the local copy."""

VERBS = frozenset[str]().union(*PLAYS.values()) - _REFUSED
"""The whole vocabulary; `scenarios.journey` says what each verb is."""


EVERY_SESSION = frozenset({"sign_in", "open_home"})
"""The transactions with which every session begins, whatever its journeys."""

# Most verbs give their transaction its name; nobody waits for the last three.
_OTHER_NAMES = {"take": "open_record", "new": "new_form", "go_offline": "sync", "come_back": "sync"}
_NOBODY_WAITS = {"fill", "think", "sign_out"}


def verbs_of(journey: Mapping[str, Any]) -> set[str]:
    """The verbs that a journey wants of a channel, as its YAML file has them; the file may still be full of mistakes.

    What is done away from the network is played on the local copy, whatever the channel.
    """
    steps = journey.get("steps")
    wanted: set[str] = set()
    away = False
    for step in steps if isinstance(steps, list) else ():
        verbs = _verbs(step)
        away = away and "come_back" not in verbs
        wanted |= verbs - AWAY if away else verbs
        away = away or "go_offline" in verbs
    return wanted


def transactions_of(journey: Mapping[str, Any]) -> set[str]:
    """The transactions that a journey's steps become; what is done away from the network is none."""
    verbs = (verbs_of(journey) & VERBS) - _NOBODY_WAITS
    return {_OTHER_NAMES.get(verb, verb) for verb in verbs}


def lacking(channel: str, journey: Mapping[str, Any]) -> list[str]:
    """The verbs of a journey that a channel does not play; empty when it plays the whole journey."""
    return sorted(verbs_of(journey) - PLAYS.get(channel, frozenset()))


def _verbs(step: Any) -> set[str]:
    words = set(step) if isinstance(step, Mapping) else {step}
    # `think` is a step of its own, and an option of every other.
    verbs = (words & VERBS) - ({"think"} if len(words) > 1 else set())
    return verbs | (_REFUSED if "save" in verbs and "expect" in words else set())
