"""One step of the engine: what to journal, and what may be done only afterwards."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import timedelta

from qt_trade.model.broker_account import Restrictions
from qt_trade.model.costs import TradingCosts
from qt_trade.model.journal import JournalRecord
from qt_trade.model.limits import RiskLimits
from qt_trade.model.money import ZERO
from qt_trade.model.orders import Order, OrderOrigin, OrderStatus, legs_of
from qt_trade.model.predictions import Prediction
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import Approved, Refused
from qt_trade.trading.account import Account
from qt_trade.trading.book import NO_RESTRICTIONS, Market, RiskBook
from qt_trade.trading.commands import CommandReply, Now
from qt_trade.trading.control import Scene, pause_words
from qt_trade.trading.events import (
    Event,
    OrderCanceled,
    OrderExpired,
    OrderRejected,
    OrderReplaced,
)
from qt_trade.trading.ledger import LedgerDraft, take
from qt_trade.trading.orders import judge_order
from qt_trade.trading.outlook import Outlook
from qt_trade.trading.records import to_record

NOTHING_OPENS = RiskLimits(
    daily_notional_cap=ZERO,
    position_shares_max=0,
    position_weight_max=0.0,
    trades_per_cycle_max=0,
    cash_reserve=ZERO,
    cooldown_min=0,
    order_notional_max=ZERO,
    sector_weight_max=0.0,
    exposure_max=0.0,
    positions_max=0,
    open_orders_max=0,
    trades_per_day_max=0,
    symbol_trades_per_day_max=0,
    orders_per_min_max=0,
    price_collar=0.1,
    spread_max_bp=0,
    skip_first_min=0,
    skip_last_min=0,
    day_loss_soft=0.0,
    day_loss_hard=1.0,
    drawdown_max=1.0,
    unknown_orders_max=0,
    broker_failures_max=0,
    shorting=False,
    trading_capital=ZERO,
    excluded=frozenset(),
    preferred_sectors=frozenset(),
)
"""The limits in force while nobody has set any: positions can be closed, none opened."""


@dataclass(frozen=True, slots=True)
class Send:
    """Hand this order to the broker."""

    approved: Approved
    opens: bool


@dataclass(frozen=True, slots=True)
class Cancel:
    """Ask the broker to cancel this order."""

    order_id: str


@dataclass(frozen=True, slots=True)
class Replace:
    """Ask the broker to put this order in the place of an open one."""

    order_id: str
    approved: Approved
    opens: bool


Effect = Send | Cancel | Replace


@dataclass(frozen=True, slots=True)
class Step:
    """What the engine wants journalled, in order and in one transaction, before all else.

    ``reply`` answers the command that caused it; ``problem`` is what a person should look into.
    What it makes the broker do is not here: the core hands that out once the step is journalled.
    """

    events: tuple[Event, ...]
    reply: CommandReply | None
    problem: str | None

    @property
    def records(self) -> tuple[JournalRecord, ...]:
        """The events as the journal takes them."""
        return tuple(to_record(event) for event in self.events)


@dataclass(frozen=True, slots=True)
class View:
    """The world at one moment. ``halted``: why nothing may open, or None.

    ``limits`` None: nobody has set any. ``slot_late_after``: when a cycle's slot is gone.
    ``unsent``: ids of approved orders the broker has not been given yet, their exits among them.
    ``in_question``: of orders that are on their way to it, or asked for. ``living``: the names
    of the traders' sessions that live.
    """

    now: Now
    quotes: Mapping[Symbol, Quote]
    market: Market
    costs: TradingCosts
    limits: RiskLimits | None
    halted: str | None
    candidates: tuple[Symbol, ...]
    predictions: Mapping[Symbol, Prediction]
    slot_late_after: timedelta
    unsent: AbstractSet[str]
    in_question: frozenset[str]
    living: Mapping[str, str]
    outlook: Outlook
    restrictions: Restrictions = NO_RESTRICTIONS

    def book(self, account: Account) -> RiskBook:
        """Return what an order of an account is judged against."""
        stopped = None
        if self.halted is not None:
            stopped = f"trading is stopped ({self.halted}); resume it to open positions"
        elif self.limits is None:
            stopped = "no risk limits are set; set them to open positions"
        return RiskBook(
            account=account.on(self.now.feed),
            quotes=self.quotes,
            market=self.market,
            costs=self.costs,
            feed_now=self.now.feed,
            stopped=stopped,
            cycle_orders=None,
            restrictions=self.restrictions,
        )

    def own_book(self, account: Account) -> RiskBook:
        """Return what AutoTrading's own orders are judged against: a pause is theirs alone."""
        book = self.book(account)
        return replace(book, stopped=book.stopped or pause_words(account.control))

    def scene(self, token: int) -> Scene:
        """Return what a wish for the control is held against."""
        return Scene(self.now, self.living, token)


