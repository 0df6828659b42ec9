"""The work behind ``qtrade order`` and ``qtrade stop``."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from rich.markup import escape

from qt_trade.cli import attach, tickets
from qt_trade.cli.console import print_json, say
from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.cli.options import Target
from qt_trade.cli.tickets import Wanted
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import NoReplyError
from qt_trade.contract.payloads.commands import (
    AcceptDifference,
    CancelOrder,
    Emergency,
    EmergencyAction,
    ReplaceOrder,
    Reply,
    SubmitOrder,
)
from qt_trade.contract.payloads.sessions import Session
from qt_trade.kit.clock import SystemClock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.orders import TimeInForce

_UNKNOWN = "it may still be carried out: look at `qtrade status` before you send it again"

Send = Callable[[Bus, Session, FeedKind | None, datetime], Awaitable[Reply]]


def submit(wanted: Wanted, target: Target, *, as_json: bool) -> None:
    """Send an order and show the reply; exit code 1 when it was refused."""
    typed = wanted.read()

    async def send(bus: Bus, session: Session, feed: FeedKind | None, now: datetime) -> Reply:
        ticket = typed.ticket(SubmitOrder, session, _known(feed), now, "order")
        return await bus.send(registry.MANUAL_ORDERS, ticket)

    _show(_sent(target, send, _UNKNOWN), as_json=as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What of an open order is to change, as it was typed."""

    order_id: str
    quantity: str | None = None
    limit: str | None = None
    stop: str | None = None
    trail: str | None = None
    tif: TimeInForce | None = None


def replace(changes: Changes, target: Target, *, as_json: bool) -> None:
    """Change an open order and show the reply; exit code 1 when it stays as it is."""

    async def send(bus: Bus, session: Session, feed: FeedKind | None, now: datetime) -> Reply:
        trail_price, trail_bp = tickets.trail_of(changes.trail)
        wish = ReplaceOrder(
            ts=now,
            source="cli",
            feed=_known(feed),
            session_id=session.session_id,
            command_id=attach.command_id("replace", now),
            order_id=changes.order_id,
            quantity=None if changes.quantity is None else tickets.quantity_of(changes.quantity),
            limit_price=tickets.price_of("--limit", changes.limit),
            stop_price=tickets.price_of("--stop", changes.stop),
            trail_price=trail_price,
            trail_bp=trail_bp,
            time_in_force=changes.tif,
        )
        return await bus.send(registry.MANUAL_ORDERS, wish)

    _show(_sent(target, send, _UNKNOWN), as_json=as_json)


def cancel(order_id: str, target: Target, *, as_json: bool) -> None:
    """Ask for the cancel of an open order and show the reply."""

    async def send(bus: Bus, session: Session, feed: FeedKind | None, now: datetime) -> Reply:
        wish = CancelOrder(
            ts=now,
            source="cli",
            feed=_known(feed),
            session_id=session.session_id,
            command_id=attach.command_id("cancel", now),
            order_id=order_id,
        )
        return await bus.send(registry.MANUAL_ORDERS, wish)

    _show(_sent(target, send, _UNKNOWN), as_json=as_json)


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
            except ValueError as error:
                raise RefusalError(str(error), USAGE) from error

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
