"""The work behind ``qtrade watch``."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

from qt_trade.cli import attach
from qt_trade.cli.console import RefusalError, out, print_json
from qt_trade.contract.bus import Batch, Bus, Change
from qt_trade.contract.endpoints import Command, Document, Endpoint, Feed, Log
from qt_trade.contract.registry import KEYS


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
        if key == endpoint.name and not endpoint.family:
            return endpoint, ""
    names = ", ".join(endpoint.name for endpoint in KEYS)
    raise RefusalError(f"{key} is no key of the contract; there are: {names}")


def run(key: str, count: int, data_dir: Path | None, *, as_json: bool) -> None:
    """Print until ``count`` messages were seen, or for ever."""
    endpoint, part = find_endpoint(key)
    if isinstance(endpoint, Command):
        raise RefusalError(f"{key} is a command: it is answered, not watched; see `qtrade order`")
    with contextlib.suppress(KeyboardInterrupt):
        attach.run(lambda: _watch(endpoint, part, count, data_dir, as_json=as_json))


async def _watch(
    endpoint: Endpoint[Any], part: str, count: int, data_dir: Path | None, *, as_json: bool
) -> None:
    seen: asyncio.Queue[Any] = asyncio.Queue()
    async with attach.attached(data_dir) as bus:
        await _listen(bus, endpoint, part, seen)
        shown = 0
        while count == 0 or shown < count:
            value = attach.to_plain(await seen.get())
            if as_json:
                print_json(value)
            else:
                out.print_json(data=value, default=str)
            shown += 1


async def _listen(bus: Bus, endpoint: Endpoint[Any], part: str, seen: asyncio.Queue[Any]) -> None:
    def on_change(change: Change[Any]) -> None:
        if change.error is not None:
            seen.put_nowait({"key": change.key, "error": str(change.error)})
        else:
            seen.put_nowait(change.value)

    def on_batch(batch: Batch[Any]) -> None:
        for entry in batch.entries:
            seen.put_nowait(entry.value)

    match endpoint:
        case Document():
            await bus.watch(endpoint, on_change, part)
        case Feed():
            await bus.subscribe(endpoint, seen.put_nowait, part)
        case Log():
            await bus.follow(endpoint, on_batch, part, last=endpoint.cap)
        case _:
            raise RefusalError(f"{endpoint.name} cannot be watched")
