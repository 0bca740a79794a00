"""The Locust user classes, one a channel: what `locustfile.py` loads."""

from typing import ClassVar
from weakref import WeakKeyDictionary

from loadtests.load.person import Person
from loadtests.load.process import LoadProcess
from loadtests.load.user import PersonUser
from scenarios.channels import CHANNELS
from scenarios.session import live
from scenarios.site import Site

_SITES: WeakKeyDictionary[LoadProcess, Site] = WeakKeyDictionary()
"""The site of each run of this process: read once, shared by all its people."""


class ChannelUser(PersonUser):
    """A person on the channel that the class names."""

    abstract = True

    def live(self, person: Person) -> None:
        """Sessions until the run ends."""
        process = self.process
        assert process is not None
        site = _SITES.get(process)
        if site is None:
            site = _SITES[process] = Site.of(person.plan)
        live(person, CHANNELS[self.channel](person, site), site)


class WebUser(ChannelUser):
    """Somebody on the web client in the office."""

    channel: ClassVar[str] = "web"


class IfdUser(ChannelUser):
    """Somebody on the web client from the internet."""

    channel: ClassVar[str] = "ifd"
