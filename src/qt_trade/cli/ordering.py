"""The work behind ``qtrade order`` and ``qtrade stop``."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from qt_trade.cli import attach
from qt_trade.cli.console import RefusalError, out, print_json
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.payloads.commands import Emergency, EmergencyAction, Reply, SubmitOrder
from qt_trade.contract.payloads.sessions import Session
from qt_trade.kit.clock import SystemClock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.orders import OrderType, Side, TimeInForce
from qt_trade.model.symbols import symbol as canonical

Send = Callable[[Bus, Session, FeedKind | None, datetime], Awaitable[Reply]]


def submit(  # one argument per field of an order
    side: Side,
    symbol: str,
    quantity: int,
    limit: Decimal | None,
    tif: TimeInForce,
    data_dir: Path | None,
    *,
    as_json: bool,
) -> None:
    """Send an order and show the reply; exit code 1 when it was refused."""
    try:
        ticker = canonical(symbol)
    except ValueError as error:
        raise RefusalError(f"symbol: {error}") from error

    async def send(bus: Bus, session: Session, feed: FeedKind | None, now: datetime) -> Reply:
        if feed is None:
            raise RefusalError("no streamer has published market_status yet; try again in a moment")
        wanted = SubmitOrder(
            ts=now,
            source="cli",
            feed=feed,
            session_id=session.session_id,
            command_id=attach.command_id("order", now),
            symbol=ticker,
            side=side,
            quantity=quantity,
            order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
            limit_price=limit,
            time_in_force=tif,
        )
        return await bus.send(registry.MANUAL_ORDERS, wanted)

    _show(_sent(data_dir, send), as_json=as_json)


def emergency(reason: str, data_dir: Path | None, *, resume: bool, as_json: bool) -> None:
    """Send STOP_ALL_TRADING or RESUME and show the reply."""

    async def send(bus: Bus, session: Session, feed: FeedKind | None, now: datetime) -> Reply:
        wanted = EmergencyAction(
            ts=now,
            source="cli",
            feed=feed,
            session_id=session.session_id,
            command_id=attach.command_id("resume" if resume else "stop", now),
            action=Emergency.RESUME if resume else Emergency.STOP_ALL_TRADING,
            reason=reason,
            confirmed=True,
        )
        return await bus.send(registry.EMERGENCY_ACTIONS, wanted)

    _show(_sent(data_dir, send), as_json=as_json)


def _sent(data_dir: Path | None, send: Send) -> Reply:
    async def work() -> Reply:
        async with attach.attached(data_dir) as bus, attach.trader_session(bus) as session:
            feed = await attach.feed_kind(bus)
            return await send(bus, session, feed, SystemClock().now())

    return attach.run(work)


def _show(reply: Reply, *, as_json: bool) -> None:
    if as_json:
        print_json(attach.to_plain(reply))
    else:
        for verdict in reply.verdicts:
            mark = "[green]✓[/]" if verdict.passed else "[red]✕[/]"
            out.print(f" {mark} {verdict.rule}: {verdict.words}", highlight=False)
        word = "[green]accepted[/]" if reply.accepted else "[red]refused[/]"
        out.print(f"{word} ({reply.feed}) {reply.reason}", highlight=False)
    if not reply.accepted:
        raise RefusalError(f"refused: {reply.reason}")
