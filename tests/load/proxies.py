"""What a tester's way may lead through: proxy.py, which we did not write, and a socket that answers as told."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

USER, PASSWORD = "contoso-tester", "let me through"
_STARTS_WITHIN_S = 60.0


@contextmanager
def proxy_py(folder: Path, *, signs_in: bool = False, plug_in: str = "") -> Iterator[tuple[str, Path]]:
    """The proxy's URL and its log, a line for each tunnel once that is closed. `signs_in`: USER and PASSWORD alone."""
    port_file, log = folder / "port", folder / "proxy.log"
    arguments = ["--hostname", "127.0.0.1", "--port", "0", "--port-file", str(port_file), "--log-file", str(log)]
    arguments += ["--num-workers", "1", "--num-acceptors", "1", "--data-dir", str(folder / "data")]
    arguments += ["--basic-auth", f"{USER}:{PASSWORD}"] if signs_in else []
    arguments += ["--plugins", plug_in] if plug_in else []
    process = subprocess.Popen(  # in a group of its own: it starts a process for each acceptor
        [sys.executable, "-m", "proxy", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = monotonic() + _STARTS_WITHIN_S
        while not (port_file.is_file() and port_file.read_text().strip()):
            assert process.poll() is None and monotonic() < until, "proxy.py did not start"
            sleep(0.05)
        yield f"http://127.0.0.1:{int(port_file.read_text().split()[0])}", log
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def answering(*answers: bytes | None) -> Iterator[tuple[str, list[bytes]]]:
    """Each connection gets the next answer (the last one again and again) and is closed; None: it waits for ever.

    Gives the URL and what was asked."""
    asked: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def serve() -> None:
        count = 0
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                answer = answers[min(count, len(answers) - 1)]
                count += 1
                asked.append(connection.recv(65_536))
                if answer is None:
                    held.append(connection)
                    continue
                with suppress(OSError):
                    connection.sendall(answer)
                connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in held:
            connection.close()
        thread.join(5)
