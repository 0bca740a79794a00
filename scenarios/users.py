"""The Locust user classes, one a channel: what `locustfile.py` loads."""

from typing import ClassVar

from loadtests.load.open_work import Answer
from loadtests.load.person import Person
from loadtests.load.user import PersonUser
from scenarios.channels import CHANNELS
from scenarios.session import live
from scenarios.site import Site
from scenarios.training import Trainers
from scenarios.visits import Visits


class ChannelUser(PersonUser):
    """A person on the channel that the class names."""

    abstract = True

    def live(self, person: Person) -> None:
        """Sessions until the run ends."""
        site = self.process.shared(Site.of)
        live(person, CHANNELS[self.channel](person, site), site)

    def answering(self, person: Person) -> Answer:
        """Visits, each when called."""
        site, trainers = self.process.shared(Site.of), self.process.shared(Trainers)
        return Visits(person, CHANNELS[self.channel](person, site), site, trainers).answer


class WebUser(ChannelUser):
    """Somebody on the web client in the office."""

    channel: ClassVar[str] = "web"


class IfdUser(ChannelUser):
    """Somebody on the web client from the internet."""

    channel: ClassVar[str] = "ifd"


class OutlookUser(ChannelUser):
    """Somebody in Outlook with the add-in."""

    channel: ClassVar[str] = "outlook"


class MobileUser(ChannelUser):
    """Somebody on a phone or tablet."""

    channel: ClassVar[str] = "mobile"
