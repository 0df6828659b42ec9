"""An account as a value: cash, positions, orders, and what trading itself remembers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from qt_trade.model.money import ZERO, Usd
from qt_trade.model.orders import BrokerOrder, Side
from qt_trade.model.portfolio import Position
from qt_trade.model.presets import StrategySettings
from qt_trade.model.shares import NO_SHARES, Shares
from qt_trade.model.symbols import Symbol
from qt_trade.model.wishes import NOTHING_WISHED, Wished, in_force
from qt_trade.trading.book_events import DiscrepancyFound
from qt_trade.trading.claims import cash_claimed, shares_claimed
from qt_trade.trading.control import Control
from qt_trade.trading.emergency_events import EmergencyBegan, EmergencyCounted
from qt_trade.trading.events import CloseAsked, CommandAnswered, CycleReport, SessionRevoked
from qt_trade.trading.order_state import OrderState
from qt_trade.trading.risk_memory import NOTHING_SEEN, RiskMemory

_EXCHANGE = ZoneInfo("America/New_York")


def exchange_day(feed_at: datetime) -> date:
    """Return the exchange's calendar day at a moment of feed time."""
    return feed_at.astimezone(_EXCHANGE).date()


@dataclass(frozen=True, slots=True)
class Stop:
    """Trading is stopped: why, by whom, since when (wall time)."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Closing:
    """A symbol that is to be closed.

    ``attempts``: closing orders tried; ``last_at`` (wall time) and ``words``: when, and how the
    last one fared.
    """

    asked: CloseAsked
    attempts: int = 0
    last_at: datetime | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class EmergencyState:
    """The emergency being carried out.

    ``counts``: the broker's answers that speak for its end. ``tried``: closing orders per symbol,
    so that none ever has the id of one before it.
    """

    began: EmergencyBegan
    counts: tuple[EmergencyCounted, ...] = ()
    tried: Mapping[Symbol, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AutoTrading:
    """AutoTrading runs: with what, by whom, since when (wall time)."""

    settings: StrategySettings
    by: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Opening:
    """The last opening order of a symbol (feed time)."""

    order_id: str
    feed_at: datetime


@dataclass(frozen=True, slots=True)
class Today:
    """The figures of one exchange day.

    ``opened``: notional of fills that grew a position; ``volume``: notional of all fills;
    ``trades``: fills; ``orders``: orders approved.
    """

    day: date
    realized: Usd = ZERO
    commissions: Usd = ZERO
    opened: Usd = ZERO
    volume: Usd = ZERO
    trades: int = 0
    orders: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """Everything known of an account. Only ``ledger.fold`` makes the next one.

    ``positions`` holds flat ones, too: their ``realized`` counts. ``orders`` holds the open ones
    and those that ended on the current exchange day. ``answers`` are the replies given to
    commands. ``revoked``: the sessions that were logged out.
    ``wished``: what frontends wish of the strategy. ``closing``: symbols to be sold as soon as their open orders are gone.
    ``today`` belongs to the day of the last event: ask ``on`` for it as of another moment.

    ``adjustments``: cash that came or went without a trade (dividends, fees, interest, what a
    person took over), and ``booked`` the broker's numbers of what was. ``part_fills``: fills with
    a part of a share since cash was last rounded as the broker has it. ``unexplained``: where the
    broker's books differ; nothing opens while there is any. ``risk``: what the rules remember.

    Always: cash = deposited + realized + adjustments − sum of the positions' cost.
    """

    account_id: str
    deposited: Usd
    cash: Usd
    realized: Usd
    commissions: Usd
    today: Today
    positions: Mapping[Symbol, Position]
    orders: Mapping[str, OrderState]
    last_opening: Mapping[Symbol, Opening]
    answers: Mapping[str, CommandAnswered]
    closing: Mapping[Symbol, Closing]
    stop: Stop | None
    auto: AutoTrading | None
    cycles_run: int
    last_cycle: CycleReport | None
    control: Control
    revoked: Mapping[str, SessionRevoked]
    emergency: EmergencyState | None = None
    wished: Wished = NOTHING_WISHED
    adjustments: Usd = ZERO
    booked: frozenset[str] = frozenset()
    part_fills: int = 0
    unexplained: Mapping[str, DiscrepancyFound] = field(default_factory=dict)
    risk: RiskMemory = NOTHING_SEEN

    @property
    def held(self) -> dict[Symbol, Position]:
        """The positions that are not flat."""
        return {key: value for key, value in self.positions.items() if value.quantity != 0}

    @property
    def strategy(self) -> StrategySettings | None:
        """What AutoTrading's next cycle trades with; None while it is off."""
        return None if self.auto is None else in_force(self.auto.settings, self.wished)

    @property
    def open_orders(self) -> tuple[OrderState, ...]:
        """Every order that may still be filled, in the order of approval."""
        return tuple(state for state in self.orders.values() if state.status.open)

    def quantity(self, symbol: Symbol) -> Shares:
        """Return the shares held of a symbol (negative: short)."""
        position = self.positions.get(symbol)
        return NO_SHARES if position is None else position.quantity

    def waiting(self, symbol: Symbol, side: Side) -> Shares:
        """Return the shares that open orders of a symbol may still trade on one side."""
        ours = {key: one for key, one in self.orders.items() if one.order.symbol == symbol}
        return shares_claimed(ours, side)

    @property
    def reserved(self) -> Usd:
        """The cash open orders may still cost."""
        return cash_claimed(self.orders, opening=False)

    @property
    def opening_reserved(self) -> Usd:
        """The part of ``reserved`` that would grow positions."""
        return cash_claimed(self.orders, opening=True)

    def on(self, feed_at: datetime) -> "Account":
        """Return the account as of a moment: a later exchange day begins with figures of zero."""
        day = exchange_day(feed_at)
        return self if day <= self.today.day else replace(self, today=Today(day))

    def without(self, order_id: str) -> "Account":
        """Return the account as if it had never had an order and its exits.

        For judging that order again, or the one that is to take its place.
        """
        if order_id not in self.orders:
            return self
        kept = {
            key: state
            for key, state in self.orders.items()
            if order_id not in (key, state.order.parent_id)
        }
        # Else the order that takes its place would have to wait for its own cooldown.
        openings = {
            symbol: last for symbol, last in self.last_opening.items() if last.order_id != order_id
        }
        return replace(self, orders=kept, last_opening=openings)


def known_to_broker(account: Account) -> tuple[BrokerOrder, ...]:
    """Return the orders that a broker without a memory of its own must know after a restart."""
    return tuple(
        BrokerOrder(
            order=state.order,
            status=state.status,
            broker_order_id=state.broker_order_id,
            fills=state.fills,
            worst_price=state.worst_price,
            stop_price=state.stop_price,
            triggered=state.triggered,
        )
        for state in account.orders.values()
        if state.broker_order_id or (state.sent and state.order.parent_id)
    )
