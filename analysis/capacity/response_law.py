"""The interactive response-time law N = X (R + Z): people are either waiting or pausing, or something was not measured.

Lazowska, Zahorjan, Graham, Sevcik, "Quantitative System Performance" (1984), chapter 3.
"""

from math import sqrt

TOLERANCE = 0.03
"""How far the two sides may be apart."""
_EDGE = 0.5
"""A person who is in the middle of something when a window begins or ends is counted wrong by about half a cycle: its
standard deviation for pauses drawn evenly from half to one and a half of their mean."""
_SURE = 2.5
"""Standard deviations of chance that a short window of few people is granted beyond the tolerance."""


def law_deviation(people: float, throughput: float, mean_s: float, think_s: float) -> float:
    """How far X (R + Z) is from the people who were there, as a share of them. Positive: more than there were."""
    return throughput * (mean_s + think_s) / people - 1


def law_flaw(people: float, seconds: float, throughput: float, mean_s: float, think_s: float) -> str:
    """What is wrong, in plain words; empty when the law holds as well as the window's length can show."""
    off = law_deviation(people, throughput, mean_s, think_s)
    by_chance = _SURE * _EDGE * (mean_s + think_s) / (seconds * sqrt(people))
    if abs(off) <= max(TOLERANCE, by_chance):
        return ""
    accounted = throughput * (mean_s + think_s)
    figures = (
        f"{people:.1f} people were there, but {throughput:.2f} transactions a second of {mean_s:.2f} s with "
        f"{think_s:.2f} s between them keep {accounted:.1f} busy ({off:+.0%})"
    )
    if off < 0:
        return (
            f"{figures}: people spent time that is neither waiting nor pausing. The load generator is too slow, or "
            "something else held them (a class, open work, a queue in the client)"
        )
    return f"{figures}: more than there were. The window holds work of people who are not counted, or had not settled"
