"""Everything a risk rule may look at: the account, the market, the costs, the moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from qt_trade.model.broker_account import Restrictions
from qt_trade.model.costs import TradingCosts
from qt_trade.model.money import Usd, usd_rounded
from qt_trade.model.orders import Order, Side
from qt_trade.model.presets import StrategySettings, TradingHours, TradingPolicy
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import NO_SHARES, Shares, value_of
from qt_trade.model.symbols import Symbol
from qt_trade.trading.account import Account

NO_RESTRICTIONS = Restrictions()
"""What a broker forbids that says nothing."""

MARKET_BUFFER_BP = 50
"""How far the price may run between judgement and fill of a market order that opens. The caps
are reckoned with it and the broker is held to it, so that no cap breaks however prices move."""


@dataclass(frozen=True, slots=True)
class Market:
    """The exchange's session: ``words`` say it for people, e.g. when it opens next.

    ``extended``: orders for extended hours trade now, before or after it. ``stale_after_s``: feed seconds after which a quote is too old to open on. ``opens_at`` and
    ``closes_at``: the bounds of the running session, None where there is none or nobody knows.
    """

    open: bool
    words: str
    stale_after_s: float
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    extended: bool = False

    def not_opening(self, settings: StrategySettings, feed_now: datetime) -> str | None:
        """Return why AutoTrading's settings let nothing open now; None when they do."""
        hours = settings.hours
        if settings.policy is TradingPolicy.EXITS_ONLY:
            return "the policy is EXITS_ONLY: positions are closed, none is opened"
        first = timedelta(minutes=hours.skip_first_min)
        if self.opens_at is not None and feed_now < self.opens_at + first:
            return f"the first {hours.skip_first_min} min of the session are left out"
        if self.before_close(hours, feed_now):
            return f"the last {hours.skip_last_min} min before the close are left out"
        return None

    def before_close(self, hours: TradingHours, feed_now: datetime) -> bool:
        """Return whether the minutes before the close that are left out have begun."""
        last = timedelta(minutes=hours.skip_last_min)
        return self.closes_at is not None and feed_now >= self.closes_at - last


@dataclass(frozen=True, slots=True)
class RiskBook:
    """What an order is judged against. ``account`` is as of ``feed_now``.

    ``stopped`` says why nothing may open and what to do about it, None while openings may. ``cycle_orders`` counts the orders the running
    cycle has had approved; None outside a cycle. ``restrictions``: what the broker forbids.
    """

    account: Account
    quotes: Mapping[Symbol, Quote]
    market: Market
    costs: TradingCosts
    feed_now: datetime
    stopped: str | None
    cycle_orders: int | None
    restrictions: Restrictions = NO_RESTRICTIONS

    def sellable(self, symbol: Symbol) -> Shares:
        """Return the shares that may be sold: held, less those in open sales."""
        held = self.account.quantity(symbol)
        return max(held - self.account.waiting(symbol, Side.SELL), NO_SHARES)

    def coverable(self, symbol: Symbol) -> Shares:
        """Return the shares that may be bought back of a short position."""
        short = -self.account.quantity(symbol)
        return max(short - self.account.waiting(symbol, Side.BUY), NO_SHARES)

    def reduces(self, order: Order) -> bool:
        """Return whether an order can only shrink a position, whatever else is open."""
        within = self.sellable if order.side is Side.SELL else self.coverable
        return order.quantity <= within(order.symbol)

    def quote_age_s(self, quote: Quote) -> float:
        """Return the feed seconds since a quote."""
        return (self.feed_now - quote.at).total_seconds()

    def mark(self, symbol: Symbol) -> Usd | None:
        """Return what a share is worth by the last quote, None while there is none."""
        quote = self.quotes.get(symbol)
        return None if quote is None else _exact(quote.price)

    def close(self, symbol: Symbol) -> Usd | None:
        """Return what a share was worth at the close before the last quote's day."""
        quote = self.quotes.get(symbol)
        if quote is None or quote.previous_close is None:
            return None
        return _exact(quote.previous_close)

    def value(self) -> Usd | None:
        """Return the account's value, None while a held symbol has no price."""
        total = int(self.account.cash)
        for symbol, position in self.account.held.items():
            mark = self.mark(symbol)
            if mark is None:
                return None
            total += value_of(mark, position.quantity)
        return Usd(total)

    def unpriced(self) -> tuple[Symbol, ...]:
        """Return the held symbols without a price."""
        return tuple(symbol for symbol in self.account.held if symbol not in self.quotes)

    def free_cash(self) -> Usd:
        """Return the cash that no open order may still need."""
        return Usd(self.account.cash - self.account.reserved)

    def price(self, order: Order) -> Usd | None:
        """Return the worst price an order is reckoned to fill at, None without a quote.

        A limit order cannot fill worse than its limit; any other is reckoned at the touch, or at
        the price that sets it off where that is worse, plus slippage plus MARKET_BUFFER_BP.
        """
        if order.limit_price is not None:
            return order.limit_price
        quote = self.quotes.get(order.symbol)
        if quote is None:
            return None
        price = self.costs.market_price(quote, order.side)
        worse = max if order.side is Side.BUY else min
        for far in (order.stop_price, _trailed(price, order)):
            price = price if far is None else worse(price, far)
        return Usd(price + price * MARKET_BUFFER_BP // 10_000)

    def cost(self, order: Order) -> Usd | None:
        """Return what a purchase may cost at most, commission included; None without a quote."""
        price = self.price(order)
        if price is None:
            return None
        return Usd(value_of(price, order.quantity) + self.costs.commission(order.quantity))

    def with_approved(self, account: Account) -> "RiskBook":
        """Return the book after the running cycle had one more order approved."""
        count = None if self.cycle_orders is None else self.cycle_orders + 1
        return replace(self, account=account, cycle_orders=count)


@lru_cache(maxsize=4_096)
def _exact(price: float) -> Usd:
    # Every order asks for the price of everything that is held.
    return usd_rounded(price)


def _trailed(price: Usd, order: Order) -> Usd | None:
    """Return where a trailing stop would be set off if the market turned now."""
    trail = order.trail_price
    if trail is None and order.trail_bp is not None:
        trail = Usd(price * order.trail_bp // 10_000)
    if trail is None:
        return None
    return Usd(price + trail if order.side is Side.BUY else max(price - trail, 0))
