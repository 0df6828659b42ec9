"""The work behind ``qtrade risk``."""

from dataclasses import dataclass
from decimal import Decimal

from rich.markup import escape

from qt_trade.cli import attach, ordering
from qt_trade.cli.console import print_json, print_table, say
from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.cli.options import Target
from qt_trade.contract import registry
from qt_trade.contract.errors import NoReplyError
from qt_trade.contract.payloads.commands import Reply, RiskQuestion, Verdict, WhatIf
from qt_trade.contract.payloads.risk import RiskState
from qt_trade.kit.clock import SystemClock
from qt_trade.model.order_terms import OrderClass, OrderType
from qt_trade.model.orders import Side, TimeInForce
from qt_trade.model.shares import format_shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An order as it was typed."""

    side: Side
    symbol: str
    quantity: str
    limit: str | None
    stop: str | None
    trail: str | None
    take_profit: str | None
    stop_loss: str | None
    tif: TimeInForce
    extended_hours: bool

    @property
    def order_type(self) -> OrderType:
        """The type its prices make it."""
        if self.trail is not None:
            return OrderType.TRAILING_STOP
        if self.stop is not None:
            return OrderType.STOP if self.limit is None else OrderType.STOP_LIMIT
        return OrderType.MARKET if self.limit is None else OrderType.LIMIT


def explain(wanted: Wanted, target: Target, *, as_json: bool) -> None:
    """Ask and show. Raises RefusalError when a rule objects or nobody answers."""
    prices = {
        name: None if text is None else ordering.price_of(option, text)
        for name, option, text in (
            ("limit_price", "--limit", wanted.limit),
            ("stop_price", "--stop", wanted.stop),
            ("trail_price", "--trail", wanted.trail),
            ("take_profit", "--take-profit", wanted.take_profit),
            ("stop_loss", "--stop-loss", wanted.stop_loss),
        )
    }
    reply = _asked(wanted, prices, target)
    if as_json:
        print_json(reply)
    else:
        _show_verdicts(reply.verdicts)
        if reply.what_if is not None:
            _show_what_if(reply.what_if)
    if not reply.accepted:
        raise RefusalError(f"it would be refused ({reply.feed}): {reply.reason}")
    if not as_json:
        say(f"[green]every rule would let it pass[/] ({reply.feed}); nothing was sent")


def _asked(wanted: Wanted, prices: dict[str, Decimal | None], target: Target) -> Reply:
    ticket = ordering.Ticket.read(wanted.side, wanted.symbol, wanted.quantity, None, wanted.tif)
    exits = prices["take_profit"] is not None or prices["stop_loss"] is not None

    async def work() -> Reply:
        async with attach.attached(target) as bus, attach.trader_session(bus) as session:
            feed, now = await attach.feed_kind(bus), SystemClock().now()
            if feed is None:
                raise RefusalError("no streamer has published market_status yet; try again")
            try:
                question = RiskQuestion(
                    ts=now,
                    source="cli",
                    feed=feed,
                    session_id=session.session_id,
                    command_id=attach.command_id("risk", now),
                    symbol=ticket.symbol,
                    side=ticket.side,
                    quantity=ticket.quantity,
                    order_type=wanted.order_type,
                    time_in_force=wanted.tif,
                    extended_hours=wanted.extended_hours,
                    order_class=OrderClass.BRACKET if exits else OrderClass.SIMPLE,
                    limit_price=prices["limit_price"],
                    stop_price=prices["stop_price"],
                    trail_price=prices["trail_price"],
                    take_profit=prices["take_profit"],
                    stop_loss=prices["stop_loss"],
                )
            except ValueError as error:
                raise RefusalError(str(error), USAGE) from error
            try:
                return await bus.send(registry.RISK_QUESTIONS, question)
            except NoReplyError as error:
                raise RefusalError(f"{error}: no engine answers") from error

    return attach.run(work)


def _show_verdicts(verdicts: tuple[Verdict, ...]) -> None:
    rows = [(_mark(one), one.rule, one.value, one.limit, one.words) for one in verdicts]
    print_table("Verdicts", ("", "rule", "#value", "#limit", "in words"), rows, whole="rule")


def _mark(verdict: Verdict) -> str:
    if verdict.warning:
        return "!"
    return "✓" if verdict.passed else "✕"


def _show_what_if(found: WhatIf) -> None:
    known = "not known: no price"
    sector = f"{_percent(found.sector_before)} → {_percent(found.sector_after)}"
    free = known
    if found.free_cash_after is not None:
        free = f"{found.free_cash_after:,.2f} USD, {_percent(found.free_cash_after_weight)}"
    rows = (
        ("cost at most", known if found.cost is None else f"{found.cost:,.2f} USD"),
        ("commission", known if found.commission is None else f"{found.commission:,.2f} USD"),
        ("free cash", free),
        ("weight", f"{_percent(found.weight_before)} → {_percent(found.weight_after)}"),
        ("sector", f"{found.sector}: {sector}" if found.sector else "not known"),
        ("largest quantity", format_shares(found.largest_quantity)),
    )
    print_table("After the order", ("", "#figure"), rows)
    if found.loss_at_stop is not None:
        say(f"the stop would lose up to {found.loss_at_stop:,.2f} USD")


def _percent(share: float | None) -> str:
    return "not known" if share is None else f"{share:.1%}"


def show(target: Target, *, as_json: bool) -> None:
    """Show ``backend:risk_state``."""

    async def work() -> RiskState:
        async with attach.attached(target) as bus:
            found = await bus.read(registry.RISK_STATE)
            if found is None:
                raise RefusalError("no engine has published the limits yet; try again in a moment")
            return found.value

    state = attach.run(work)
    if as_json:
        print_json(state)
        return
    _show_limits(state)
    say(f"{escape(state.words)} ({state.feed}, account {escape(state.account)})")


def _show_limits(state: RiskState) -> None:
    limits = [
        (
            one.title, one.used, one.allowed + (f" (waits: {one.pending})" if one.pending else ""),
            "?" if one.share is None else f"{one.share:.0%}", one.at_limit,
            f"{one.key} {one.field}",
        )
        for one in state.limits
    ]  # fmt: skip
    columns = ("limit", "#used", "#allowed", "#share", "at the limit", "setting")
    print_table("Limits, open orders counted", columns, limits, whole="limit")
    breakers = [
        (one.title, one.state.lower(), one.opens_at, one.now, f"{one.trips_today}", one.lifts)
        for one in state.breakers
    ]
    columns = ("breaker", "state", "opens at", "now", "#trips today", "lifts")
    print_table("Circuit breakers", columns, breakers, whole="breaker")
    for wait in state.waits:
        until = "until it is lifted" if wait.until is None else f"until {wait.until:%H:%M:%S} UTC"
        say(f"{wait.symbol} is not opened: {escape(wait.why)}, {until}")
