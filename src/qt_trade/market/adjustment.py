"""Raw bars as they look from a later day: adjusted for splits, and for dividends where wanted.

What is stored stays raw. The method is that of the Center for Research in Security Prices (CRSP,
"Data Descriptions Guide: US Stock & US Index Databases", adjusting data): prices are divided by a
cumulative factor to adjust prices, shares are multiplied by it, and a day's factor holds for all
that was traded before its ex-date. A split of n new shares for one has the factor n. A cash dividend
D has 1 / (1 - D / P), P being the last close before its ex-date, and changes prices alone.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from qt_trade.market.calendar import NEW_YORK
from qt_trade.model.bars import Bar
from qt_trade.model.instruments import CorporateAction, Dividend, Split


@dataclass(frozen=True, slots=True)
class _Factor:
    """What was traded before ``ex_date`` is divided, or multiplied, by these."""

    ex_date: date
    prices: float
    shares: float


def adjusted(
    bars: Sequence[Bar],
    actions: Iterable[CorporateAction],
    *,
    as_of: date,
    dividends: bool = False,
) -> list[Bar]:
    """Return one symbol's bars, oldest first, in the shares and prices of the day ``as_of``.

    What has its ex-date after ``as_of`` is not known yet and changes nothing. ``dividends``: as if
    each had been put back into shares. Raises ValueError for a dividend that is worth the share.
    """
    known = sorted((one for one in actions if one.ex_date <= as_of), key=lambda one: one.ex_date)
    factors = [
        _Factor(one.ex_date, float(one.ratio), float(one.ratio))
        if isinstance(one, Split)
        else _dividend(one, bars)
        for one in known
        if dividends or isinstance(one, Split)
    ]
    return [_divided(bar, *_cumulative(bar, factors)) for bar in bars]


def _dividend(dividend: Dividend, bars: Sequence[Bar]) -> _Factor:
    before = bisect_right(bars, dividend.ex_date.toordinal() - 1, key=_day)
    if before == 0:  # nothing is older than it: nothing to adjust
        return _Factor(dividend.ex_date, 1.0, 1.0)
    share = float(dividend.amount) / bars[before - 1].close
    if share >= 1:
        raise ValueError(
            f"{dividend.symbol}: a dividend of {dividend.amount} on {dividend.ex_date} is more than"
            f" the close of {bars[before - 1].close:g} before it"
        )
    return _Factor(dividend.ex_date, 1 / (1 - share), 1.0)


def _day(bar: Bar) -> int:
    return bar.at.astimezone(NEW_YORK).date().toordinal()


def _cumulative(bar: Bar, factors: Sequence[_Factor]) -> tuple[float, float]:
    prices = shares = 1.0
    if factors and _day(bar) < factors[-1].ex_date.toordinal():
        for factor in factors:
            if _day(bar) < factor.ex_date.toordinal():
                prices *= factor.prices
                shares *= factor.shares
    return prices, shares


def _divided(bar: Bar, prices: float, shares: float) -> Bar:
    if prices == shares == 1.0:
        return bar
    return replace(
        bar,
        open=bar.open / prices,
        high=bar.high / prices,
        low=bar.low / prices,
        close=bar.close / prices,
        volume=round(bar.volume * shares),
        bid=None if bar.bid is None else bar.bid / prices,
        ask=None if bar.ask is None else bar.ask / prices,
        bid_size=None if bar.bid_size is None else round(bar.bid_size * shares),
        ask_size=None if bar.ask_size is None else round(bar.ask_size * shares),
    )


def in_words(actions: Iterable[CorporateAction], *, as_of: date) -> str:
    """Return which splits bars were adjusted for, for a person; empty when there were none."""
    splits = sorted(
        (one for one in actions if isinstance(one, Split) and one.ex_date <= as_of),
        key=lambda one: one.ex_date,
    )
    if not splits:
        return ""
    named = ", ".join(f"{_ratio(one)} of {one.ex_date}" for one in splits)
    return f"adjusted for the split{'s' if len(splits) > 1 else ''} {named}"


def _ratio(split: Split) -> str:
    new, old = split.ratio.as_integer_ratio()
    return f"{new}:{old}"
