"""What the clients with a local copy have in common: they can leave the network and come back."""

from abc import abstractmethod
from typing import ClassVar

from loadtests.load.http import Request
from loadtests.load.person import Person
from scenarios.channels.base import Channel
from scenarios.channels.uci_requests import UciRequests
from scenarios.offline.away import Away
from scenarios.offline.device import Device
from scenarios.site import Site


class PortableChannel(Channel):
    """A channel on a device that takes work along."""

    _requests: UciRequests
    looks: ClassVar[bool] = False
    """Whether the client looks for changes before anything was taken along."""

    def __init__(self, person: Person, site: Site) -> None:
        super().__init__(person, site)
        self._device = Device(person, site, lambda: self._requests, self._profile, looks=self.looks)

    @abstractmethod
    def _profile(self) -> list[Request]:
        """The requests by which this client asks what to take along."""

    def _begin_background(self) -> None:
        """The client is up: from now on it also works by itself."""
        background = self.person.begin_background()
        interval = self._device.interval_s * self.person.plan.think_time_factor
        background.every(interval, lambda: self._device.in_background(background))

    @property
    def away(self) -> Away | None:
        """The copy, while there is no network."""
        return self._device.desk if self._device.away else None

    @property
    def sync_due(self) -> str:
        """`sync_first` until the first download has come to its end."""
        return self._device.due

    def sync(self) -> None:
        """Push what waits, then read what changed, table by table."""
        self._device.sync()

    def go_offline(self) -> None:
        """A synchronisation, and the network is gone."""
        self._device.go_offline()

    def come_back(self) -> None:
        """The network is there again, and a synchronisation."""
        self._device.come_back()
