"""A pause that an event can end early, for people who take very many of them."""

from gevent import get_hub
from gevent.event import Event
from gevent.hub import Waiter

from loadtests.load.client.waking import waking_of

SHORTEST_S = 0.00005
"""What is shorter is no pause, only a turn: everybody else acts first. A timer takes as long."""


def nap(seconds: float, until: Event) -> bool:
    """Pause this greenlet; True when the event is set, and then it pauses no longer.

    `Event.wait(seconds)` does the same for several times the processor time: it makes, raises and catches an exception
    for each pause that nothing ends. And people whose pauses end at the same moment act in turns, as those whose answer
    has come: what they do would be in the time of answers that lie there unread.
    """
    if until.is_set():
        return True
    hub = get_hub()
    waiter, waking = Waiter(hub), waking_of(hub)
    if seconds < SHORTEST_S:
        waking.later(waiter.switch)
        waiter.get()
        return bool(until.is_set())
    timer = hub.loop.timer(seconds)
    until.rawlink(waiter.switch)
    try:
        # Counted from now: gevent's clock stands still while greenlets run; after a burst a pause would be short.
        timer.start(waking.later, waiter.switch, update=True)
        waiter.get()
    finally:
        timer.close()
        until.unlink(waiter.switch)
    return bool(until.is_set())
