"""From a run folder to its verdict and the files that tell it: all that the front door needs."""

from typing import TYPE_CHECKING

from analysis.evidence import read_evidence
from analysis.findings import find
from analysis.rule import conclude
from analysis.verdict import Verdict
from loadtests.config.thresholds import Thresholds
from loadtests.errors import DamagedRun
from loadtests.results.run_folder import ADVICE_FILE, RunFolder, replace_file

if TYPE_CHECKING:
    from analysis.capacity.advice import Advice


def judge(folder: RunFolder, thresholds: Thresholds | None = None) -> Verdict:
    """The verdict of a run by its own thresholds, or by others. Reads only; `DamagedRun` when run.json is unreadable.

    Damaged lines of other files are left out, listed in `folder.damage`, and told in the verdict.
    """
    findings = find(read_evidence(folder, thresholds))
    conclusion = conclude(findings)
    return Verdict(conclusion.verdict, conclusion.sentence, conclusion.reasons, findings, _advice(folder))


def _advice(folder: RunFolder) -> "Advice | None":
    """What was advised on the run; a damaged advice is no flaw of the run's own evidence and changes no verdict."""
    if not folder.file(ADVICE_FILE).is_file():
        return None
    # It loads the capacity model, which most runs have no use for.
    from analysis.capacity.advice_record import read_advice

    try:
        return read_advice(folder.path)
    except DamagedRun as error:
        folder.damage.append(f"{ADVICE_FILE}: {error.problem.message}: {error.next_step}")
        return None


def write_all(folder: RunFolder, verdict: Verdict) -> None:
    """Write verdict.json, report.html, summary.md, junit.xml and tables/*.csv into the run folder.

    Each is written whole or not at all.
    """
    from analysis.report.junit import junit_xml
    from analysis.report.page import report_html
    from analysis.report.summary import summary_markdown
    from analysis.report.tables import tables

    replace_file(folder.file("verdict.json"), verdict.to_json())
    replace_file(folder.file("summary.md"), summary_markdown(verdict))
    replace_file(folder.file("junit.xml"), junit_xml(verdict))
    replace_file(folder.file("report.html"), report_html(verdict))
    folder.file("tables").mkdir(exist_ok=True)
    for name, text in tables(verdict).items():
        replace_file(folder.file("tables") / name, text)
