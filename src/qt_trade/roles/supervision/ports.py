"""Finds loopback ports that nobody uses and that no outgoing connection can be given."""

import random
import socket
from contextlib import ExitStack
from pathlib import Path

LOOPBACK = "127.0.0.1"
_LOWEST = 20_000
_EPHEMERAL_USUAL = 32_768
_TRIES = 200


def _ephemeral_lowest() -> int:
    try:
        text = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text()
    except OSError:
        return _EPHEMERAL_USUAL
    return int(text.split()[0])


def spare_ports(count: int, rng: random.Random) -> tuple[int, ...]:
    """Return different free ports below the range for outgoing connections.

    Inside that range a client that keeps knocking at a dead server's port is one day given this
    very port as its own, is connected to itself, and keeps the server from coming back.
    Raises OSError when no port is free.
    """
    highest = max(_ephemeral_lowest(), _LOWEST + 1_000) - 1
    ports: list[int] = []
    with ExitStack() as held:
        for _ in range(_TRIES):
            if len(ports) == count:
                return tuple(ports)
            port = rng.randint(_LOWEST, highest)
            taken = held.enter_context(socket.socket())
            try:
                taken.bind((LOOPBACK, port))
            except OSError:
                continue
            ports.append(port)
    raise OSError(f"no {count} free ports between {_LOWEST} and {highest} on {LOOPBACK}")
