"""A network line that breaks on demand: a TCP forwarder whose connections are all cut at once, and that stays down."""

from typing import Any

import gevent
from gevent import socket
from gevent.server import StreamServer

_CHUNK = 65536


class BreakingLine:
    """Forwards `127.0.0.1:port` to another port of this machine until it is told to break."""

    def __init__(self, target_port: int) -> None:
        self._target = ("127.0.0.1", target_port)
        self._open: list[Any] = []
        self._left: int | None = None
        self._order = 0
        self._deaf = self._silent = False
        self.down = False
        self.broken = 0
        """How often it broke."""
        self._server = StreamServer(("127.0.0.1", 0), self._serve)
        self._server.start()

    @property
    def address(self) -> str:
        """`host:port`, as an entrance's `connect_to` wants it."""
        return f"127.0.0.1:{self._server.server_port}"

    def break_after(self, packets: int, *, deaf: bool) -> None:
        """Break when so many more packets have come from the client. `deaf`: the last one still arrives, and what the
        server says to it does not."""
        self._left, self._deaf = packets, deaf

    def mend(self) -> None:
        """Up again, until the next order."""
        self.down, self._silent, self._left = False, False, None
        self._order += 1

    def close(self) -> None:
        """End it."""
        self._cut()
        self._server.stop()

    def _serve(self, client: Any, _: object) -> None:
        if self.down:
            client.close()
            return
        server = socket.create_connection(self._target)
        self._open += [client, server]
        back = gevent.spawn(self._forward, server, client, is_client=False)
        self._forward(client, server, is_client=True)
        back.join()

    def _forward(self, source: Any, sink: Any, *, is_client: bool) -> None:
        try:
            while data := source.recv(_CHUNK):
                if is_client and self._left is not None:
                    self._left -= 1
                    if self._left < 0:
                        order = self._order
                        if self._deaf:
                            self._silent = True
                            sink.sendall(data)
                            # Long enough for the server to have read it; it answers into nothing.
                            gevent.sleep(0.2)
                        if order == self._order:
                            self._break()
                        return
                elif not is_client and self._silent:
                    continue
                sink.sendall(data)
        except OSError:
            pass
        finally:
            source.close()
            sink.close()

    def _break(self) -> None:
        self.broken += 1
        self._order += 1
        self.down, self._left = True, None
        self._cut()

    def _cut(self) -> None:
        for end in self._open:
            end.close()
        self._open.clear()
