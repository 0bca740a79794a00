"""advice.json: written and read again, the same bytes however often a run is advised on."""

import json
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from analysis.capacity.advice import Advice
from analysis.capacity.rounding import significant
from loadtests.errors import DamagedRun
from loadtests.results.run_folder import ADVICE_FILE

_ADVICE = TypeAdapter(Advice)


def advice_json(advice: Advice) -> str:
    """Everything as data, newline at the end."""
    data = {"schema": advice.schema, **significant(_ADVICE.dump_python(advice, mode="json"))}
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
