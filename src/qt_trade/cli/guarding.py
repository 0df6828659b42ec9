"""The work behind ``qtrade watchdog``: watches for signs of life, and acts when they end."""

import asyncio
import contextlib
from dataclasses import dataclass

from rich.markup import escape

from qt_trade import wiring
from qt_trade.cli import attach, panicking
from qt_trade.cli.console import say
from qt_trade.cli.errors import RefusalError
from qt_trade.cli.options import Target
from qt_trade.contract import registry
from qt_trade.contract.bus import Change
from qt_trade.contract.payloads.trading import TradingStatus
from qt_trade.kit.clock import SystemClock, monotonic
from qt_trade.model.emergencies import Emergency
from qt_trade.roles.panic.notes import PanicNote
from qt_trade.roles.panic.watchdog import Life, Patience, command_id, find
from qt_trade.storage.errors import StorageError

LOOK_S = 2.0
"""How often the lease is looked at: PostgreSQL tells nobody that one has run out."""
AGAIN_S = 5.0
PATIENCE_S = 600.0
"""How long a watchdog tries to leave the market before it says what is still open."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What a watchdog is told: what to do, and when."""

    action: Emergency
    gone_s: float
    unreachable_s: float


def watchdog(orders: Orders, target: Target, database_url: str | None) -> None:
    """Watch until it has acted; exit code 1 when something is still open then."""
    if wiring.far_broker(attach.settings_of()) is None:
        raise RefusalError(
            "the paper broker lives in the engine: a watchdog has nothing to leave with; set "
            "QTRADE_BROKER__KIND and its keys for a broker of your own"
        )
    attach.run(lambda: _watch(orders, target, database_url))


async def _watch(orders: Orders, target: Target, database_url: str | None) -> None:
    life, patience = Life(), Patience(orders.gone_s, orders.unreachable_s)
    tasks = [
        asyncio.create_task(_see_status(life, target)),
        asyncio.create_task(_see_lease(life, target, database_url)),
    ]
    said = ""
    try:
        while True:
            found = find(life, patience, monotonic())
            words = found.words.split(";")[0] if not found.act else found.words
            if words != said:
                say(f"{SystemClock().now():%H:%M:%S} UTC {escape(found.words)}")
                said = words
            if found.act:
                break
            await asyncio.sleep(LOOK_S)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await _act(orders, life, found.words, target)


async def _act(orders: Orders, life: Life, why: str, target: Target) -> None:
    settings = attach.settings_of(redis_url=target.redis_url)
    note = PanicNote(
        command_id=command_id(life, orders.action),
        action=orders.action,
        at=SystemClock().now(),
        by="watchdog",
        how="qtrade watchdog",
        reason=why,
    )
    folder = attach.data_folder(target.data_dir, settings)
    result = await panicking.past_engine(note, folder, PATIENCE_S, quiet=False)
    if not result.verified:
        raise RefusalError("not proved: " + "; ".join(result.words))
    say(f"[green]✓[/] {escape('; '.join(result.words))}")


async def _see_status(life: Life, target: Target) -> None:
    """Take every change of trading_status for a sign of life: the engine writes it every 5 s."""

    def hear(change: Change[TradingStatus]) -> None:
        if change.value is not None:
            life.saw_engine(monotonic())

    while True:
        with contextlib.suppress(RefusalError):
            async with attach.attached(target) as bus:
                await bus.watch(registry.TRADING_STATUS, hear)
                while True:
                    with contextlib.suppress(OSError):
                        await bus.ping()
                        life.saw_server(monotonic())
                    await asyncio.sleep(AGAIN_S)
        await asyncio.sleep(AGAIN_S)


async def _see_lease(life: Life, target: Target, database_url: str | None) -> None:
    """Take a lease that has not run out for a sign of life."""
    while True:
        with contextlib.suppress(RefusalError, StorageError):
            url = attach.find_database(target.data_dir, database_url)
            async with wiring.lease_sight(url) as look:
                while True:
                    token = await look()
                    if token is None:
                        life.saw_server(monotonic())
                    else:
                        life.saw_engine(monotonic(), token)
                    await asyncio.sleep(LOOK_S)
        await asyncio.sleep(AGAIN_S)
