"""Whether an account's journal tells a life that the rules allow, event by event.

No order leaves without a verdict and an approval before it, every fill belongs to an approved
order, nothing opens while trading is stopped, nothing is booked twice, and the account can be
folded, to the micro-dollar.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from qt_trade.model.money import format_usd
from qt_trade.model.orders import Order, legs_of
from qt_trade.model.shares import NO_SHARES, Shares, format_shares
from qt_trade.trading import book_events as b
from qt_trade.trading import events as e
from qt_trade.trading.account import Account
from qt_trade.trading.ledger import fold
from qt_trade.trading.reading import Entry

FINDINGS_KEPT = 100
FOLDED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at a place of the journal."""

    place: int
    words: str


@dataclass(slots=True)
class _Known:
    """What is known of an order as far as the journal is read."""

    order: Order
    filled: Shares = NO_SHARES
    counted: bool = False


@dataclass(slots=True)
class Soundness:
    """Takes an account's entries, oldest first; ``finish`` says what became of them."""

    findings: list[Finding] = field(default_factory=list)
    more_findings: int = 0
    orders: int = 0
    fills: int = 0
    account: Account | None = None
    provable: bool = True
    _judged: dict[str, e.RiskJudged] = field(default_factory=dict)
    _approved: dict[str, _Known] = field(default_factory=dict)
    _once: set[str] = field(default_factory=set)
    _stopped: bool = False
    _batch: list[tuple[int, e.Event]] = field(default_factory=list)

    def take(self, entry: Entry) -> None:
        """Take the next entry."""
        if entry.event is None:
            self.provable = False
            self._find(entry.place, entry.trouble)
            return
        check = _CHECKS.get(type(entry.event))
        words = None if check is None else check(self, entry.event)
        if words:
            self._find(entry.place, words)
        self._batch.append((entry.place, entry.event))
        if len(self._batch) >= FOLDED_AT_ONCE:
            self._fold()

    def finish(self) -> None:
        """Fold what is left, and hold the account's equation."""
        self._fold()
        if self.account is not None and not _adds_up(self.account):
            self._find(0, "cash, cost and profit of the account do not add up")

    def _find(self, place: int, words: str) -> None:
        if len(self.findings) < FINDINGS_KEPT:
            self.findings.append(Finding(place, words))
        else:
            self.more_findings += 1

    def _fold(self) -> None:
        batch, self._batch = self._batch, []
        if not batch or not self.provable:
            return
        try:
            self.account = fold(self.account, [event for _, event in batch])
        except ValueError:
            self._fold_singly(batch)

    def _fold_singly(self, batch: list[tuple[int, e.Event]]) -> None:
        """Find the event that the account cannot have."""
        for place, event in batch:
            try:
                self.account = fold(self.account, (event,))
            except ValueError as impossible:
                self.provable = False
                self._find(place, str(impossible))
                return

    def twice(self, key: str) -> bool:
        """Return whether something that happens once has happened before."""
        known = key in self._once
        self._once.add(key)
        return known

    def judged(self, event: e.RiskJudged) -> None:
        """Remember the last verdict on an order."""
        self._judged[event.order.order_id] = event

    def approved(self, event: e.OrderApproved) -> str | None:
        """An approval follows its verdict: of the same order, and without an objection."""
        order_id = event.order.order_id
        verdict = self._judged.pop(order_id, None)
        known = self._approved.setdefault(order_id, _Known(event.order))
        known.order = event.order
        for leg in legs_of(event.order):
            self._approved.setdefault(leg.order_id, _Known(leg))
        self.orders += not known.counted
        known.counted = True
        if verdict is None or verdict.order != event.order:
            return f"{order_id} was approved without a verdict on it before"
        objection = next((rule for rule in verdict.verdicts if not rule.passed), None)
        if objection is not None:
            return f"{order_id} was approved against the rule {objection.rule}: {objection.words}"
        if event.opens and self._stopped:
            return f"{order_id} may open a position, and was approved while trading was stopped"
        return None

    def refused(self, event: e.OrderRefused) -> str | None:
        """A refusal has its verdict before it, too."""
        known = self._judged.pop(event.order.order_id, None)
        return None if known else f"{event.order.order_id} was refused without a verdict before"

    def sent(self, event: e.OrderSent) -> str | None:
        """Nothing leaves that was not approved before."""
        if event.order_id in self._approved:
            return None
        return f"{event.order_id} was sent without an approval before"

    def filled(self, event: e.OrderFilled) -> str | None:
        """A fill belongs to an approved order, is of its kind and within its size."""
        fill = event.fill
        self.fills += 1
        known = self._approved.get(fill.order_id)
        if known is None:
            return f"fill {fill.fill_id} belongs to {fill.order_id}, which was never approved"
        if self.twice(f"fill {fill.fill_id}"):
            return f"fill {fill.fill_id} is booked a second time"
        known.filled += fill.quantity
        if (fill.symbol, fill.side) != (known.order.symbol, known.order.side):
            return f"fill {fill.fill_id} is no {known.order.side} of {known.order.symbol}"
        if known.filled > known.order.quantity:
            whole = format_shares(known.order.quantity)
            return f"{fill.order_id} is filled beyond its {whole} shares"
        return None

    def stopped(self, *, now: bool) -> None:
        """Trading is stopped from here on, or not any more."""
        self._stopped = now


def _adds_up(account: Account) -> bool:
    cost = sum(position.cost for position in account.positions.values())
    return account.cash == account.deposited + account.realized + account.adjustments - cost


def _answered(so_far: Soundness, event: e.CommandAnswered) -> str | None:
    if so_far.twice(f"command {event.command_id}"):
        return f"the command {event.command_id} was answered a second time"
    return None


def _activity(
    so_far: Soundness, event: b.ExternalFill | b.CashAdjusted | b.SharesAdjusted
) -> str | None:
    if so_far.twice(f"activity {event.activity_id}"):
        return f"the broker's activity {event.activity_id} is booked a second time"
    return None


def _stop(so_far: Soundness, _event: e.TradingStopped) -> None:
    so_far.stopped(now=True)


def _resume(so_far: Soundness, _event: e.TradingResumed) -> None:
    so_far.stopped(now=False)


_CHECKS: Mapping[type, Callable[[Soundness, Any], str | None]] = MappingProxyType(
    {
        e.CommandAnswered: _answered,
        e.RiskJudged: Soundness.judged,
        e.OrderApproved: Soundness.approved,
        e.OrderRefused: Soundness.refused,
        e.OrderSent: Soundness.sent,
        e.OrderFilled: Soundness.filled,
        e.TradingStopped: _stop,
        e.TradingResumed: _resume,
        b.ExternalFill: _activity,
        b.CashAdjusted: _activity,
        b.SharesAdjusted: _activity,
    }
)


def account_words(account: Account) -> str:
    """Return what an account came to, for people."""
    held = ", ".join(
        f"{format_shares(position.quantity)} {symbol}"
        for symbol, position in sorted(account.held.items())
    )
    return f"cash {format_usd(account.cash)} USD, {held or 'no position'}"
