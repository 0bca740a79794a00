"""A class: everybody does the same step at once, each time that the trainer says go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from loadtests.config.day import Training
from loadtests.config.resolved import ResolvedPlan
from loadtests.load.outcomes import NotOk
from loadtests.load.person import Person
from scenarios.channels.base import Channel
from scenarios.engine import Engine
from scenarios.journey import Step
from scenarios.site import Site


@dataclass(slots=True)
class Trainer:
    """Says go on the beat of the run's clock, as soon as everybody waits for it.

    Several processes share a class without a word between them: they have the same clock, and so the same beats.
    """

    training: Training
    ends_s: float
    """No round begins after this moment of the run."""
    _present: int = 0
    _waiting: int = 0
    _said: dict[int, bool] = field(default_factory=dict)
    """Beat -> whether the trainer said go; what one heard, all heard."""

    def come_in(self) -> None:
        """Somebody sits down."""
        self._present += 1

    def go_out(self) -> None:
        """Somebody leaves."""
        self._present -= 1

    def wait_for_go(self, person: Person) -> None:
        """Wait until the trainer says go. Raises `RunEnding` when it is time to go home."""
        self._waiting += 1
        try:
            while True:
                beat = int(person.elapsed // self.training.every) + 1
                person.wait(beat * self.training.every - person.elapsed)
                if self._said.setdefault(beat, self._waiting == self._present):
                    return
        finally:
            self._waiting -= 1


class Trainers(Mapping[str, Trainer]):
    """The classes of a plan by name, one trainer a process."""

    def __init__(self, plan: ResolvedPlan) -> None:
        lengths = {stage.name: stage.length_s for stage in plan.stages}
        self._trainers = {
            training.name: Trainer(training, plan.stage_start(training.during) + lengths[training.during])
            for training in plan.training
        }

    def __getitem__(self, name: str) -> Trainer:
        return self._trainers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._trainers)

    def __len__(self) -> int:
        return len(self._trainers)


class ClassEngine(Engine):
    """Plays steps; between two of them one waits for the trainer instead of thinking."""

    def __init__(self, person: Person, channel: Channel, site: Site, trainer: Trainer) -> None:
        super().__init__(person, channel, site)
        self._trainer = trainer
        self.goes = 0
        """How often this person heard go."""

    def pause_after(self, step: Step) -> None:
        """Wait for the next go, whatever the step."""
        self.wait_for_go()

    def wait_for_go(self) -> None:
        """Wait for the next go."""
        self._trainer.wait_for_go(self._person)
        self.goes += 1


def attend(trainer: Trainer, person: Person, channel: Channel, site: Site, *, first: bool) -> None:
    """Sit in the class from the common sign-in to its end. Raises `RunEnding` when the run ends before."""
    engine = ClassEngine(person, channel, site, trainer)
    journey = site.journeys[trainer.training.journey]
    trainer.come_in()
    ended = False
    person.begin_session(first)
    channel.begin()
    try:
        engine.wait_for_go()
        engine.sign_in()
        while person.elapsed < trainer.ends_s:
            next_round = engine.goes + len(journey.steps)
            try:
                engine.play(journey)
            except NotOk:
                # They watch until the others are through: the next round begins together.
                while engine.goes < next_round:
                    engine.wait_for_go()
        channel.sign_out()
        ended = True
    except NotOk:
        # Nobody works without having got in; the failure itself is recorded.
        pass
    finally:
        trainer.go_out()
        person.end_session(ended)
        channel.end()
