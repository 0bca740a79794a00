"""What a gate once said, as a line that is kept beside the baseline."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from analysis.gate.result import Gate


class PastGate(BaseModel):
    """One line of gates.jsonl."""

    model_config = ConfigDict(extra="ignore")

    judged_utc: str
    runs: list[str]
    """Names of the candidate's run folders."""
    label: str = ""
    """The build or release, as CI calls it."""
    verdict: Literal["pass", "fail", "inconclusive"]
    sentence: str

    @classmethod
    def of(cls, gate: Gate, label: str, judged: datetime) -> Self:
        """What `gate` says of the build `label`, judged now."""
        return cls(
            judged_utc=judged.isoformat(timespec="seconds"),
            runs=gate.candidate_runs,
            label=label,
            verdict=gate.verdict,
            sentence=gate.sentence,
        )
