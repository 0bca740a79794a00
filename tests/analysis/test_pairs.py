"""Series of pairs, played with made runs: their order, what counts, when they go on, and what they say."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from analysis.gate.judging_pairs import judge_pairs
from analysis.gate.pair_record import PairRecord, PairsFolder, Side, first_side
from analysis.gate.pair_series import RunFailed, play_series
from analysis.gate.result import Gate
from analysis.gate.stored_run import Flaw, StoredRun
from loadtests.cli.main import crmload
from loadtests.errors import CrmloadError
from loadtests.exit_codes import ExitCode
from tests.analysis.test_gate import NOW, a_run, busier, elsewhere

PLAN = str(Path(__file__).resolve().parents[2] / "configs" / "plans" / "gate.yaml")


class MadeRuns:
    """Plays pairs with made runs; `at` says what befalls a run, by its number from 1."""

    def __init__(self, *, slower: dict[str, float] | None = None, shaken: float = 0.0) -> None:
        self.order = ""
        self.at: dict[int, BaseException | Flaw] = {}
        self._slower = slower
        self._shaken = shaken
        self._rng = np.random.default_rng(7)

    def __call__(self, first: Side) -> Iterator[tuple[Side, StoredRun]]:
        order: tuple[Side, Side] = ("a", "b") if first == "a" else ("b", "a")
        for side in order:
            self.order += side.upper()
            number = len(self.order)
            trouble = self.at.get(number)
            if isinstance(trouble, BaseException):
                raise trouble
            run = a_run(
                f"run-{number}", NOW + timedelta(minutes=8 * number), self._rng, self._slower if side == "b" else None
            )
            run = self._shake(elsewhere(run) if side == "b" else run)
            yield side, run.model_copy(update={"flaws": [trouble] if trouble else []})

    def _shake(self, run: StoredRun) -> StoredRun:
        return run.model_copy(
            update={
                "series": {
                    name: one.model_copy(update={"p95_us": int(one.p95_us * np.exp(self._rng.normal(0, self._shaken)))})
                    for name, one in run.series.items()
                }
            }
        )


def a_series(path: Path, looks: list[int]) -> PairsFolder:
    folder = PairsFolder(path)
    folder.write(PairRecord(plan="gate.yaml", environments={"a": "a.yaml", "b": "b.yaml"}, looks=looks))
    return folder


def played(folder: PairsFolder, runs: MadeRuns, told: list[str] | None = None) -> Gate:
    told = [] if told is None else told
    return play_series(folder, runs, lambda record: judge_pairs(record, at="FOLDER"), told.append)


def deciding(gate: Gate) -> list[str]:
    return [reason.kind for reason in gate.reasons if reason.decisive]


def test_the_order_turns_round_from_pair_to_pair() -> None:
    assert [first_side(pair) for pair in (1, 2, 3, 4)] == ["a", "b", "a", "b"]


@pytest.mark.parametrize(
    ("slower", "verdict", "kinds"),
    [
        (None, "pass", ["not_worse"]),
        ({"web/quick_find": 1.25}, "fail", ["moved"]),
        ({"all": 1.3}, "fail", ["common_shift"]),
    ],
)
def test_three_pairs_that_tell_are_enough(
    tmp_path: Path, slower: dict[str, float] | None, verdict: str, kinds: list[str]
) -> None:
    runs = MadeRuns(slower=slower)
    gate = played(a_series(tmp_path, [3, 6, 9]), runs)
    assert (gate.verdict, deciding(gate)) == (verdict, kinds)
    assert runs.order == "ABBAAB"
    assert (
        gate.design
        == "3 pairs of runs, test against production (looks after 3, 6 and 9 pairs, each with half of the level)"
    )


def test_what_scatters_goes_on_to_six_and_nine_pairs_and_then_ends(tmp_path: Path) -> None:
    told: list[str] = []
    folder = a_series(tmp_path, [3, 6, 9])
    gate = played(folder, MadeRuns(shaken=0.25), told)
    assert gate.verdict == "inconclusive" and deciding(gate) == ["not_excluded"]
    assert len(folder.read().kept) == 9
    assert [line.rsplit(". ", 1)[1] for line in told if "On to" in line] == ["On to 6 pairs.", "On to 9 pairs."]


def test_who_looks_once_may_spend_the_whole_level(tmp_path: Path) -> None:
    once, thrice = (
        PairRecord(plan="p", environments={}, looks=[3]),
        PairRecord(plan="p", environments={}, looks=[3, 6, 9]),
    )
    assert (once.share, thrice.share) == (1.0, 0.5)
    folder = a_series(tmp_path, [3])
    assert played(folder, MadeRuns(shaken=0.25)).verdict == "inconclusive"
    assert len(folder.read().kept) == 3


def test_a_flawed_run_does_not_count_its_pair_is_run_again_and_its_other_half_is_not_even_begun(tmp_path: Path) -> None:
    runs = MadeRuns()
    runs.at[3] = Flaw(kind="generator", text="was not healthy")
    folder = a_series(tmp_path, [3, 6, 9])
    gate = played(folder, runs)
    assert gate.verdict == "pass"
    assert runs.order == "AB" + "B" + "BA" + "AB"
    assert "An attempt at pair 2 does not count: the run run-3 (side B) was not healthy" in gate.notes


def test_a_pair_that_fails_twice_ends_the_series_with_its_reason_and_can_be_gone_on_with(tmp_path: Path) -> None:
    runs = MadeRuns()
    runs.at |= {3: RunFailed("the CRM does not answer"), 4: RunFailed("the CRM does not answer")}
    folder = a_series(tmp_path, [3, 6, 9])
    gate = played(folder, runs)
    assert (gate.verdict, deciding(gate)) == ("inconclusive", ["pairs_broken_off"])
    (reason,) = gate.reasons
    assert "Pair 2 failed 2 times; the last time: the CRM does not answer" in reason.text
    assert reason.next_step == "Mend that, then go on: crmload pairs --resume FOLDER"

    folder.write(folder.read().model_copy(update={"broken_off": ""}))
    assert played(folder, runs).verdict == "pass"
    assert [pair.a.run for pair in folder.read().kept][:1] == ["run-1"], "what was run before still counts"


def test_interrupted_in_the_middle_of_a_pair_the_next_call_runs_that_pair_whole(tmp_path: Path) -> None:
    runs = MadeRuns()
    runs.at[4] = KeyboardInterrupt()
    folder = a_series(tmp_path, [3, 6, 9])
    with pytest.raises(KeyboardInterrupt):
        played(folder, runs)
    record = folder.read()
    assert len(record.kept) == 1 and [one.why for one in record.left_out] == ["it was interrupted"]
    assert deciding(judge_pairs(record, at="FOLDER")) == ["pairs_not_complete"]
    assert played(folder, runs).verdict == "pass"
    assert runs.order == "AB" + "BA" + "BA" + "AB"


def test_a_command_that_fails_ends_the_series_at_once_and_is_told_by_the_gate(tmp_path: Path) -> None:
    runs = MadeRuns()
    runs.at[2] = CrmloadError("the command ended with exit code 7", place="--before-b")
    folder = a_series(tmp_path, [3, 6, 9])
    with pytest.raises(CrmloadError, match="exit code 7"):
        played(folder, runs)
    assert runs.order == "AB"
    gate = judge_pairs(folder.read(), at="FOLDER")
    assert "--before-b: the command ended with exit code 7" in gate.reasons[0].text


def test_what_was_run_between_two_looks_waits_for_the_next_one(tmp_path: Path) -> None:
    folder = a_series(tmp_path, [3, 6, 9])
    runs = MadeRuns(shaken=0.25)
    runs.at[9] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        played(folder, runs)
    record = folder.read()
    assert len(record.kept) == 4
    gate = judge_pairs(record, at="FOLDER")
    assert len(gate.candidate_runs) == 3
    assert "1 pair since the last look: judged after 6 pairs." in gate.notes


def test_more_pairs_are_not_run_where_they_cannot_help(tmp_path: Path) -> None:
    class Unlike(MadeRuns):
        def __call__(self, first: Side) -> Iterator[tuple[Side, StoredRun]]:
            for side, run in super().__call__(first):
                yield side, busier(run) if side == "b" else run

    folder = a_series(tmp_path, [3, 6, 9])
    assert deciding(played(folder, Unlike())) == ["other_workload"]
    assert len(folder.read().kept) == 3


def test_the_same_environment_on_both_sides_is_said_to_be_no_release(tmp_path: Path) -> None:
    class Same(MadeRuns):
        def __call__(self, first: Side) -> Iterator[tuple[Side, StoredRun]]:
            for side, run in super().__call__(first):
                yield side, run.model_copy(update={"environment": {"environment": "test"}})

    gate = played(a_series(tmp_path, [3]), Same())
    assert "says how the machine scatters" in gate.notes[-1]


def test_gate_judges_a_folder_of_pairs_and_writes_its_files_there(tmp_path: Path) -> None:
    folder = a_series(tmp_path, [3])
    played(folder, MadeRuns(slower={"ifd/save": 1.3}))
    done = CliRunner().invoke(crmload, ["gate", str(tmp_path)], standalone_mode=False)
    assert done.return_value == ExitCode.FAIL, done.exception
    assert "Save (Web client from the internet (IFD)) became slower" in done.output
    for name in ("gate.html", "gate.json", "gate-summary.md", "gate-junit.xml"):
        assert "became slower" in (tmp_path / name).read_text(encoding="utf-8"), name


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pairs", PLAN], "nothing says what differs between A and B"),
        (["pairs"], "name the plan file to run"),
        (["pairs", "--resume", "FOLDER", "--pairs", "5"], "take out --pairs"),
        (["pairs", PLAN, "--duet", "--before-b", "x"], "one environment cannot have two versions at once"),
        (["gate", "results"], "say what to compare with"),
        (["pairs", PLAN, "--a", "a.yaml", "--budget", "soon"], "a duration such as 90s, 2m or 1h30m"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_next_step(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(crmload, arguments)
    assert done.exit_code == 2 and said in " ".join(done.output.split()).replace("│ ", "")


def test_a_command_that_does_not_end_well_is_told_in_the_gates_files_and_never_kept(tmp_path: Path) -> None:
    hooks = ["--before-a", "exit 7", "--before-b", "exit 7"]
    done = CliRunner().invoke(crmload, ["pairs", PLAN, *hooks, "--results", str(tmp_path)], standalone_mode=False)
    assert "--before-a: the command ended with exit code 7; no run was begun" in str(done.exception)
    (made,) = tmp_path.glob("*-pairs-gate")
    assert "ended with exit code 7" in (made / "gate-junit.xml").read_text(encoding="utf-8")
    assert "exit 7" not in (made / "pairs.json").read_text(encoding="utf-8")


def test_pairs_begun_with_a_command_are_not_gone_on_with_without_it(tmp_path: Path) -> None:
    folder = PairsFolder(tmp_path)
    folder.write(PairRecord(plan="gate.yaml", environments={}, hooks=["b"], looks=[3]))
    done = CliRunner().invoke(crmload, ["pairs", "--resume", str(tmp_path)], standalone_mode=False)
    assert "repeat them as they were: --before-b CMD" in str(done.exception)