class Draft:
    """A step in the making: its events so far, the account after them, its effects.

    ``withdrawn`` are unsent orders this step takes back.
    """

    def __init__(self, account: Account, view: View) -> None:
        self.view = view
        self.events: list[Event] = []
        self.effects: list[Effect] = []
        self.withdrawn: set[str] = set()
        self.problems: list[str] = []
        self._begun = account
        # Made with the first event and kept, so that many of them do not copy the account anew.
        self._ledger: LedgerDraft | None = None

    @property
    def account(self) -> Account:
        """The account after the events so far; it moves on with each one that is added."""
        return self._begun if self._ledger is None else self._ledger.account()

    @property
    def now(self) -> Now:
        """The moment of the step."""
        return self.view.now

    def add(self, *events: Event) -> None:
        """Take events in and fold them; exits that wait end with their entry."""
        if self._ledger is None:
            self._ledger = LedgerDraft(self._begun)
        for event in events:
            self.events.append(event)
            take(self._ledger, event)
            if isinstance(event, OrderCanceled | OrderExpired | OrderRejected | OrderReplaced):
                self._end_exits(self._ledger, event)

    def _end_exits(
        self,
        ledger: LedgerDraft,
        ended: OrderCanceled | OrderExpired | OrderRejected | OrderReplaced,
    ) -> None:
        state = ledger.orders[ended.order_id]
        for leg in legs_of(state.order):
            held = ledger.orders.get(leg.order_id)
            if held is not None and held.status is OrderStatus.HELD:
                words = f"its entry is {state.status}"
                self.add(
                    OrderCanceled(
                        at=ended.at, feed_at=ended.feed_at, order_id=leg.order_id, words=words
                    )
                )

    def judge(self, order: Order, command_id: str) -> Approved | Refused:
        """Judge an order on the account as it is now, the one whose place it takes left out."""
        own = order.origin is OrderOrigin.AUTOTRADING
        book_of = self.view.own_book if own else self.view.book
        account = self.account.without(order.order_id)
        if order.replaces is not None:
            account = account.without(order.replaces)
        book = book_of(account)
        limits = self.view.limits or NOTHING_OPENS
        judged = judge_order(order, book, limits, command_id=command_id, cycle=None, now=self.now)
        self.add(*judged.events)
        return judged.verdict

    def order(self, order: Order, command_id: str) -> Approved | Refused:
        """Judge an order as ``judge`` does; an approved one will be sent."""
        verdict = self.judge(order, command_id)
        if isinstance(verdict, Approved):
            self.send(verdict)
        return verdict

    def send(self, approved: Approved) -> None:
        """Have an order sent whose approval is among the events."""
        opens = self.account.orders[approved.order.order_id].opens
        self.effects.append(Send(approved, opens))

    def step(self, reply: CommandReply | None) -> Step:
        """Return the finished step."""
        return Step(tuple(self.events), reply, "; ".join(self.problems) or None)
