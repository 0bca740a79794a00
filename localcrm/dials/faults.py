"""The faults dial: what goes wrong on purpose, for which requests, how often or when. Seeded, and counted."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

FaultKind = Literal["slow", "error", "reset", "expired-token", "throttle", "stall", "truncate"]

PLACES = ("cloud-9.2", "onprem-9.1", "ifd-9.1", "adfs", "entra", "discovery")
"""What a rule's ``flavour`` may name."""


class FaultRule(BaseModel):
    """One thing that goes wrong.

    Which requests: those whose path (as in the access log), user, method and flavour fit (``*`` and ``?`` stand for
    anything), ``rate`` of them, ``times`` at most. When: ``after`` seconds from the moment the rule is set, for
    ``for`` seconds (without it: from then on).

    ``slow`` adds ``seconds`` to the answer; ``error`` answers ``status``, with ``Retry-After`` if ``retry_after`` is
    given; ``throttle`` answers 429; ``reset`` cuts the connection without an answer; ``truncate`` in the middle of it;
    ``expired-token`` treats whatever signed the caller in as expired; ``stall`` lets the whole server answer nothing
    for ``seconds``. With ``work_done`` a request is carried out before it fails (``error``, ``reset``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    kind: FaultKind
    path: str = "*"
    user: str = "*"
    method: str = "*"
    flavour: str = "*"
    rate: Annotated[float, Field(ge=0, le=1)] = 1.0
    times: Annotated[int, Field(ge=1)] | None = None
    after: Annotated[float, Field(ge=0)] = 0.0
    lasting: Annotated[float, Field(gt=0)] | None = Field(default=None, alias="for")
    seconds: Annotated[float, Field(ge=0, le=3600)] = 1.0
    status: Annotated[int, Field(ge=400, le=599)] = 503
    retry_after: Annotated[int, Field(ge=0)] | None = None
    work_done: bool = False

    @field_validator("flavour")
    @classmethod
    def _fits_some(cls, pattern: str) -> str:
        if not any(fnmatchcase(place, pattern.lower()) for place in PLACES):
            raise ValueError(f"fits no request: write one of {', '.join(PLACES)} (* and ? stand for anything)")
        return pattern


class FaultList(BaseModel):
    """What a faults file or a control request holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    faults: tuple[FaultRule, ...] = ()
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Asking:
    """What the rules see of a request."""

    path: str
    user: str
    method: str
    flavour: str


class _Dial:
    """One rule with its own luck and its counts."""

    def __init__(self, rule: FaultRule, luck: random.Random) -> None:
        self.rule = rule
        self.matched = 0
        self.happened = 0
        self._luck = luck

    def strikes(self, asking: Asking, since: float) -> bool:
        """Whether this request is hit, ``since`` seconds after the rule was set."""
        rule = self.rule
        end = float("inf") if rule.lasting is None else rule.after + rule.lasting
        if rule.kind == "stall" or not rule.after <= since < end:
            return False
        values = ((asking.path, rule.path), (asking.user, rule.user), (asking.flavour, rule.flavour))
        if not all(fnmatchcase(value.lower(), pattern.lower()) for value, pattern in values):
            return False
        if not fnmatchcase(asking.method, rule.method.upper()):
            return False
        self.matched += 1
        # One draw for each request that matches: the n-th is hit or not whatever happened to the others.
        is_hit = self._luck.random() < rule.rate
        if not is_hit or (rule.times is not None and self.happened >= rule.times):
            return False
        self.happened += 1
        return True


class Faults:
    """The rules in force. For the one thread that runs the event loop."""

    def __init__(self, wanted: FaultList, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.set(wanted)

    def set(self, wanted: FaultList) -> None:
        """Replace all rules; their clocks, luck and counts begin anew."""
        self._set_at = self._clock()
        self.wanted = wanted
        self._dials = [
            _Dial(rule, random.Random(f"{wanted.seed}/{number}")) for number, rule in enumerate(wanted.faults)
        ]

    @property
    def asks_for_users(self) -> bool:
        """Whether any rule is about certain users only."""
        return any(dial.rule.user != "*" for dial in self._dials)

    def choose(self, asking: Asking) -> Sequence[FaultRule]:
        """What happens to this request, in the order of the rules."""
        since = self._clock() - self._set_at
        return [dial.rule for dial in self._dials if dial.strikes(asking, since)]

    def stalled_for(self) -> float:
        """Seconds until the server answers again; 0 when no stall is on."""
        since = self._clock() - self._set_at
        return max((dial.rule.after + dial.rule.seconds - since for dial in self._stalls()), default=0.0)

    def count_stalled(self) -> None:
        """Note that a request was held by the stall that is on."""
        for dial in self._stalls():
            dial.matched += 1
            dial.happened += 1

    def _stalls(self) -> list[_Dial]:
        since = self._clock() - self._set_at
        stalls = [dial for dial in self._dials if dial.rule.kind == "stall"]
        return [dial for dial in stalls if dial.rule.after <= since < dial.rule.after + dial.rule.seconds]

    def show(self) -> dict[str, Any]:
        """The rules with their counts: requests that a rule matched, and those it hit."""
        rules = [
            dial.rule.model_dump(exclude_defaults=True, by_alias=True)
            | {"matched": dial.matched, "happened": dial.happened}
            for dial in self._dials
        ]
        return {"seed": self.wanted.seed, "faults": rules}


def parse(model: type[BaseModel], body: bytes) -> Any:
    """A control request's JSON as a dial's settings. Raises ValueError with every problem."""
    try:
        return model.model_validate(json.loads(body))
    except ValidationError as error:
        details = ("{}: {}".format(".".join(map(str, one["loc"])), one["msg"]) for one in error.errors())
        raise ValueError("; ".join(details)) from None
