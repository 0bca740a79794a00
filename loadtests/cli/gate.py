"""`crmload gate`: did this release make it worse?"""

from datetime import UTC, datetime
from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from loadtests.cli.baseline import FOLDER
from loadtests.exit_codes import BY_VERDICT, ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.gate.pair_record import PairRecord
    from analysis.gate.result import Gate
    from analysis.gate.stored_run import StoredRun


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--baseline", "name", help="The baseline to compare with; of pairs: what tells how runs scatter.")
@click.option("--tolerance", type=click.IntRange(3, 100), default=10, show_default=True, help="Percent slower allowed.")
@click.option("--label", default="", help="The build or release, as CI calls it.")
@click.option("--out", type=click.Path(path_type=Path), help="Where the answer is written; the last run's folder else.")
@click.option("--json", "as_json", is_flag=True, help="Print gate.json instead of text.")
@FOLDER
def gate(
    runs: tuple[Path, ...], name: str | None, tolerance: int, label: str, out: Path | None, as_json: bool, folder: Path
) -> ExitCode:
    """Compare the run folders RUNS, all of one session, with a baseline's sessions.

    Given the folder that `crmload pairs` made, it judges those pairs again.

    Writes gate.html, gate.json, gate-summary.md and gate-junit.xml. Exit code 0: not worse; 1: worse; 3: cannot tell.
    """
    from analysis.gate.baselines import Baselines
    from analysis.gate.gate import gate_sessions
    from analysis.gate.observed import observe
    from analysis.gate.pair_record import PairsFolder
    from analysis.gate.past_gate import PastGate
    from analysis.history.history import one_line
    from loadtests.results.run_folder import RunFolder

    if any(PairsFolder(run).exists for run in runs):
        return _gate_pairs(runs, name, tolerance, label, out, folder, as_json=as_json)
    if name is None:
        raise click.UsageError("say what to compare with: --baseline NAME (or give the folder of `crmload pairs`)")
    kept = Baselines(folder)
    accepted = kept.runs(name)
    candidate = [observe(RunFolder(run), label) for run in runs]
    now = datetime.now(UTC)
    result = gate_sessions(accepted, candidate, now=now, name=name, tolerance=tolerance / 100)
    kept.keep_seen(name, candidate)
    kept.keep_gate(name, PastGate.of(result, label, now))
    place = out or runs[-1]
    write(result, place, accepted, candidate, beside={run.resolve().parent for run in runs})
    tell(result, as_json=as_json)
    if not as_json:
        click.echo(f"  {one_line(accepted, kept.runs(name, 'seen'), now)} More: crmload history --baseline {name}")
        click.echo(f"\npage: {place / 'gate.html'}")
    return BY_VERDICT[result.verdict]


def _gate_pairs(
    runs: tuple[Path, ...],
    name: str | None,
    tolerance: int,
    label: str,
    out: Path | None,
    folder: Path,
    *,
    as_json: bool,
) -> ExitCode:
    """Judge the pairs of one folder again."""
    from analysis.gate.baselines import Baselines
    from analysis.gate.history_scatter import history_named
    from analysis.gate.judging_pairs import judge_pairs
    from analysis.gate.pair_record import PairsFolder
    from analysis.gate.past_gate import PastGate

    if len(runs) > 1:
        raise click.UsageError("a folder of pairs is judged by itself: give nothing beside it")
    if label:
        raise click.UsageError("pairs have the label that `crmload pairs --label` gave them: take --label out")
    record = PairsFolder(runs[0]).read()
    kept, now = Baselines(folder), datetime.now(UTC)
    history = history_named(kept, name, now=now, workload=record.workload)
    result = judge_pairs(record, at=str(runs[0]), history=history, tolerance=tolerance / 100)
    if name is not None:
        kept.keep_gate(name, PastGate.of(result, record.label, now))
    place = out or runs[0]
    write_pairs(result, record, runs[0], place)
    tell(result, as_json=as_json)
    if not as_json:
        click.echo(f"\npage: {place / 'gate.html'}")
    return BY_VERDICT[result.verdict]


def write_pairs(result: "Gate", record: "PairRecord", folder: Path, out: Path) -> None:
    """The answer's files of a series of pairs; its run folders lie in `folder`."""
    counting = record.counting
    write(result, out, [pair.a for pair in counting], [pair.b for pair in counting], paired=True, beside=[folder])


def write(
    result: "Gate",
    out: Path,
    baseline: "Sequence[StoredRun]",
    candidate: "Sequence[StoredRun]",
    *,
    paired: bool = False,
    beside: "Iterable[Path]" = (),
) -> None:
    """The answer's files, each whole or not at all. `baseline` and `candidate` are what was compared, for the pictures.

    `paired`: the n-th run of both is a pair. `beside` are folders where run folders may lie: the page links to their
    reports.
    """
    from analysis.gate.record import gate_json, gate_junit
    from analysis.report.gate.page import gate_page
    from analysis.report.gate.summary import gate_summary
    from loadtests.results.run_folder import replace_file

    out.mkdir(parents=True, exist_ok=True)
    replace_file(out / "gate.json", gate_json(result))
    replace_file(out / "gate-summary.md", gate_summary(result))
    replace_file(out / "gate-junit.xml", gate_junit(result))
    reports = _reports({run.run for run in (*baseline, *candidate)}, beside, out.resolve())
    replace_file(out / "gate.html", gate_page(result, baseline, candidate, paired=paired, reports=reports))


def _reports(names: "Iterable[str]", beside: "Iterable[Path]", out: Path) -> dict[str, str]:
    """Links from `out` to the reports of runs, where they are; none to another drive, which has no relative path."""
    found = {}
    for folder in sorted(beside):
        for name in names:
            report = folder.resolve() / name / "report.html"
            if report.is_file() and report.anchor == out.anchor:
                found[name] = quote(Path(relpath(report, out)).as_posix())
    return found


def tell(result: "Gate", *, as_json: bool = False) -> None:
    """The answer on the terminal."""
    from analysis.gate.conclusion import change_words, row_words
    from analysis.gate.record import gate_json

    if as_json:
        click.echo(gate_json(result), nl=False)
        return
    colour = {"pass": "green", "fail": "red", "inconclusive": "yellow"}[result.verdict]
    click.echo(click.style(result.verdict.upper(), fg=colour, bold=True) + f"  {result.sentence}")
    click.echo(f"  {result.design}")
    for row in result.rows:
        changes = f"{row.samples} samples"
        if row.p50 and row.p95 and row.own_p50:
            sees = f"sees {100 * (row.own_p50.detectable - 1):.0f} %"
            changes = f"median {change_words(row.p50)}, p95 {change_words(row.p95)}, {sees}"
        click.echo(f"  {row.verdict:<11} {row_words(row.name):<44} {changes}")
    if result.shift:
        click.echo(f"  all together: median {change_words(result.shift.p50)}")
    for one in result.absolute:
        click.echo(f"  by itself: {one.run}: {one.verdict}")
    for reason in result.reasons:
        click.echo(f"  - {reason.text}\n      {reason.owner}: {reason.next_step}")
    for note in result.notes:
        click.echo(f"  {note}")
