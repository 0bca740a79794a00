"""The answer of `crmload advise` as data: advice.json holds it, the page and the terminal tell it.

No formatting here. People are of the run's own mix, think time and channels; lead times are days; dates are
`YYYY-MM-DD`. It holds no clock and no path, so that advising twice gives the same bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from analysis.capacity.forecast import Cause, Crossing, HeldOut, Level, Refusal, Share, Warning
from analysis.capacity.measured import Station

SCHEMA = 1
CONFIDENCE = 0.9
"""A phase fits when so many people keep every judged transaction within its limit with this chance."""

Conclusion = Literal["carries", "buy", "not_enough", "not_hardware", "cannot_tell"]
"""`carries`: every phase fits as it is. `buy`: it does with `phases[-1].cheapest`. `not_enough`: not with anything of
the hardware file (or none was given). `not_hardware`: servers are not what people wait for, or nobody can buy any.
`cannot_tell`: refused."""
Fit = Literal["yes", "no", "cannot_tell"]


@dataclass(frozen=True)
class Finding:
    """Something to know or to do beside the figures; `next_step` is empty where nothing is to be done."""

    kind: str
    text: str
    owner: str = ""
    next_step: str = ""


@dataclass(frozen=True)
class MeasuredStep:
    """One step of the run, as it was measured."""

    name: str
    people: float
    seconds: float
    """Length of the window."""
    throughput: float
    """Transactions a second."""
    mean_s: float
    think_s: float
    """Mean pause between two transactions, as drawn: people = throughput x (mean_s + think_s), or the step is wrong."""
    p95_s: Mapping[str, float]
    """By `channel/transaction`."""
    busy: Mapping[str, float]
    """Station -> 0..1; empty without counters."""
    flaws: tuple[str, ...]
    """Why it was left out; empty for a good one."""


@dataclass(frozen=True)
class Outlook:
    """What is forecast for the servers, as they are or after a purchase."""

    carries: Crossing
    safe_people: int
    """So many fit with `CONFIDENCE`; 0 where not even one is sure."""
    full_at: Mapping[str, float]
    """Station -> people at which it would be full, the limit first; what no number of people fills is left out."""
    levels: tuple[Level, ...]
    """The curve, on the same numbers of people in every outlook of one advice."""
    shares: tuple[Share, ...]
    """Where the time goes with `Advice.people` people."""


@dataclass(frozen=True)
class StationState:
    """One station today, the limit first."""

    station: Station
    demand_s: float | None
    """Core-seconds of the mean transaction."""
    busy: float | None
    """0..1 in the highest usable step."""
    full_at: float | None
    """People at which it would be full; None where no number of people fills it."""


@dataclass(frozen=True)
class OptionAdvice:
    """One option of the hardware file, bought once, with nothing but what it needs."""

    name: str
    title: str
    does: str
    """In words: `web: 16 cores instead of 8`."""
    price: float
    lead_time_days: int
    at_most: int
    needs: tuple[str, ...]
    outlook: Outlook | None
    """None where nothing can be said: `why`."""
    gained: float | None
    """More people that fit than today, in the middle of the intervals; None where one of both lies beyond what can be
    said."""
    gained_low: float | None
    gained_high: float | None
    price_per_person: float | None
    """Of it and what it needs."""
    useless: bool
    """True when it brings hardly anybody: fewer people more than forecasts are wrong by (`capacity.options`)."""
    why: str
    """Why it is useless, or why nothing can be said; empty for a useful one."""
    doubtful: bool
    """True when the change is beyond what the method was tried for: its interval is twice as wide."""


@dataclass(frozen=True)
class Purchase:
    """Some options bought together."""

    options: Mapping[str, int]
    """Option -> how many of it."""
    price: float
    lead_time_days: int
    """The longest of them: they are ordered at once."""
    carries: Crossing
    safe_people: int
    doubtful: bool = False
    """True when all of it together is beyond what the method was tried for: its interval is twice as wide."""


@dataclass(frozen=True)
class PhaseAdvice:
    """One phase of the rollout, fewest people first."""

    name: str
    people: int
    date: str | None
    fits_today: Fit
    confidence_today: float | None
    """Chance, 0..1, that it fits on the servers as they are."""
    cheapest: Purchase | None
    """What has to be bought for it; None where it fits as it is, or where nothing of the file carries it."""
    confidence: float | None
    """Chance with `cheapest`."""
    order_by: str | None
    """The last day to order it, where the phase has a date."""
    outgrown_years: float | None
    """Years after the phase at which growth passes what is safe (with `cheapest`, or as it is); None without growth,
    or where it does not fit."""


@dataclass(frozen=True)
class Advice:
    """Everything that is advised on one run."""

    plan: str
    environment: str
    simulated: bool
    """True for the local CRM: no statement about anybody's servers."""
    cloud: bool
    conclusion: Conclusion
    sentence: str
    """One sentence for page one: the option, its price, the risk."""
    refusal: Refusal | None
    people: int
    """The largest phase."""
    measured_people: float
    """The most people of a usable step in which every judged transaction kept its limit; 0 for none."""
    limits_s: Mapping[str, float]
    """`channel/transaction` -> the p95 that people no longer accept, on the wire."""
    steps: tuple[MeasuredStep, ...]
    cause: Cause
    cause_text: str
    warnings: tuple[Warning, ...]
    held_out: HeldOut | None
    stations: tuple[StationState, ...]
    """Empty without counters."""
    today: Outlook | None
    """None when refused."""
    after: Outlook | None
    """With all that the largest phase needs; None where nothing is to be bought for it."""
    options: tuple[OptionAdvice, ...]
    """In the order of the hardware file."""
    purchases: tuple[Purchase, ...]
    """Every set that was weighed and is not worse than a cheaper one; by price. For the picture of price and people."""
    phases: tuple[PhaseAdvice, ...]
    findings: tuple[Finding, ...]
    """Background work, what to fix, what to do next; the strongest first."""
    currency: str
    growth: float
    """Share of more people a year; 0 where nobody said."""
    schema: int = SCHEMA
