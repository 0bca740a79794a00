"""Plans that insist on records that were there before (`touch_existing`): what could not be put back is refused."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from loadtests.config.document import Document
from loadtests.config.plan import Plan
from loadtests.errors import Problem

CAN_BE_UNDONE = frozenset(
    {"fill", "save", "enter_note", "add_note", "open_dialog", "change_status", "assign", "check_duplicates", "new"}
)
"""What may be done with such a record: what a before-image of its own columns, state and owner undoes, or what makes
records that hang on it and are removed."""


def touching_problems(
    plan: Plan, document: Document, journeys: Mapping[str, Mapping[str, Any]], played: Collection[str]
) -> Iterator[Problem]:
    """Tables from which nothing is taken, and steps that nothing could undo."""
    for index, table in enumerate(plan.touch_existing):
        place = document.place("touch_existing", index)
        taking = [name for name in played if name in journeys and any(True for _ in _taken(journeys[name], table))]
        if not taking:
            yield Problem(
                place,
                f"no journey of this plan takes a record of `{table}`",
                "take the line out, or give the people a journey with `take`",
            )
        for name in taking:
            for label in _taken(journeys[name], table):
                for verb in sorted(_done_with(journeys[name], label) - CAN_BE_UNDONE):
                    yield Problem(
                        place,
                        f"the journey {name} does `{verb}` with a record of `{table}` that may have been there before: "
                        "that cannot be undone",
                        f"take `{table}` out of `touch_existing`, so that it is done to records made for the test only",
                    )


def _steps(journey: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    steps = journey.get("steps")
    return (step for step in (steps if isinstance(steps, list) else ()) if isinstance(step, Mapping))


def _taken(journey: Mapping[str, Any], table: str) -> Iterator[str]:
    """The labels of the records that a journey takes."""
    return (str(step.get("as") or table) for step in _steps(journey) if step.get("take") == table)


def _done_with(journey: Mapping[str, Any], label: str) -> set[str]:
    """The verbs of the steps that name a record, whatever they do to it."""
    return {
        str(next(iter(step)))
        for step in _steps(journey)
        if "take" not in step and any(value == label for key, value in step.items() if key != "as")
    }
