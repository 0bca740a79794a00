"""The page groups what was found by the one who acts, and shows what was seen before the load."""

from pathlib import Path

from analysis.report.page import report_html
from analysis.report.summary import summary_markdown
from analysis.report.to_do import to_do
from loadtests.results.check_record import CheckRecord, Finding, Grid, Part
from tests.analysis.make_run import verdict_of

SEEN = CheckRecord(
    accounts=44,
    parts=[
        Part(
            area="desks",
            sentence="44 desks counted",
            findings=[
                Finding(
                    kind="thin_desk",
                    severity="doubt",
                    place="anna@contoso.test",
                    text="has 3 rows in My Active Cases, where the role has 40",
                    next_step="run `crmload seed`",
                    owner="tester",
                ),
                Finding(
                    kind="slow_line",
                    severity="note",
                    place="intranet",
                    text="answers after 90 ms",
                    next_step="ask why",
                    role="Salesperson",
                ),
            ],
            grid=Grid(columns=["account", "rows"], rows=[["anna@contoso.test", "3"]]),
        )
    ],
)


def test_a_doubt_of_the_check_makes_the_run_inconclusive_and_is_the_testers_to_do(tmp_path: Path) -> None:
    verdict = verdict_of(tmp_path, check=SEEN.model_dump())
    assert verdict.verdict == "inconclusive"
    assert "thin_desk" in {reason.kind for reason in verdict.reasons if reason.decisive}
    tasks = to_do(verdict)
    assert next(iter(tasks)) == "Test engineer", "who must act stands first"
    assert tasks["Test engineer"][0].next_step == "Run `crmload seed`."
    assert [task.weight for task in tasks["CRM administrator"]] == ["may"]


def test_page_and_comment_name_each_owner_with_the_next_step(tmp_path: Path) -> None:
    verdict = verdict_of(tmp_path, check=SEEN.model_dump())
    page = report_html(verdict)
    assert page.index("Who does what") < page.index("<h3>Test engineer</h3>") < page.index("First impressions</h2>")
    assert "44 desks counted." in page and "<td>3</td>" in page
    assert "**Test engineer** does:" in summary_markdown(verdict)


def test_a_run_that_nobody_checked_says_so(tmp_path: Path) -> None:
    assert "was started without <code>crmload check</code>" in report_html(verdict_of(tmp_path))
