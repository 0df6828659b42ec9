"""The work behind ``qtrade watch``."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from qt_trade.cli import attach
from qt_trade.cli.console import complain, out, print_json, to_json
from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.cli.options import Target
from qt_trade.contract.bus import Batch, Bus, Change
from qt_trade.contract.endpoints import Command, Document, Endpoint, Feed, Log
from qt_trade.contract.link import Link, LinkPhase
from qt_trade.contract.registry import KEYS

_WAITING = 1000
"""Messages kept for a terminal that does not keep up; older ones are dropped."""


def find_endpoint(key: str) -> tuple[Endpoint[Any], str]:
    """Return the endpoint a key belongs to and the part that fills its braces.

    Raises RefusalError when the contract has no such key, or a family's part is missing.
    """
    for endpoint in KEYS:
        head = endpoint.name.partition("{")[0]
        if endpoint.family and isinstance(endpoint, Feed) and key == head.rstrip(":"):
            return endpoint, "*"
        if endpoint.family and key.startswith(head) and key != head:
            return endpoint, key.removeprefix(head)
        if endpoint.family and key == head.rstrip(":"):
            raise RefusalError(f"{key}: say which one, as in {endpoint.name}", USAGE)
        if key == endpoint.name and not endpoint.family:
            return endpoint, ""
    names = ", ".join(endpoint.name for endpoint in KEYS if not isinstance(endpoint, Command))
    raise RefusalError(f"{key} is no key of the contract; there are: {names}", USAGE)


def run(key: str, count: int, target: Target, *, as_json: bool) -> None:
    """Print until ``count`` messages were seen, or for ever."""
    endpoint, part = find_endpoint(key)
    if isinstance(endpoint, Command):
        words = f"{key} is a command: it is answered, not watched; see `qtrade order`"
        raise RefusalError(words, USAGE)
    with contextlib.suppress(KeyboardInterrupt):
        attach.run(lambda: _watch(endpoint, part, count, target, as_json=as_json))


async def _watch(
    endpoint: Endpoint[Any], part: str, count: int, target: Target, *, as_json: bool
) -> None:
    seen: asyncio.Queue[Any] = asyncio.Queue(_WAITING)
    async with attach.attached(target) as bus:
        bus.on_link(_tell_losses())
        await _listen(bus, endpoint, part, seen)
        shown = 0
        while count == 0 or shown < count:
            value = await seen.get()
            if as_json:
                print_json(value)
            else:
                out.print_json(to_json(value))
            shown += 1


def _tell_losses() -> Callable[[Link], None]:
    """Return a watcher of the link that says when it is lost and when it is back."""
    lost = False

    def on_link(link: Link) -> None:
        nonlocal lost
        if link.phase is LinkPhase.RECONNECTING and not lost:
            complain(f"the connection is lost ({link.last_error}); trying again until Ctrl-C")
        elif link.connected and lost:
            complain("connected again")
        lost = not link.connected and link.phase is not LinkPhase.CLOSED

    return on_link


def _put(seen: asyncio.Queue[Any], value: Any) -> None:
    if seen.full():
        seen.get_nowait()
    seen.put_nowait(value)


async def _listen(bus: Bus, endpoint: Endpoint[Any], part: str, seen: asyncio.Queue[Any]) -> None:
    def on_change(change: Change[Any]) -> None:
        if change.error is not None:
            _put(seen, {"key": change.key, "error": str(change.error)})
        else:
            _put(seen, change.value)

    def on_batch(batch: Batch[Any]) -> None:
        for entry in batch.entries:
            _put(seen, entry.value)

    match endpoint:
        case Document():
            await bus.watch(endpoint, on_change, part)
        case Feed():
            await bus.subscribe(endpoint, lambda value: _put(seen, value), part, every=True)
        case Log():
            await bus.follow(endpoint, on_batch, part, last=endpoint.cap)
        case _:
            raise RefusalError(f"{endpoint.name} cannot be watched", USAGE)
