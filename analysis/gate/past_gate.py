"""What a gate once said, as a line that is kept beside the baseline."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


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
