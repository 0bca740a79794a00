"""The rates an hour that the role files tell are those of the plan for the launch."""

import re
from pathlib import Path

import pytest

from loadtests.config.document import load_yaml
from loadtests.config.vocabulary import lacking

PROJECT = Path(__file__).parents[2]
LINE = re.compile(r"^  (\w+): (\d+) +# ([\d.]+) an hour (on the web|in Outlook|on phones)$", re.MULTILINE)
CHANNELS = {"on the web": "web", "in Outlook": "outlook", "on phones": "mobile"}
ROLES = sorted((PROJECT / "configs" / "roles").glob("*.yaml"))


JOURNEYS = {path.stem: load_yaml(path).data for path in (PROJECT / "scenarios" / "journeys").glob("*.yaml")}
PLAN = load_yaml(PROJECT / "configs" / "plans" / "prelaunch.yaml").data


@pytest.mark.parametrize("path", ROLES, ids=lambda path: path.stem)
def test_a_roles_rates_are_the_launch_plans_pace_shared_by_weight(path: Path) -> None:
    role = load_yaml(path).data
    told = {name: (float(rate), where) for name, _, rate, where in LINE.findall(path.read_text(encoding="utf-8"))}
    assert set(told) == set(role["journeys"]), "every journey tells how often an hour it is done"
    for name, (rate, where) in told.items():
        channel = CHANNELS[where]
        played = {j: weight for j, weight in role["journeys"].items() if not lacking(channel, JOURNEYS[j])}
        assert name in played, f"{name} is not played {where}"
        assert rate == pytest.approx(PLAN["pace"][role["role"]] * played[name] / sum(played.values()), abs=0.051)
