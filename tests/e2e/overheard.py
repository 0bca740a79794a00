"""`crmload` whose workers reach their master by a relay that writes down every byte: `overheard OUT ARGUMENTS`.

Everything else is the command itself, with its own processes.
"""

import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from loadtests.cli.main import entry
from loadtests.launch import locust_children
from loadtests.launch.processes import Child


class Relay:
    """Passes bytes between workers and master, and keeps a copy."""

    def __init__(self, port: int, record: Path) -> None:
        self._to = port
        self._lock = threading.Lock()
        self._record = record.open("ab", buffering=0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            worker, _ = self._listener.accept()
            try:
                master = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                worker.close()  # the master is not up yet: ZeroMQ tries again
                continue
            for source, target in ((worker, master), (master, worker)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                with self._lock:
                    self._record.write(data)
                target.sendall(data)
        except OSError:
            pass
        finally:
            source.close()
            target.close()


RECORD = Path(sys.argv.pop(1))
RELAYS: list[Relay] = []


class OverheardChild(Child):
    """A child process; a worker is sent to the relay."""

    def __init__(self, arguments: Sequence[str], log: Path, *, cwd: Path) -> None:
        told = list(arguments)
        if "--worker" in told:
            at = told.index("--master-port") + 1
            if not RELAYS:
                RELAYS.append(Relay(int(told[at]), RECORD))
            told[at] = str(RELAYS[0].port)
        super().__init__(told, log, cwd=cwd)


setattr(locust_children, "Child", OverheardChild)  # noqa: B010  (an import of that module, to the type checker)
sys.argv[0] = "crmload"
entry()
