"""What the housekeeper writes into records for people's desks: what people type in the journeys."""

from scenarios.authoring import Author
from scenarios.site import Site


def test_every_table_that_people_make_can_be_written_as_they_write_it() -> None:
    author = Author(Site.read(), 1)
    assert author.tables >= {"account", "contact", "incident", "lead", "opportunity", "task", "phonecall", "campaign"}
    case = author.write("incident")
    assert set(case.values) == {"title", "description"} and "customerid" in case.lookups
    contact = author.write("contact")
    # The journey is refused a first name that is too long, and corrects it: that is what counts.
    assert len(str(contact.values["firstname"])) < 50
    assert "{" not in "".join(map(str, contact.values.values()))
    assert author.write("lead").values != author.write("lead").values
