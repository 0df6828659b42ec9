"""What Yahoo's charts say: bars as they were traded, splits, dividends, the last price, the name.

Yahoo's charts are always adjusted for splits, daily and intraday ones alike; here that is taken
back by the splits that come with them.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import msgspec

from qt_trade.market.calendar import NEW_YORK
from qt_trade.market.errors import BadAnswerError, UnknownSymbolError
from qt_trade.market.providers.yahoo_format import VENDOR, shortest
from qt_trade.model.bars import Bar
from qt_trade.model.instruments import Dividend, Instrument, Split
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

DAY_S = 86_400
_AHEAD_MAX = timedelta(minutes=1)
_CLEAR = math.log(1.25)
"""A split of less is no larger than what prices do in a night."""
_SHARES = frozenset({"EQUITY", "ETF"})


class _Span(msgspec.Struct, frozen=True):
    start: int
    end: int


class _Spans(msgspec.Struct, frozen=True):
    regular: _Span | None = None


class _Meta(msgspec.Struct, frozen=True, rename="camel"):
    instrument_type: str | None = None
    exchange_name: str | None = None
    full_exchange_name: str | None = None
    long_name: str | None = None
    short_name: str | None = None
    regular_market_time: int | None = None
    regular_market_price: float | None = None
    regular_market_day_high: float | None = None
    regular_market_day_low: float | None = None
    regular_market_volume: float | None = None
    previous_close: float | None = None
    chart_previous_close: float | None = None
    current_trading_period: _Spans | None = None
    trading_periods: list[list[_Span]] | dict[str, list[list[_Span]]] | None = None


_Column = list[float | None]


class _Columns(msgspec.Struct, frozen=True):
    open: _Column = []
    high: _Column = []
    low: _Column = []
    close: _Column = []
    volume: _Column = []


class _Indicators(msgspec.Struct, frozen=True):
    quote: list[_Columns]


class _Dividend(msgspec.Struct, frozen=True):
    amount: float
    date: int


class _Split(msgspec.Struct, frozen=True):
    date: int
    numerator: float
    denominator: float


class _Events(msgspec.Struct, frozen=True):
    dividends: dict[str, _Dividend] = {}
    splits: dict[str, _Split] = {}


class Chart(msgspec.Struct, frozen=True):
    """A chart as it is sent; whatever may be absent or null somewhere is so here."""

    meta: _Meta
    indicators: _Indicators
    timestamp: list[int] = []
    events: _Events = _Events()


class _Charts(msgspec.Struct, frozen=True):
    result: list[Chart] | None


class _Answer(msgspec.Struct, frozen=True):
    chart: _Charts


def chart_of(body: str) -> Chart:
    """Return the chart in an answer's body. Raises BadAnswerError for anything else."""
    try:
        found = msgspec.json.decode(body, type=_Answer).chart.result
    except msgspec.DecodeError as error:  # a ValidationError is one
        raise BadAnswerError(VENDOR, f"a chart: {error}") from error
    if not found:
        raise BadAnswerError(VENDOR, "no price data found")
    chart = found[0]
    for columns in chart.indicators.quote:
        for name in columns.__struct_fields__:
            if len(getattr(columns, name)) != len(chart.timestamp):
                raise BadAnswerError(VENDOR, f"a chart whose {name} column has not a row a time")
    return chart


class _Row(msgspec.Struct, frozen=True):
    """One row; without a volume none was traded."""

    at: datetime
    prices: tuple[float, float, float, float]
    volume: float


def _rows(chart: Chart) -> list[_Row]:
    """Return the rows that have prices; a null is a time without a trade, or a hole."""
    rows = []
    for columns in chart.indicators.quote[:1]:
        for stamp, *found, volume in zip(
            chart.timestamp,
            columns.open,
            columns.high,
            columns.low,
            columns.close,
            columns.volume,
            strict=True,
        ):
            prices = [shortest(price) for price in found if price is not None]
            if len(prices) == len(found) and _can_be(*prices):
                at = datetime.fromtimestamp(stamp, UTC)
                rows.append(_Row(at, (prices[0], prices[1], prices[2], prices[3]), volume or 0.0))
    return rows


def _can_be(first: float, high: float, low: float, last: float) -> bool:
    return 0 < low <= min(first, last) <= max(first, last) <= high < math.inf


def intraday_bars(
    symbol: Symbol, interval_s: int, chart: Chart, splits: Sequence[Split], now: datetime
) -> list[Bar]:
    """Return the closed bars of regular hours, as they were traded.

    The newest row is the interval under way, or the last trade at an odd second: left out.
    """
    bars = []
    for row in _rows(chart):
        closed = row.at + timedelta(seconds=interval_s) <= now
        if closed and row.at.timestamp() % interval_s == 0 and _in_hours(row.at, chart):
            bars.append(_bar(symbol, row, row.at, interval_s, splits))
    return bars


def _in_hours(at: datetime, chart: Chart) -> bool:
    """Whether a row is of regular hours: Yahoo now and then sends others unasked."""
    days = chart.meta.trading_periods
    if days is None:
        return True
    if isinstance(days, dict):
        days = days.get("regular", [])
    return any(span.start <= at.timestamp() < span.end for day in days for span in day)


