"""The rules that never bend (DESIGN.md §3), held at every commit, every request and every answer.

They are reckoned from the journal and the broker's side alone; what the engine believes counts
only where it is held against them.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from qt_trade.contract.payloads.commands import Reply
from qt_trade.model.limits import RiskLimits
from qt_trade.model.orders import OrderOrigin, Side
from qt_trade.model.shares import NO_SHARES
from qt_trade.model.symbols import Symbol
from qt_trade.roles.simulate.store import Store
from qt_trade.roles.simulate.witness import Witness
from qt_trade.trading import events as e
from qt_trade.trading.account import Account
from qt_trade.trading.ledger import LedgerError, apply

LOOK_EVERY = 4
"""Comparing two accounts field by field takes a while; every so many steps is often enough."""

HEARD_AFTER = timedelta(seconds=6)
"""An engine that stood still hears of the close as late as it may go on: a lease's time later."""
_STOPS = {"StopAll", "CloseAll"}


class Rules:
    """Judges one seed as it goes. ``account``: the journal's, folded as it grows."""

    def __init__(
        self, store: Store, witness: Witness, limits: RiskLimits, stale_after_s: float
    ) -> None:
        self._store = store
        self._w = witness
        self._limits = limits
        self._stale_after_s = stale_after_s
        self._judged: dict[str, e.RiskJudged] = {}
        self._by_cause: dict[tuple[str, Symbol], str] = {}
        self._cancels: set[str] = set()
        self._steps = 0
        self.account: Account | None = None
        self.approved: dict[str, e.OrderApproved] = {}
        self.stop_told = False
        self.closed_at: datetime | None = None
        self.quoted_at: dict[Symbol, datetime] = {}
        self.strangers = False
        self.at_broker: Callable[[str], bool] = lambda _order_id: False
        store.listeners.append(self.on_append)

    # At every commit.

    def on_append(self, events: Sequence[e.Event], token: int) -> None:
        """Take a batch that is in the journal now."""
        self._w.require(
            token == self._store.token,
            "one writer",
            f"token {token} wrote after {self._store.token} was given out",
        )
        for event in events:
            self._w.note(f"journal: {_words(event)}")
            self._before(event)
            try:
                self.account = apply(self.account, event)
            except LedgerError as error:
                self._w.violated("ledger", str(error))
        self._hold_caps()

    def _before(self, event: e.Event) -> None:
        match event:
            case e.RiskJudged():
                self._judged[event.order.order_id] = event
            case e.OrderApproved():
                self._approve(event)
            case e.CancelAsked():
                self._cancels.add(event.order_id)
            case e.TradingResumed():
                self.stop_told = False
            case e.OrderRejected():
                self._w.require(
                    not self.at_broker(event.order_id),
                    "nothing is guessed",
                    f"{event.order_id} is called rejected, and the broker has it",
                )
            case e.OrderFilled():
                self._w.require(
                    event.fill.order_id in self.approved,
                    "everything explained",
                    f"fill {event.fill.fill_id} of an order that was never approved",
                )
            case _:
                pass

    def _approve(self, event: e.OrderApproved) -> None:
        order = event.order
        judged = self._judged.get(order.order_id)
        passed = judged is not None and all(one.passed for one in judged.verdicts)
        self._w.require(
            passed and judged is not None and judged.order == order,
            "verdict before send",
            f"{order.order_id} was approved without a verdict of every rule",
        )
        self._hold_to_one(event)
        self._w.counts["orders"] += order.order_id not in self.approved
        self.approved[order.order_id] = event
        if event.opens:
            self._hold_opening(event)

    def _hold_to_one(self, event: e.OrderApproved) -> None:
        """One intent has one order; a position that must go has one at a time until it is gone."""
        order, account = event.order, self.account
        cause = (event.command_id, order.symbol)
        known = self._by_cause.get(cause, order.order_id)
        self._by_cause[cause] = order.order_id
        before = None if account is None else account.orders.get(known)
        tried_again = (
            order.origin is OrderOrigin.EMERGENCY and before is not None and not before.status.open
        )
        self._w.require(
            known == order.order_id or tried_again,
            "one order per intent",
            f"{event.command_id} made {known} and {order.order_id}",
        )

    def _hold_opening(self, event: e.OrderApproved) -> None:
        symbol = event.order.symbol
        account = self.account
        self._w.require(
            account is None or account.stop is None,
            "nothing opens after a stop",
            f"{event.order.order_id} was approved while trading is stopped",
        )
        closed_at = self.closed_at
        self._w.require(
            closed_at is None or event.feed_at <= closed_at + HEARD_AFTER,
            "market hours",
            f"{event.order.order_id} opens in a closed market",
        )
        self._w.require(
            symbol not in self._limits.excluded,
            "excluded symbols",
            f"{symbol} is excluded, and opened",
        )
        quoted = self.quoted_at.get(symbol)
        age_s = 1e9 if quoted is None else (event.feed_at - quoted).total_seconds()
        self._w.require(
            age_s <= self._stale_after_s,
            "stale data opens nothing",
            f"{event.order.order_id} opens on a quote of {age_s:.1f} s",
        )

    def _hold_caps(self) -> None:
        account, limits = self.account, self._limits
        if account is None or self.strangers:
            return  # a stranger keeps no caps, and what he did is his
        for symbol in {state.order.symbol for state in account.open_orders} | account.held.keys():
            held = account.quantity(symbol)
            self._w.require(
                held + account.waiting(symbol, Side.BUY) <= limits.position_shares_max,
                "caps",
                f"{symbol}: {held} held and {account.waiting(symbol, Side.BUY)} ordered",
            )
            self._w.require(
                account.waiting(symbol, Side.SELL) <= max(held, NO_SHARES),
                "caps",
                f"{symbol}: more on sale than the {held} held",
            )
        opened = account.today.opened + account.opening_reserved
        self._w.require(
            opened <= limits.daily_notional_cap, "caps", f"{opened} opened or ordered today"
        )
        free = account.cash - account.reserved
        self._w.require(free >= limits.cash_reserve, "caps", f"{free} free, below the reserve")

    # At every request to the broker.

    def on_request(self, token: int, what: str, order_id: str) -> None:
        """Hear what an engine asks of the broker, before it leaves."""
        self._w.note(f"engine {token} -> broker: {what} {order_id}")
        self._w.require(
            token == self._store.token,
            "one engine acts",
            f"engine {token} asked the broker while {self._store.token} leads",
        )
        if what == "cancel":
            self._w.require(
                order_id in self._cancels,
                "verdict before send",
                f"the cancel of {order_id} is not in the journal",
            )
            return
        approved = self.approved.get(order_id)
        if approved is None:
            self._w.violated("verdict before send", f"{order_id} was sent and never approved")
            return
        account = self.account
        state = None if account is None else account.orders.get(order_id)
        self._w.require(
            state is not None and state.status.open,
            "nothing is sent that has ended",
            f"{order_id} was sent though it is {None if state is None else state.status}",
        )
        self._w.require(
            not (self.stop_told and approved.opens),
            "nothing opens after a stop",
            f"{order_id} left after the stop was acknowledged",
        )

    # At every answer.

    def on_reply(self, reply: Reply) -> None:
        """Hear an answer at the moment a person has it."""
        self._w.note(f"reply to {reply.command_id}: {reply.accepted} {reply.reason}")
        account = self.account
        answer = None if account is None else account.answers.get(reply.command_id)
        if answer is not None and answer.name in _STOPS and answer.accepted:
            self.stop_told = account is not None and account.stop is not None

    # At every step of the engine.

    def on_step(self, token: int, account: Account) -> None:
        """Hold what an engine believes against the journal."""
        self._steps += 1
        if self._steps % LOOK_EVERY == 0 and token == self._store.token:
            self._w.require(
                account == self.account,
                "the account is the journal's fold",
                f"engine {token} believes something else",
            )


def _words(event: e.Event) -> str:
    fields = {
        name: getattr(event, name, None)
        for name in ("command_id", "order_id", "accepted", "reason", "words", "because")
    }
    order = getattr(event, "order", None)
    if order is not None:
        fields["order"] = f"{order.order_id} {order.side} {order.quantity} {order.order_type}"
    fill = getattr(event, "fill", None)
    if fill is not None:
        fields["fill"] = f"{fill.fill_id} {fill.side} {fill.quantity} at {fill.price}"
    told = ", ".join(f"{name}={value}" for name, value in fields.items() if value not in {None, ""})
    return f"{type(event).__name__}({told})"
