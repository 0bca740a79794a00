"""Connections to one address, each carried on to loopback: `python -m benchmarks.measuring.relay ADDRESS PORT`.

The local CRM listens on loopback only, and that is well; a line's near end is another address. What came from a.b.c.N
comes on from 127.0.1.N (Linux has all of 127/8), so that the CRM's log still tells callers apart.
"""

import asyncio
import sys


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    except OSError:
        pass
    finally:
        sink.close()


def _source(caller: asyncio.StreamWriter) -> str:
    return "127.0.1." + str(caller.get_extra_info("peername")[0]).rpartition(".")[2]


async def relay(address: str, port: int) -> None:
    """Carry connections until ended."""

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(_source(writer), 0))
        await asyncio.gather(_pump(reader, onward_writer), _pump(onward_reader, writer))

    server = await asyncio.start_server(accepted, address, port)
    print("relay is up", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(relay(sys.argv[1], int(sys.argv[2])))
