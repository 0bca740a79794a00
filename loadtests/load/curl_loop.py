"""libcurl's multi-socket interface driven by gevent: transfers wait without blocking other people.

libcurl says which sockets it waits for and when it wants to be called (CURLMOPT_SOCKETFUNCTION and
CURLMOPT_TIMERFUNCTION); watchers and a timer of gevent's hub call it back. Nothing here blocks, so all of it may run in
the hub.
"""

from collections.abc import Callable
from typing import Any

import pycurl
from gevent import get_hub

_READ, _WRITE = 1, 2
_EVENTS = {pycurl.POLL_IN: _READ, pycurl.POLL_OUT: _WRITE, pycurl.POLL_INOUT: _READ | _WRITE}

Done = Callable[[int, str], None]
"""Called once with libcurl's result code (0: well) and its error text."""


class CurlLoop:
    """The transfers of one person: at most `per_host` connections to a host; others wait, as in a browser."""

    def __init__(self, per_host: int) -> None:
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, per_host)
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_NOTHING)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._watchers: dict[int, Any] = {}
        self._timer: Any = None
        self._waiting: dict[pycurl.Curl, Done] = {}

    def start(self, handle: pycurl.Curl, done: Done) -> None:
        """Begin a transfer; `done` is called in the hub when it has ended."""
        self._waiting[handle] = done
        self._multi.add_handle(handle)

    def cancel(self, handle: pycurl.Curl) -> None:
        """End a transfer whose answer nobody waits for; its connection is closed."""
        if self._waiting.pop(handle, None) is not None:
            self._multi.remove_handle(handle)

    def close(self) -> None:
        """End all transfers and close all connections."""
        for handle in list(self._waiting):
            self.cancel(handle)
        self._set_timer(-1)
        self._multi.close()
        for watcher in self._watchers.values():
            watcher.stop()
            watcher.close()
        self._watchers.clear()

    def _watch(self, what: int, descriptor: int, multi: object, data: object) -> None:
        old = self._watchers.pop(descriptor, None)
        if old is not None:
            old.stop()
            old.close()
        if what != pycurl.POLL_REMOVE:
            watcher = get_hub().loop.io(descriptor, _EVENTS[what])
            watcher.start(self._ready, descriptor, watcher, pass_events=True)
            self._watchers[descriptor] = watcher

    def _set_timer(self, milliseconds: int) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None
        if milliseconds >= 0:
            self._timer = get_hub().loop.timer(milliseconds / 1000)
            self._timer.start(self._timed_out)

    def _ready(self, events: int, descriptor: int, watcher: object) -> None:
        mask = (pycurl.CSELECT_IN if events & _READ else 0) | (pycurl.CSELECT_OUT if events & _WRITE else 0)
        self._multi.socket_action(descriptor, mask)
        self._collect()

    def _timed_out(self) -> None:
        self._set_timer(-1)
        self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._collect()

    def _collect(self) -> None:
        while True:
            left, good, bad = self._multi.info_read()
            for handle, code, text in [(h, 0, "") for h in good] + list(bad):
                self._multi.remove_handle(handle)
                done = self._waiting.pop(handle, None)
                if done is not None:
                    done(code, text)
            if not left:
                return
