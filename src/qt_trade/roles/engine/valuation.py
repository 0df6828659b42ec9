"""What the account is worth at the last quotes. Exact: a missing price makes the sum unknown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from qt_trade.model.money import Usd, usd_rounded
from qt_trade.model.portfolio import Position
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import value_of
from qt_trade.model.symbols import Symbol
from qt_trade.trading.account import Account, exchange_day

PERCENT = 100


@dataclass(frozen=True, slots=True)
class PositionValue:
    """One position at its last price; all None while there is no quote."""

    position: Position
    price: Usd | None
    price_at: datetime | None
    market_value: Usd | None
    unrealized: Usd | None
    day_change_pct: float | None
    day_pl: Usd | None


@dataclass(frozen=True, slots=True)
class Valuation:
    """The account at one moment; sums are None while a held symbol has no price."""

    positions: tuple[PositionValue, ...]
    invested: Usd | None
    unrealized: Usd | None
    total: Usd | None


def value(account: Account, quotes: Mapping[Symbol, Quote]) -> Valuation:
    """Return the account's worth at the quotes' last prices."""
    rows = tuple(
        _position_value(position, quotes.get(symbol), account)
        for symbol, position in sorted(account.held.items())
    )
    values = [row.market_value for row in rows if row.market_value is not None]
    gains = [row.unrealized for row in rows if row.unrealized is not None]
    complete = len(values) == len(rows)
    invested = Usd(sum(values)) if complete else None
    return Valuation(
        positions=rows,
        invested=invested,
        unrealized=Usd(sum(gains)) if complete else None,
        total=None if invested is None else Usd(account.cash + invested),
    )


def _position_value(position: Position, quote: Quote | None, account: Account) -> PositionValue:
    if quote is None:
        return PositionValue(position, None, None, None, None, None, None)
    price = usd_rounded(quote.price)
    market_value = value_of(price, position.quantity)
    unrealized = Usd(market_value - position.cost)
    before = quote.previous_close
    opened_today = (
        position.opened_at is not None and exchange_day(position.opened_at) == account.today.day
    )
    day_pl: Usd | None = unrealized
    if not opened_today:
        day_pl = (
            None
            if before is None
            else value_of(Usd(price - usd_rounded(before)), position.quantity)
        )
    return PositionValue(
        position=position,
        price=price,
        price_at=quote.at,
        market_value=market_value,
        unrealized=unrealized,
        day_change_pct=None if before is None else (quote.price / before - 1) * PERCENT,
        day_pl=day_pl,
    )


def average_price(position: Position) -> Decimal:
    """Return the average entry price to the hundredth of a cent, for people."""
    exact = Decimal(position.cost) / position.quantity / 1_000_000
    return exact.quantize(Decimal("0.0001"))
