"""For `test_long_line`: a server here, a client at the other end of a line; processes of their own.

`python -m tests.long_line RTT_S` prints, as JSON, what the client's transaction took and how the network saw it.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measuring.line import line_between, two_places
from loadtests.config.environment import origin_of
from loadtests.load.http import HttpClient, Request
from loadtests.results.waves import Example
from tests.load.https_server import https_server


def serve(rtt_s: float) -> None:
    """The near end."""
    with (
        tempfile.TemporaryDirectory() as folder,
        two_places() as (near, far),
        https_server(Path(folder)) as server,
        line_between(near, far, rtt_s, 0.0, server.port) as address,
    ):
        client = [sys.executable, "-m", "tests.long_line", address, str(server.ca_file), server.url("/")]
        subprocess.run(["ip", "netns", "exec", far, *client], check=True)


def visit(address: str, ca_file: str, url: str) -> None:
    """The far end: one request, then twelve at once, then one."""
    client = HttpClient(
        allowed=frozenset({origin_of(url)}), ca_file=Path(ca_file), connect_to=address, observer=lambda response: None
    )
    client.traffic.waves = []
    begun = time.perf_counter()
    for count in (1, 12, 1):
        answers = client.send_all([Request("GET", url, "GET it")] * count)
        assert all(answer.status == 200 for answer in answers)
    elapsed_us = int((time.perf_counter() - begun) * 1e6)
    waves = tuple(client.traffic.waves)
    example = Example("web/it/first", elapsed_us, client.traffic.connect_us, waves)
    print(json.dumps({**example.to_fields(), "round_trips": client.traffic.total.round_trips}))
    client.close()


if __name__ == "__main__":
    if len(sys.argv) == 2:
        serve(float(sys.argv[1]))
    else:
        visit(*sys.argv[1:])