def daily_bars(symbol: Symbol, chart: Chart, splits: Sequence[Split], now: datetime) -> list[Bar]:
    """Return the bars of the days whose session is over, as they were traded.

    Each begins at midnight in New York. Of two rows of one day (Yahoo appends the running one as a
    row of its own) the last counts.
    """
    by_day = {row.at.astimezone(NEW_YORK).date(): row for row in _rows(chart)}
    return [
        _bar(symbol, row, _midnight(day), DAY_S, splits)
        for day, row in sorted(by_day.items())
        if day < _running(chart, now)
    ]


def _running(chart: Chart, now: datetime) -> date:
    """Return the first New York day whose session is not over."""
    today = now.astimezone(NEW_YORK).date()
    periods = chart.meta.current_trading_period
    if periods is None or periods.regular is None:
        return today
    end = datetime.fromtimestamp(periods.regular.end, UTC)
    its_day = end.astimezone(NEW_YORK).date()
    return today + timedelta(days=1) if its_day == today and now >= end else today


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), NEW_YORK).astimezone(UTC)


def _bar(symbol: Symbol, row: _Row, at: datetime, interval_s: int, splits: Sequence[Split]) -> Bar:
    later = shares_since(at.astimezone(NEW_YORK).date(), splits)
    first, high, low, last = (as_traded(price, later) for price in row.prices)
    return Bar(symbol, at, interval_s, first, high, low, last, round(row.volume / later))


def shares_since(day: date, splits: Sequence[Split]) -> Fraction:
    """Return how many of today's shares one share of that day has become."""
    ratio = Fraction(1)
    for split in splits:
        if split.ex_date > day:
            ratio *= Fraction(split.ratio)
    return ratio


def taken_back(splits: Sequence[Split], charts: Iterable[Chart]) -> list[Split]:
    """Return the splits that charts are in fact adjusted for.

    Now and then a split is told of before the older prices are divided (yfinance has a repair for
    it). Then they step by its ratio on its day, and are as they were traded already.
    """
    rows = sorted((row for chart in charts for row in _rows(chart)), key=lambda row: row.at)
    return [split for split in splits if _is_adjusted(split, rows)]


def _is_adjusted(split: Split, rows: Sequence[_Row]) -> bool:
    ratio = math.log(split.ratio)
    before = [row for row in rows if row.at.astimezone(NEW_YORK).date() < split.ex_date]
    after = rows[len(before) :]
    if abs(ratio) < _CLEAR or not before or not after:
        return True
    step = math.log(after[0].prices[0] / before[-1].prices[3])
    return abs(step) <= abs(step + ratio)


def as_traded(price: float, later: Fraction) -> float:
    """Return what was paid for a share of its day.

    To six digits where there was a split: Yahoo's 32-bit floats hold seven, and the product of two
    rounded numbers is worth one less.
    """
    return price if later == 1 else float(f"{price * float(later):.6g}")


def splits_of(symbol: Symbol, chart: Chart) -> list[Split]:
    """Return the splits that came with a chart, oldest first."""
    found = chart.events.splits.values()
    return [
        Split(symbol, _day(one.date), Decimal(str(one.numerator)) / Decimal(str(one.denominator)))
        for one in sorted(found, key=lambda one: one.date)
        if one.numerator > 0 and one.denominator > 0 and one.numerator != one.denominator
    ]


def dividends_of(symbol: Symbol, chart: Chart, splits: Sequence[Split]) -> list[Dividend]:
    """Return the dividends as they were paid on a share of that day, oldest first."""
    found = []
    for one in sorted(chart.events.dividends.values(), key=lambda one: one.date):
        day = _day(one.date)
        paid = as_traded(shortest(one.amount), shares_since(day, splits))
        if math.isfinite(paid) and paid > 0:
            found.append(Dividend(symbol, day, Decimal(str(paid))))
    return found


def _day(stamp: int) -> date:
    return datetime.fromtimestamp(stamp, NEW_YORK).date()


def last_price(symbol: Symbol, chart: Chart, now: datetime) -> Quote:
    """Return the last price of regular hours. Charts have no book.

    Raises BadAnswerError for a price that is none, or of a time that cannot be.
    """
    meta = chart.meta
    price, stamp = _price(meta.regular_market_price), meta.regular_market_time or 0
    if price is None:
        raise BadAnswerError(VENDOR, f"{symbol} is quoted without a price")
    if not 0 < stamp < (now + _AHEAD_MAX).timestamp():
        raise BadAnswerError(VENDOR, f"{symbol} is quoted at {stamp} s, which cannot be")
    rows = _rows(chart)
    volume = meta.regular_market_volume
    return Quote(
        symbol=symbol,
        at=datetime.fromtimestamp(stamp, UTC),
        price=price,
        bid=None,
        ask=None,
        bid_size=None,
        ask_size=None,
        volume=None if volume is None else max(0, int(volume)),
        open=rows[-1].prices[0] if rows else None,
        high=_price(meta.regular_market_day_high),
        low=_price(meta.regular_market_day_low),
        previous_close=_price(meta.previous_close) or _price(meta.chart_previous_close),
    )


def _price(value: float | None) -> float | None:
    good = value is not None and math.isfinite(value) and value > 0
    return shortest(value) if value is not None and good else None


def instrument_of(symbol: Symbol, chart: Chart) -> Instrument:
    """Return what a symbol stands for. Raises UnknownSymbolError for what is no share or fund."""
    meta = chart.meta
    if meta.instrument_type not in _SHARES:
        raise UnknownSymbolError(VENDOR, symbol)
    return Instrument(
        symbol=symbol,
        name=meta.long_name or meta.short_name or symbol,
        exchange=meta.full_exchange_name or meta.exchange_name or "",
    )
