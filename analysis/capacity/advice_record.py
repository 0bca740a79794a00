"""advice.json: written and read again, the same bytes however often a run is advised on."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from analysis.capacity.advice import Advice
from loadtests.errors import DamagedRun

ADVICE_FILE = "advice.json"
_DIGITS = 6
"""Significant ones: more would be noise, and may differ between processors."""
_ADVICE = TypeAdapter(Advice)


def advice_json(advice: Advice) -> str:
    """Everything as data, newline at the end."""
    data = {"schema": advice.schema, **_rounded(_ADVICE.dump_python(advice, mode="json"))}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def read_advice(folder: Path) -> Advice | None:
    """The advice in a run folder; None where nobody asked for any."""
    path = folder / ADVICE_FILE
    try:
        return _ADVICE.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        first = error.errors()[0]
        raise DamagedRun(
            f"this is no advice that can be read: {'.'.join(map(str, first['loc']))}: {first['msg']}",
            next_step="give it anew: `crmload advise` on the same run folder writes it again",
            place=str(path),
        ) from None


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list) else value
