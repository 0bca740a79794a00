"""Where transactions' time passed as the client saw it: before answers, on the generator's own line, in the client."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

from analysis.capacity.measured import Spent
from analysis.line import Line, seconds_on
from loadtests.results.waves import Example

_NOWHERE = Line(0.0)


def spent_of(examples: Iterable[Example]) -> dict[str, Spent]:
    """By `channel/transaction`, from examples of all its visits; a transaction without any is left out."""
    kept = [example for example in examples if example.series.count("/") == 2 and example.elapsed_us > 0]
    connects = [example.connect_us for example in kept if example.connect_us]
    line = Line(min(connects) / 1e6) if connects else _NOWHERE
    by_name: dict[str, list[Example]] = defaultdict(list)
    for example in kept:
        by_name[example.series.rpartition("/")[0]].append(example)
    return {name: _mean(found, line) for name, found in sorted(by_name.items())}


def _mean(examples: Sequence[Example], line: Line) -> Spent:
    elapsed = fmean(example.elapsed_us for example in examples) / 1e6
    answered = fmean(seconds_on(_NOWHERE, example) for example in examples)
    on_line = fmean(seconds_on(line, example) for example in examples)
    exchanges = [[e for wave in example.waves for host in wave for e in host.exchanges] for example in examples]
    answer = min(1.0, answered / elapsed)
    travelled = min(1.0 - answer, max(0.0, on_line - answered) / elapsed)
    return Spent(
        answer=answer,
        line=travelled,
        client=max(0.0, 1.0 - answer - travelled),
        requests=fmean(map(len, exchanges)),
        waves=fmean(len(example.waves) for example in examples),
        kilobytes=fmean(sum(e.sent + e.received for e in found) for found in exchanges) / 1000,
    )
