"""How a check reads on the terminal."""

from loadtests.cli.found import gathered
from loadtests.results.check_record import Finding


def test_findings_that_say_the_same_of_several_are_one() -> None:
    empty = [
        Finding(kind="empty_desk", severity="stop", place=f"p{n}@x.test", text="finds nothing", next_step="seed")
        for n in range(3)
    ]
    other = Finding(kind="no_role", severity="stop", place="q@x.test", text="has no role", next_step="give one")
    assert [[finding.place for finding in alike] for alike in gathered([empty[0], other, *empty[1:]])] == [
        ["p0@x.test", "p1@x.test", "p2@x.test"],
        ["q@x.test"],
    ]
