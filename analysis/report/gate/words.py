"""The words of gate.html: what to do, how the gate works, how often it errs, and what its words mean."""

from collections.abc import Iterator, Sequence
from math import expm1

from analysis.gate.common_mode import LEAST_TRANSACTIONS
from analysis.gate.comparison import MOVED_LEVEL, PASS_LEVEL, SHIFT_LEVEL, WORTH_NAMING
from analysis.gate.estimates import POWER
from analysis.gate.refusals import AGE_ENDS, LEAST_SAMPLES, PROMISE_SAMPLES
from analysis.gate.result import Absolute, Gate, GateRow
from analysis.report.gate.sides import Sides
from analysis.report.glossary import GLOSSARY as REPORT_GLOSSARY
from analysis.words import count_words, percent_words


def what_to_do_now(gate: Gate) -> str:
    """One instruction that needs no engineer to follow."""
    if gate.verdict == "pass":
        return (
            "accept the release. Once it is the accepted one, its runs belong in the baseline: `crmload baseline add`."
        )
    if gate.verdict == "fail":
        return "hold the release. The people named below act on each finding; then run the candidate again and gate it."
    return "neither accept nor refuse the release on this page: it does not know. " + (
        gate.settle or "The people named below put right what is missing, then gate it again."
    )


def could_have_seen(gate: Gate) -> str:
    """The smallest changes that this comparison finds, of the wait that scatters most; empty without a comparison."""
    rows = [row for row in gate.rows if row.own_p50 and row.own_p95]
    if not rows:
        return ""
    p50 = max(row.own_p50.detectable for row in rows if row.own_p50)
    p95 = max(row.own_p95.detectable for row in rows if row.own_p95)
    told = f"{percent_words(p50 - 1)} in a wait's median, {percent_words(p95 - 1)} in its 95th percentile"
    if gate.shift:
        told += f"; {percent_words(gate.shift.p50.detectable - 1)} in all medians together"
    return told


def alike(absolute: Sequence[Absolute]) -> list[tuple[Absolute, list[str]]]:
    """What candidate runs are worth by themselves, with their names; runs that say the same stand together."""
    found: dict[tuple[str, str], list[Absolute]] = {}
    for one in absolute:
        found.setdefault((one.verdict, one.sentence), []).append(one)
    return [(same[0], [one.run for one in same]) for same in found.values()]


def how_it_works(gate: Gate, *, paired: bool) -> list[str]:
    """The gate in five sentences."""
    tolerance = percent_words(gate.tolerance)
    if paired:
        unit = (
            "Old and new release ran in pairs, at once or one soon after the other, so that the machine's weather "
            "falls on both; each pair counts once, and how much the pairs differ among themselves is the yardstick."
        )
    else:
        unit = (
            "Runs of one night share its weather and count once, as a session; the candidate's session is compared "
            "with the stored ones, and how much those differ among themselves is the yardstick."
        )
    return [
        "What counts is whole runs, not single requests: a thousand requests of one run know nothing of what the next "
        "run will bring.",
        unit,
        "Of each wait the median (steady) and the 95th percentile (the promise) are compared; with "
        f"{LEAST_TRANSACTIONS} waits or more, what all have in common is taken apart from what each did beside the "
        "others.",
        "A wait is called slower when chance is excluded for all waits together, and when it became "
        f"{percent_words(expm1(WORTH_NAMING))} slower or more.",
        f"Passing needs evidence too: every wait must surely be less than {tolerance} slower at its 95th percentile; "
        "what is neither slower nor surely within is told as unsure.",
    ]


def error_rates(gate: Gate) -> list[tuple[str, str]]:
    """How often the gate errs: what happens, and how often."""
    both = percent_words(SHIFT_LEVEL + MOVED_LEVEL)
    shift, single = percent_words(SHIFT_LEVEL), percent_words(MOVED_LEVEL)
    parts = f"{shift} for the common shift, {single} for all single waits together"
    rates = [
        (
            "An unchanged release is called worse",
            f"in at most {both} of gates" + (f" ({parts})." if gate.shift else " (all waits together)."),
        ),
        (
            f"A wait that truly became {percent_words(gate.tolerance)} slower is let through",
            f"in at most {percent_words(PASS_LEVEL)} of gates.",
        ),
    ]
    if seen := could_have_seen(gate):
        share = percent_words(1 - POWER)
        missed = f"of changes as large as these, {share} are: {seen}. Smaller ones mostly stay unseen."
        rates.append(("A change is missed", missed))
    return rates


def why_few(row: GateRow, sides: Sides) -> str:
    """Why a transaction has too few samples to be compared."""
    runs = (*sides.baseline, *sides.candidate)
    least, where = min((run.series[row.name].n if row.name in run.series else 0, run.run) for run in runs)
    if least < LEAST_SAMPLES:
        told = f"only {count_words(least, 'sample')}" if least else "no sample"
        return f"{told} in the run {where}; {LEAST_SAMPLES} are wanted in every run."
    totals = {"baseline": sides.baseline, "candidate": sides.candidate}
    side, total = min(
        ((name, sum(run.series[row.name].n for run in side)) for name, side in totals.items()), key=lambda pair: pair[1]
    )
    return f"only {count_words(total, 'sample')} in all runs of the {side}; {PROMISE_SAMPLES} are wanted on each side."


def left_out(sides: Sides) -> Iterator[tuple[str, str]]:
    """Runs of the baseline that did not decide, each with its reason."""
    newest = max((run.started for run in sides.candidate), default=None)
    for run in sides.left_out:
        aged = newest is None or newest - run.started > AGE_ENDS
        why = "is older than a quarter" if aged else "shows a level that the CRM has left since"
        yield run.run, "; ".join(flaw.text for flaw in run.flaws) or why


def glossary(*, paired: bool) -> dict[str, str]:
    """Word -> explanation."""
    pair = {"Pair": "One run of the old release and one of the new, at once or soon after one another."}
    session = {"Session": "Runs with less than three hours between two. They share a night's weather and count once."}
    return {
        "Baseline": "Runs of the accepted release that others are compared with.",
        "Candidate": "The release that is to be judged.",
        **(pair if paired else session),
        "Wait": "What a person waits for, such as “Open a record”, on one channel.",
        "Median": "Half of the waits are this long or shorter.",
        "95th percentile": REPORT_GLOSSARY["p95 (95th percentile)"],
        "Ratio": "Candidate divided by baseline: +8 % means 8 % slower.",
        "Interval": "Where the true ratio lies: with 95 % confidence above its lower end and, separately, below its "
        "upper end.",
        "Tolerance": "How much slower a wait may become. Chosen by whoever calls the gate.",
        "Common shift": "What all waits did together: the platform under them, not one query.",
        "Beside the others": "What one wait did after the common shift is taken out: one query, one form, one plug-in "
        "step.",
        "Could have seen": "The smallest true change that this comparison finds in four of five cases.",
        "By itself": "What a run is worth against the first-impression thresholds, without any comparison.",
        "Inconclusive": "The comparison cannot answer: neither a pass nor a fail. The reasons say what to change.",
    }
