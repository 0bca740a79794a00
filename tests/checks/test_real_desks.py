"""How much work is usual: also in a CRM that adds up no more than 50,000 rows at a time."""

import json
from typing import Any, cast

from loadtests.checks.counting import ROWS, TOO_MANY
from loadtests.checks.needs import DeskList
from loadtests.checks.real_desks import usual_rows
from loadtests.load.plain_session import PlainSession
from tests.load.plans import small_plan

FETCH = (
    '<fetch><entity name="incident"><attribute name="title"/><filter>'
    '<condition attribute="ownerid" operator="eq-userid"/></filter></entity></fetch>'
)
PEOPLE = [f"00000000-0000-0000-0000-0000000000{number:02}" for number in range(40)]


class Answer:
    def __init__(self, status: int, body: Any) -> None:
        self.status_code, self.text = status, json.dumps(body)

    def json(self) -> Any:
        return json.loads(self.text)


class FullCrm:
    """Refuses to add up everybody's rows together; each person has as many as the last two digits of the id."""

    def __init__(self) -> None:
        self.asked_one_by_one = 0

    def get(self, path: str) -> Answer:
        if path.startswith("systemusers"):
            return Answer(200, {"value": [{"systemuserid": person} for person in PEOPLE]})
        return Answer(400, {"error": {"code": "0x8004E023", "message": f"{TOO_MANY} exceeded"}})

    def batch(self, operations: list[tuple[str, str, None]]) -> list[tuple[int, str]]:
        self.asked_one_by_one += len(operations)
        owners = [next(person for person in PEOPLE if person in path) for _, path, _ in operations]
        return [(200, json.dumps({"value": [{ROWS: int(owner[-2:])}]})) for owner in owners]


def test_where_all_together_are_too_many_some_people_are_asked_about_one_by_one() -> None:
    crm = FullCrm()
    desk = DeskList(
        role="Salesperson", channel="web", table="incident", view="My Cases", entity_set="incidents",
        key="incidentid", fetch=FETCH, journeys=("answer_a_case",), needed=True,
    )  # fmt: skip
    usual = usual_rows(small_plan(), [desk], cast("PlainSession", crm))
    assert crm.asked_one_by_one == 15
    assert usual["Salesperson", "incident", "My Cases"].rows == 14, "the middle of 0, 2, 4, ... 28"
    assert usual["Salesperson", "incident", "My Cases"].source == "middle of 15 real people"
