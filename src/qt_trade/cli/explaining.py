"""The work behind ``qtrade risk``."""

from rich.markup import escape

from qt_trade.cli import attach
from qt_trade.cli.console import print_json, print_table, say
from qt_trade.cli.errors import RefusalError
from qt_trade.cli.options import Target
from qt_trade.cli.tickets import Wanted
from qt_trade.contract import registry
from qt_trade.contract.errors import NoReplyError
from qt_trade.contract.payloads.commands import Reply, RiskQuestion, Verdict, WhatIf
from qt_trade.contract.payloads.risk import RiskState
from qt_trade.kit.clock import SystemClock
from qt_trade.model.shares import format_shares


def explain(wanted: Wanted, target: Target, *, as_json: bool) -> None:
    """Ask and show. Raises RefusalError when a rule objects or nobody answers."""
    reply = _asked(wanted, target)
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


def _asked(wanted: Wanted, target: Target) -> Reply:
    typed = wanted.read()

    async def work() -> Reply:
        async with attach.attached(target) as bus, attach.trader_session(bus) as session:
            feed, now = await attach.feed_kind(bus), SystemClock().now()
            if feed is None:
                raise RefusalError("no streamer has published market_status yet; try again")
            question = typed.ticket(RiskQuestion, session, feed, now, "risk")
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
