"""The work behind ``qtrade order`` and ``qtrade stop``."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self

from rich.markup import escape

from qt_trade.cli import attach
from qt_trade.cli.console import print_json, say
from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.cli.options import Target
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import NoReplyError
from qt_trade.contract.payloads.commands import (
    AcceptDifference,
    Emergency,
    EmergencyAction,
    Reply,
    SubmitOrder,
)
from qt_trade.contract.payloads.sessions import Session
from qt_trade.kit.clock import SystemClock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.money import to_decimal, usd
from qt_trade.model.orders import OrderType, Side, TimeInForce
from qt_trade.model.shares import Shares, shares
from qt_trade.model.symbols import Symbol
from qt_trade.model.symbols import symbol as canonical

Send = Callable[[Bus, Session, FeedKind | None, datetime], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order as a person meant it."""

    side: Side
    symbol: Symbol
    quantity: Shares
    limit: Decimal | None
    tif: TimeInForce

    @classmethod
    def read(
        cls, side: Side, symbol: str, quantity: str, limit: str | None, tif: TimeInForce
    ) -> Self:
        """Return what the words of the command line mean. Raises RefusalError."""
        try:
            ticker = canonical(symbol)
        except ValueError as error:
            raise RefusalError(f"symbol: {error}", USAGE) from error
        return cls(
            side,
            ticker,
            _quantity(quantity),
            None if limit is None else price_of("--limit", limit),
            tif,
        )


def _quantity(text: str) -> Shares:
    try:
        quantity = shares(text)
    except ValueError as error:
        raise RefusalError(
            f"quantity {text}: {error}; write 10 or 2.5 for example", USAGE
        ) from error
    if quantity <= 0:
        raise RefusalError(f"quantity {text}: an order is for more than 0 shares", USAGE)
    return quantity


def price_of(option: str, text: str) -> Decimal:
    """Return a price from the command line. Raises RefusalError."""
    try:
        price = usd(text)
    except ValueError as error:
        raise RefusalError(f"{option} {text}: {error}; write 190.50 for example", USAGE) from error
    if price <= 0:
        raise RefusalError(f"{option} {text}: a price is positive", USAGE)
    return to_decimal(price)


def submit(ticket: Ticket, target: Target, *, as_json: bool) -> None:
    """Send an order and show the reply; exit code 1 when it was refused."""

    async def send(bus: Bus, session: Session, feed: FeedKind | None, now: datetime) -> Reply:
        wanted = SubmitOrder(
            ts=now,
            source="cli",
            feed=_known(feed),
            session_id=session.session_id,
            command_id=attach.command_id("order", now),
            symbol=ticket.symbol,
            side=ticket.side,
            quantity=ticket.quantity,
            order_type=OrderType.MARKET if ticket.limit is None else OrderType.LIMIT,
            limit_price=ticket.limit,
            time_in_force=ticket.tif,
        )
        return await bus.send(registry.MANUAL_ORDERS, wanted)

    unknown = "it may still be carried out: look at `qtrade status` before you send it again"
    _show(_sent(target, send, unknown), as_json=as_json)


def emergency(reason: str, target: Target, *, resume: bool, as_json: bool) -> None:
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

    unknown = "no engine answers, so nothing trades now; look at `qtrade status`, and ask again"
    _show(_sent(target, send, unknown), as_json=as_json)


def accept(key: str, reason: str, target: Target, *, as_json: bool) -> None:
    """Take over the broker's figure of an unexplained difference and show the reply."""

    async def send(bus: Bus, session: Session, feed: FeedKind | None, now: datetime) -> Reply:
        wish = AcceptDifference(
            ts=now,
            source="cli",
            feed=_known(feed),
            session_id=session.session_id,
            command_id=attach.command_id("accept", now),
            key=key,
            reason=reason,
        )
        return await bus.send(registry.MANUAL_ORDERS, wish)

    unknown = "no engine answers, so nothing was taken over; look at `qtrade status`, and ask again"
    _show(_sent(target, send, unknown), as_json=as_json)


def _known(feed: FeedKind | None) -> FeedKind:
    if feed is None:
        raise RefusalError("no streamer has published market_status yet; try again in a moment")
    return feed


def _sent(target: Target, send: Send, unknown: str) -> Reply:
    async def work() -> Reply:
        async with attach.attached(target) as bus, attach.trader_session(bus) as session:
            feed = await attach.feed_kind(bus)
            try:
                return await send(bus, session, feed, SystemClock().now())
            except NoReplyError as error:
                raise RefusalError(f"{error}: {unknown}") from error

    return attach.run(work)


def _show(reply: Reply, *, as_json: bool) -> None:
    if as_json:
        print_json(reply)
    else:
        for verdict in reply.verdicts:
            mark = "[green]✓[/]" if verdict.passed else "[red]✕[/]"
            say(f" {mark} {escape(verdict.rule)}: {escape(verdict.words)}")
    if not reply.accepted:
        raise RefusalError(f"refused ({reply.feed}): {reply.reason}")
    if not as_json:
        order = "" if reply.order_id is None else f" order {reply.order_id}"
        say(f"[green]accepted[/] ({reply.feed}){escape(order)} {escape(reply.reason)}".rstrip())
