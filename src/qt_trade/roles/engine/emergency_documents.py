"""An emergency as people see it: while it is carried out, and the receipt it leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from qt_trade.contract.payloads import emergency as wire
from qt_trade.contract.payloads.base import WORDS_LENGTH_MAX
from qt_trade.model.emergencies import Emergency
from qt_trade.model.money import Usd, to_cent, to_decimal
from qt_trade.model.orders import OrderStatus
from qt_trade.model.shares import NO_SHARES, format_shares
from qt_trade.model.symbols import Symbol
from qt_trade.roles.engine.documents import SOURCE, Stamp, mode
from qt_trade.roles.engine.emergency_story import Exit, Story
from qt_trade.trading.account import Account
from qt_trade.trading.emergency import given_up

TITLES = {
    Emergency.STOP_ALL_TRADING: "Stopping all trading",
    Emergency.CANCEL_ALL_ORDERS: "Canceling all orders",
    Emergency.CLOSE_ALL_POSITIONS: "Closing everything",
}


@dataclass(frozen=True, slots=True)
class Open:
    """What the broker says is still open. ``exposure`` in USD, None without all prices."""

    at: datetime
    positions: int
    orders: int
    exposure: Usd | None


@dataclass(frozen=True, slots=True)
class Scene:
    """What an emergency is seen in. ``failed``: why the broker could not be asked."""

    account: Account
    market_open: bool
    market_words: str
    open: Open | None
    failed: str


def status(stamp: Stamp, story: Story | None, scene: Scene) -> wire.EmergencyStatus:
    """Return ``backend:emergency_status``; IDLE as long as there was no emergency."""
    began = None if story is None else story.began
    return wire.EmergencyStatus(
        ts=stamp.wall.now(),
        source=SOURCE,
        feed=stamp.feed,
        account=stamp.account,
        state=_state(story, scene),
        command_id="" if began is None else began.command_id,
        action=None if began is None else began.action,
        by="" if began is None else began.by,
        how="" if began is None else began.how,
        reason="" if began is None else began.reason,
        began_at=None if began is None else began.at,
        positions_before=0 if began is None else len(began.positions),
        orders_before=0 if began is None else len(began.orders),
        positions_open=None if scene.open is None else scene.open.positions,
        orders_open=None if scene.open is None else scene.open.orders,
        exposure_open=None
        if scene.open is None or scene.open.exposure is None
        else to_decimal(to_cent(scene.open.exposure)),
        counted_at=None if scene.open is None else scene.open.at,
        lines=() if story is None else _lines(story, scene.account),
        steps=() if story is None else _steps(story, scene),
        unknown_orders=_unknown(scene.account),
        words=_words(story, scene),
    )


def receipt(stamp: Stamp, story: Story, journal_hash: str) -> wire.EmergencyReceipt:
    """Return the receipt of an emergency that has ended. Raises ValueError for one that has not."""
    began, ended = story.began, story.ended
    if ended is None:
        raise ValueError("an emergency leaves its receipt when it has ended")
    slippage = story.slippage()
    return wire.EmergencyReceipt(
        ts=ended.at,
        source=SOURCE,
        feed=stamp.feed,
        account=stamp.account,
        mode=mode(stamp),
        command_id=began.command_id,
        action=began.action,
        by=began.by,
        how=began.how,
        reason=began.reason,
        began_at=began.at,
        ended_at=ended.at,
        verified=ended.verified,
        counts=tuple(
            wire.BrokerCount(at=one.at, positions=one.positions, orders=one.orders)
            for one in story.counts
        ),
        orders_canceled=story.canceled,
        orders_before=len(began.orders),
        positions_before=len(began.positions),
        lines=_lines(story, None),
        steps=_steps(story, None),
        slippage_bp=None if slippage is None else slippage[1],
        slippage=None if slippage is None else to_decimal(slippage[0]),
        journal_hash=journal_hash,
        words=ended.words[:WORDS_LENGTH_MAX],
    )


def _state(story: Story | None, scene: Scene) -> wire.EmergencyState:
    if story is None:
        return wire.EmergencyState.IDLE
    if story.ended is not None:
        done = wire.EmergencyState.VERIFIED
        return done if story.ended.verified else wire.EmergencyState.IDLE
    account = scene.account
    if any(given_up(closing) for closing in account.closing.values()):
        return wire.EmergencyState.NEEDS_YOU
    if account.emergency is not None and account.emergency.counts:
        return wire.EmergencyState.VERIFYING
    if account.closing and not scene.market_open:
        return wire.EmergencyState.WAITING
    return wire.EmergencyState.RUNNING


def _lines(story: Story, account: Account | None) -> tuple[wire.EmergencyLine, ...]:
    return tuple(_line(story, one, account) for one in story.exits.values())


def _line(story: Story, one: Exit, account: Account | None) -> wire.EmergencyLine:
    before, filled = one.before, one.filled
    worth = None if before is None or before.worth is None else abs(before.worth)
    price = None
    if filled:
        price = (Decimal(one.value) / filled / 1_000_000).quantize(Decimal("0.0001"))
    return wire.EmergencyLine(
        symbol=one.symbol,
        qty=filled if before is None else abs(before.quantity),
        was_worth=None if worth is None else to_decimal(Usd(worth)),
        state=_line_state(one, account),
        filled=filled,
        price=price,
        after_s=story.after_s(one.filled_at),
        words=one.words[:WORDS_LENGTH_MAX],
    )


def _line_state(one: Exit, account: Account | None) -> str:
    held = NO_SHARES if account is None else account.quantity(one.symbol)
    wanted = NO_SHARES if one.before is None else abs(one.before.quantity)
    if not held and (account is not None or one.filled >= wanted):
        return "closed"
    if account is None:
        return "open"
    return _open_state(one.symbol, account)


def _open_state(symbol: Symbol, account: Account) -> str:
    closing = account.closing.get(symbol)
    mine = [state for state in account.open_orders if state.order.symbol == symbol]
    if any(state.status is OrderStatus.UNKNOWN for state in mine):
        return "unknown"
    if mine:
        closes = closing is not None and closing.attempts > 0
        return "sent" if closes else "waiting for its orders"
    if closing is not None and given_up(closing):
        return "needs you"
    return "queued" if closing is None or not closing.attempts else "tried, again soon"


def _unknown(account: Account) -> tuple[str, ...]:
    return tuple(
        f"{state.order.symbol} {state.order.side.lower()} {format_shares(state.order.quantity)}: "
        f"{state.words}"
        for state in account.open_orders
        if state.status is OrderStatus.UNKNOWN
    )


def _words(story: Story | None, scene: Scene) -> str:
    if scene.failed:
        return scene.failed
    if story is None:
        return "no emergency"
    if story.ended is not None:
        return story.ended.words[:WORDS_LENGTH_MAX]
    if scene.account.closing and not scene.market_open:
        queued = len(scene.account.closing)
        return f"the market is closed: {scene.market_words}; {queued} exits wait for it to open"
    return TITLES[story.began.action]


def _steps(story: Story, scene: Scene | None) -> tuple[wire.EmergencyStep, ...]:
    began, counts = story.began, story.counts
    steps = [_step("Stopped", done=True, at=story.after_s(began.at), words=_stop_words(story))]
    if began.action is not Emergency.STOP_ALL_TRADING:
        left = len(story.open_orders)
        found = len(began.orders)
        gone = story.orders_gone_at or began.at
        words = f"{found - left} of {found}"
        done = left == 0
        steps.append(
            _step(
                "Orders canceled", done=done, at=story.after_s(gone) if done else None, words=words
            )
        )
    if began.action is Emergency.CLOSE_ALL_POSITIONS:
        steps.append(_closing_step(story, scene))
    proved = story.ended is not None and story.ended.verified
    words = "; ".join(f"{one.positions} positions, {one.orders} orders" for one in counts)
    at = story.after_s(counts[-1].at) if counts and proved else None
    steps.append(
        _step("Broker asked", done=proved, at=at, words=words or "not yet", begun=bool(counts))
    )
    ended = None if story.ended is None else story.after_s(story.ended.at)
    steps.append(_step("Receipt", done=proved, at=ended, words="in the journal", begun=False))
    return tuple(steps)


def _closing_step(story: Story, scene: Scene | None) -> wire.EmergencyStep:
    states: Mapping[Symbol, str] = {
        symbol: _line_state(one, None if scene is None else scene.account)
        for symbol, one in story.exits.items()
    }
    closed = sum(state == "closed" for state in states.values())
    done = closed == len(states)
    last = max((one.filled_at for one in story.exits.values() if one.filled_at), default=None)
    failed = "needs you" in states.values()
    return _step(
        "Positions closed",
        done=done,
        at=(story.after_s(last) if last else 0.0) if done else None,
        words=f"{closed} of {len(states)} at the market",
        failed=failed,
    )


def _stop_words(story: Story) -> str:
    if story.began.action is Emergency.CANCEL_ALL_ORDERS:
        return "AutoTrading is off"
    return "no new orders from any desk, until a person resumes"


def _step(
    name: str,
    *,
    done: bool,
    at: float | None,
    words: str,
    begun: bool = True,
    failed: bool = False,
) -> wire.EmergencyStep:
    state = wire.StepState.RUNNING if begun else wire.StepState.PENDING
    if failed:
        state = wire.StepState.FAILED
    if done:
        state = wire.StepState.DONE
    return wire.EmergencyStep(name=name, state=state, after_s=at, words=words)
