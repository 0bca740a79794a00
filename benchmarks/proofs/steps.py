"""Resumable proofs: each step's result is kept until the proof is complete, so that a stopped proof goes on."""

import json
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "results" / "proofs"

Result = dict[str, str | int | bool]


class Steps:
    """The steps of one proof."""

    def __init__(self, name: str) -> None:
        self._path = FOLDER / f"{name}.jsonl"
        FOLDER.mkdir(parents=True, exist_ok=True)
        self._done: dict[str, Result] = {}
        if self._path.is_file():
            for line in self._path.read_text(encoding="utf-8").splitlines():
                kept = json.loads(line)
                self._done[kept["step"]] = kept["result"]
            print(f"going on after {', '.join(self._done)} (from the start: delete {self._path})")

    def step(self, name: str, work: Callable[[], Result]) -> Result:
        """The step's result: kept from an earlier try, or worked out now."""
        if name not in self._done:
            print(f"== {name}", flush=True)
            self._done[name] = work()
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"step": name, "result": self._done[name]}) + "\n")
        return self._done[name]

    def complete(self) -> None:
        """All is done: the next try begins anew."""
        self._path.unlink(missing_ok=True)
