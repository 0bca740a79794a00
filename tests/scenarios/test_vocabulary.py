"""Which channel plays which verb: said once, borne out by the channels' methods."""

import subprocess
import sys
from pathlib import Path

from loadtests.config.vocabulary import EVERYWHERE, VERBS, lacking, verbs_of
from scenarios.verbs import VERBS as STEPS

PROJECT = Path(__file__).resolve().parents[2]

COMPARE = """
from scenarios.channels import CHANNELS
from scenarios.channels.base import Channel
from scenarios.verbs import VERBS
from loadtests.config.vocabulary import EVERYWHERE, PLAYS
assert set(CHANNELS) == set(PLAYS), (set(CHANNELS), set(PLAYS))
for name, channel in CHANNELS.items():
    for step in VERBS:
        method = step.played_by or step.verb
        if step.verb not in EVERYWHERE:
            own = getattr(channel, method) is not getattr(Channel, method)
            assert own == (step.verb in PLAYS[name]), f"{name}: {step.verb}: own method {own}"
"""


def test_every_channel_has_a_method_for_each_verb_that_it_plays_and_for_no_other() -> None:
    child = subprocess.run(
        [sys.executable, "-c", COMPARE], check=False, cwd=PROJECT, capture_output=True, text=True, timeout=60
    )
    assert child.returncode == 0, child.stderr[-2000:]


def test_every_verb_of_the_vocabulary_is_a_step_and_the_other_way_round() -> None:
    assert {step.verb for step in STEPS} == VERBS
    assert EVERYWHERE < VERBS


def test_the_verbs_of_a_journey_are_read_off_its_file() -> None:
    steps = ["sign_out", {"open_view": "contact", "view": "Mine", "think": 3}, {"think": 4}, {"as": "x", "new": "task"}]
    assert verbs_of({"steps": steps}) == {"sign_out", "open_view", "think", "new"}
    assert verbs_of({"steps": "nonsense"}) == set()


def test_a_channel_lacks_what_it_does_not_play_and_an_unknown_one_lacks_all() -> None:
    assert lacking("web", {"steps": [{"save": "deal"}]}) == []
    assert lacking("telephone", {"steps": [{"save": "deal"}, "open_home"]}) == ["open_home", "save"]


def test_what_is_done_away_from_the_network_is_wanted_of_no_channel() -> None:
    steps = ["sync", "go_offline", {"open_view": "task", "view": "Mine"}, "come_back", {"save": "it"}]
    assert verbs_of({"steps": steps}) == {"sync", "go_offline", "come_back", "save"}
