"""Advice on made systems, one of each conclusion: a small closed network (Schweitzer's approximation) draws the curves.

Only pages are tested with it; what the model itself answers is tested where the model is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import exp

from analysis.capacity.advice import (
    Advice,
    Finding,
    MeasuredStep,
    OptionAdvice,
    Outlook,
    PhaseAdvice,
    Purchase,
    StationState,
)
from analysis.capacity.forecast import Crossing, HeldOut, Level, Refusal, Share, Warning
from analysis.capacity.measured import Station

THINK_S = 10.0
WEB, DATABASE = "web", "database"
STATIONS = (Station(WEB, "web", 8, ("CRMWEB01", "CRMWEB02")), Station(DATABASE, "database", 8, ("CRMSQL01",)))
WEIGHTS = {"web/open_record": 1.3, "web/quick_find": 1.0, "ifd/open_record": 1.5, "web/save": 0.8, "outlook/sync": 0.6}
LIMITS = {
    "web/open_record": 1.8,
    "web/quick_find": 2.4,
    "ifd/open_record": 3.0,
    "web/save": 1.8,
    "outlook/sync": 6.0,
}
ELSEWHERE_S = {name: 0.25 if name.startswith("ifd") else 0.08 for name in WEIGHTS}
PEOPLE = tuple(range(10, 331, 10))
STILL = 1e-9
"""Queues that move by less have found their lengths."""


@dataclass(frozen=True)
class Made:
    """Servers of a made system: cores and core-seconds of the mean transaction."""

    cores: Mapping[str, float]
    demand_s: Mapping[str, float]

    def waits(self, people: int) -> tuple[float, dict[str, float], dict[str, float]]:
        """Throughput, and work and wait at each station."""
        queue = dict.fromkeys(self.cores, people / 10)
        wait: dict[str, float] = {}
        done = 0.0
        for _ in range(400):
            before = queue
            wait = {
                name: self.demand_s[name] / self.cores[name] * queue[name] * (people - 1) / people
                for name in self.cores
            }
            done = people / (THINK_S + 0.1 + sum(self.demand_s.values()) + sum(wait.values()))
            queue = {
                name: 0.5 * queue[name] + 0.5 * done * (self.demand_s[name] / self.cores[name] + wait[name])
                for name in self.cores
            }
            if all(abs(queue[name] - before[name]) < STILL for name in queue):
                break
        return done, dict(self.demand_s), {name: max(0.0, wait[name] - 0.01) for name in wait}

    def level(self, people: int) -> Level:
        done, work, wait = self.waits(people)
        p95 = {
            name: ELSEWHERE_S[name] + weight * (1.9 * sum(work.values()) + 2.6 * sum(wait.values()))
            for name, weight in WEIGHTS.items()
        }
        return Level(
            people,
            done,
            p95,
            {name: value * 0.88 for name, value in p95.items()},
            {name: value * 1.14 for name, value in p95.items()},
            {name: min(1.0, done * self.demand_s[name] / self.cores[name]) for name in self.cores},
        )

    def shares(self, people: int) -> tuple[Share, ...]:
        _, work, wait = self.waits(people)
        return tuple(
            Share(
                name,
                {station: weight * value for station, value in work.items()},
                {station: weight * value for station, value in wait.items()},
                ELSEWHERE_S[name],
            )
            for name, weight in WEIGHTS.items()
        )

    def outlook(self, at: int) -> Outlook:
        levels = tuple(self.level(people) for people in PEOPLE)
        over = [(level.people, name) for level in levels for name, limit in LIMITS.items() if level.p95_s[name] > limit]
        first = min(over, default=None)
        crossing = (
            Crossing("web/open_record", None, float(PEOPLE[-1]), None)
            if first is None
            else Crossing(first[1], float(first[0] - 4), (first[0] - 4) * exp(-0.08), (first[0] - 4) * exp(0.06))
        )
        full = {
            name: self.cores[name] / self.demand_s[name] * (THINK_S + sum(self.demand_s.values()))
            for name in self.cores
        }
        return Outlook(
            crossing,
            int(crossing.low) + 2,
            dict(sorted(full.items(), key=lambda one: one[1])),
            levels,
            self.shares(at),
        )


TODAY = Made({WEB: 8, DATABASE: 8}, {WEB: 0.42, DATABASE: 0.16})


def step(number: int, people: int, made: Made = TODAY, flaws: tuple[str, ...] = ()) -> MeasuredStep:
    """What a step would have measured, with a scatter that is always the same."""
    level = made.level(people)
    scatter = 1 + 0.03 * (-1) ** number
    mean = people / level.throughput - THINK_S
    return MeasuredStep(
        f"step-{number}",
        people * 0.998,
        180.0,
        level.throughput,
        mean,
        THINK_S,
        {name: value * scatter for name, value in level.p95_s.items()},
        level.busy,
        flaws,
    )


STEPS = tuple(step(number, people) for number, people in enumerate((20, 50, 80, 105, 130, 150), start=1))


def option(
    name: str, title: str, made: Made, price: float, days: int, does: str, people: int, why: str = ""
) -> OptionAdvice:
    today, after = TODAY.outlook(people), made.outlook(people)
    gained = None if after.carries.people is None else after.carries.people - (today.carries.people or 0)
    useless = bool(why)
    return OptionAdvice(
        name=name, title=title, does=does, price=price, lead_time_days=days, at_most=1, needs=(), outlook=after,
        gained=gained, gained_low=after.carries.low - (today.carries.people or 0),
        gained_high=None if after.carries.high is None else after.carries.high - (today.carries.people or 0),
        price_per_person=price / gained if gained and not useless else None, useless=useless, why=why,
        doubtful=False,
    )  # fmt: skip


def options(people: int) -> tuple[OptionAdvice, ...]:
    demand = TODAY.demand_s
    return (
        option(
            "web-cores", "Eight more cores for the web servers", Made({WEB: 16, DATABASE: 8}, demand), 9400, 42,
            "web: 16 cores instead of 8", people,
        ),
        option(
            "third-web", "A third web server", Made({WEB: 12, DATABASE: 8}, demand), 6800, 28,
            "web: 12 cores instead of 8", people,
        ),
        option(
            "sql-cores", "Double the database server", Made({WEB: 8, DATABASE: 16}, demand), 31000, 56,
            "database: 16 cores instead of 8", people,
            why="database is 29 % busy at 150 people; web is the limit and stays it",
        ),
        option(
            "faster-web", "Web servers of the newest generation", Made({WEB: 8, DATABASE: 8}, {**demand, WEB: 0.28}),
            14500, 70, "web: 1.5 times as fast", people,
        ),
    )  # fmt: skip


def purchase(bought: Mapping[str, int], made: Made, price: float, days: int, people: int) -> Purchase:
    after = made.outlook(people)
    return Purchase(bought, price, days, after.carries, after.safe_people)


@cache
def buy() -> Advice:
    """The web servers are the limit; eight more cores carry the launch, the database would buy nobody."""
    people = 220
    today = TODAY.outlook(people)
    cores = purchase({"web-cores": 1}, Made({WEB: 16, DATABASE: 8}, TODAY.demand_s), 9400, 42, people)
    third = purchase({"third-web": 1}, Made({WEB: 12, DATABASE: 8}, TODAY.demand_s), 6800, 28, people)
    both = purchase({"web-cores": 1, "sql-cores": 1}, Made({WEB: 16, DATABASE: 16}, TODAY.demand_s), 40400, 56, people)
    return Advice(
        plan="stepped",
        environment="acceptance",
        simulated=False,
        cloud=False,
        conclusion="buy",
        sentence="Launch after buying Eight more cores for the web servers: carries 280 to 330 people, 220 planned; "
        "EUR 9,400, 6 weeks; risk: 3% that it is not enough, first to wait: Open a record (web).",
        refusal=None,
        people=people,
        measured_people=130.0,
        limits_s=LIMITS,
        steps=(*STEPS[:3], replace(STEPS[3], flaws=("2.4 % of its transactions failed (1 % may)",)), *STEPS[4:]),
        cause="servers",
        cause_text="People wait for the web servers: they were 79 % busy at 150 people, and waiting there grew from "
        "0.02 s to 0.31 s a transaction. The database was 29 % busy.",
        warnings=(
            Warning("hidden_station", "Waiting grows a little faster than the counters explain: look for a lock or a "
                    "connection pool. The lower end of each interval allows for it."),
        ),
        held_out=HeldOut("step-6", 150.0, {"web/open_record": 0.06, "web/quick_find": -0.03, "web/save": 0.02}, -0.01),
        stations=(
            StationState(STATIONS[0], 0.42, 0.79, 201.0),
            StationState(STATIONS[1], 0.16, 0.29, 530.0),
        ),
        today=today,
        after=Made({WEB: 16, DATABASE: 8}, TODAY.demand_s).outlook(people),
        options=options(people),
        purchases=(third, cores, both),
        phases=(
            PhaseAdvice("pilot", 60, "2026-12-14", "yes", 1.0, None, None, None, 3.2),
            PhaseAdvice("sales", 160, "2027-02-01", "no", 0.11, third, 0.96, "2027-01-04", 0.8),
            PhaseAdvice("everybody", 220, "2027-04-01", "no", 0.0, cores, 0.97, "2027-02-18", 1.4),
        ),
        findings=(
            Finding("background", "Work in the background piled up from 150 people on: 12 jobs waited at the begin of "
                    "step-6, 340 at its end.", "CRM administrator",
                    "Move bulk jobs into the night, or give the asynchronous service a server of its own."),
        ),
        currency="EUR",
        growth=0.08,
    )  # fmt: skip


def carries() -> Advice:
    """Everybody fits as it is; nothing was offered."""
    phase = PhaseAdvice("everybody", 110, None, "yes", 0.97, None, None, None, 2.2)
    return replace(
        buy(),
        conclusion="carries",
        people=110,
        phases=(phase,),
        sentence="Launch: 110 people fit on the servers as they are with 97 % confidence (138 would).",
        today=TODAY.outlook(110),
        after=None,
        options=(),
        purchases=(),
        warnings=(),
        findings=(),
    )


def not_enough() -> Advice:
    """More people than anything of the file carries."""
    advice = buy()
    return replace(
        advice,
        conclusion="not_enough",
        people=600,
        after=None,
        phases=(advice.phases[0], PhaseAdvice("everybody", 600, None, "no", 0.0, None, None, None, None)),
        sentence="600 people do not fit with anything of the hardware file: the largest set carries 287.",
    )


def not_hardware() -> Advice:
    """People wait for a lock."""
    advice = buy()
    why = "no server is what people wait for"
    lock = Finding(
        "lock",
        "Throughput stopped growing while servers were idle.",
        "Database administrator",
        "Look for blocking: run the script of `crmload counters kit` on the database server during step-5.",
    )
    return replace(
        advice,
        conclusion="not_hardware",
        cause="lock",
        after=None,
        purchases=(),
        sentence="Hardware will not help: people wait for a lock, not for a processor.",
        cause_text="Throughput stopped growing at 105 people while no server was more than 41 % busy.",
        options=tuple(replace(one, useless=True, price_per_person=None, why=why) for one in advice.options),
        phases=tuple(replace(one, cheapest=None, confidence=None, order_by=None) for one in advice.phases),
        findings=(lock,),
    )


def refused() -> Advice:
    """No counters, and nothing saturated: nothing but what was measured."""
    advice = buy()
    why = "without counters nobody can say what it would buy"
    return replace(
        advice,
        conclusion="cannot_tell",
        sentence="Cannot tell what to buy; at least 80 people fit, measured.",
        refusal=Refusal(
            "no_saturation",
            "Cannot tell: waits grew by 4 % from the first step to the last, and no server was counted.",
            "Run the steps again up to more people, with counters from the servers: `crmload counters kit` writes what "
            "the server team needs.",
        ),
        measured_people=80.0,
        today=None,
        after=None,
        stations=(),
        held_out=None,
        purchases=(),
        warnings=(),
        findings=(),
        steps=tuple(replace(one, busy={}) for one in STEPS[:3]),
        options=tuple(
            replace(one, useless=False, why=why, outlook=None, gained=None, price_per_person=None)
            for one in advice.options
        ),
        phases=tuple(
            PhaseAdvice(one.name, one.people, one.date, "cannot_tell", None, None, None, None, None)
            for one in advice.phases
        ),
        cause="unknown",
        cause_text="",
    )


def with_evil_names() -> Advice:
    """Names of a site may hold anything."""
    advice = buy()
    evil = "<script>alert(1)</script> $x_1$ 'Zoë & Sons' " + "w" * 60
    return replace(
        advice,
        plan=evil,
        options=tuple(replace(one, title=evil) for one in advice.options),
        phases=tuple(replace(one, name=evil) for one in advice.phases),
        findings=(Finding(evil, evil, evil, evil),),
        sentence=evil,
    )
