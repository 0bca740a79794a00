"""A TCP connection to where a URL leads, outside the load: by another address, or through the proxy, as people go."""

import socket

from loadtests.load.client.route import Route
from loadtests.load.tunnel import not_reached, open_tunnel


def dial(route: Route, host: str, port: int, within_s: float) -> socket.socket:
    """Connected, or in a tunnel. OSError when nobody answers; `NoWay` when it is the proxy's fault."""
    gateway, target = route.gateway_to(host), route.dialled(host, port)
    if gateway is None:
        return socket.create_connection(target, within_s)
    try:
        plain = socket.create_connection(gateway.proxy.address, within_s)
    except TimeoutError:
        raise not_reached(gateway.proxy, None) from None
    except OSError as error:
        raise not_reached(gateway.proxy, error) from None
    try:
        open_tunnel(plain, *target, gateway, within_s)
    except BaseException:
        plain.close()
        raise
    return plain
