"""The consensus of several sources on a symbol's price. The method, and where it comes from:
docs/guide/consensus.md.
"""  # noqa: D205

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qt_trade.market.evidence import Consensus, Judged, Policy, Said, Standing, Verdict
from qt_trade.model.quotes import Quote

AHEAD_MAX_S = 2.0
"""How far a source's clock may be before ours."""
HALF_LIFE_S = 2.0
"""A price this old weighs half as much as a new one."""
_BP = 10_000
_CENT = 0.01
_ROUNDING = 1 + 1e-9
"""Prices are decimals in binary: two that are exactly a tolerance apart still agree."""
_DAY_BREAK = timedelta(hours=5)
"""Nobody trades around midnight in New York, which is 5 h after UTC's at the most."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Fresh prices that agree, lowest first: each is within half a width of a common price."""

    members: Sequence[Said]
    weights: Sequence[float]
    width: float

    @property
    def low(self) -> float:
        return self.members[0].quote.price

    @property
    def high(self) -> float:
        return self.members[-1].quote.price

    def price(self) -> float:
        """Return the weighted median, moved into what all of them allow."""
        lowest, highest = self.high - self.width / 2, self.low + self.width / 2
        if lowest >= highest:
            return (self.low + self.high) / 2
        return min(max(self._weighted_median(), lowest), highest)

    def _weighted_median(self) -> float:
        prices = [one.quote.price for one in self.members]
        half, reached, last = sum(self.weights) / 2, 0.0, len(prices) - 1
        for place, weight in enumerate(self.weights[:last]):
            reached += weight
            if reached > half:
                return prices[place]
            if reached == half:  # as much below as above
                return (prices[place] + prices[place + 1]) / 2
        return prices[last]


def judge(
    said: Iterable[Said],
    silent: Mapping[str, str],
    policy: Policy,
    now: datetime,
    before: float | None = None,
) -> Consensus | None:
    """Return what the sources of one symbol agree on; None where none has a price.

    ``silent``: the sources without a price and why they have none. ``before``: the last price that
    was agreed on; of two that contradict each other the nearer one is shown.
    """
    said = tuple(said)
    if not said:
        return None
    kinds = {one.source: _kind(one, policy, now) for one in said}
    fresh = sorted(
        (one for one in said if kinds[one.source] is Verdict.USED), key=lambda one: one.quote.price
    )
    if not fresh:
        return _without_fresh(said, kinds, silent, policy, now)
    group, rival = _largest(fresh, policy, before)
    price = group.price()
    apart_bp = _bp(fresh[-1].quote.price - fresh[0].quote.price, price)
    size = len(group.members)
    if rival:
        standing = Standing.CONTRADICTORY
        doubt = f"{len(fresh)} sources contradict each other by {apart_bp:,.0f} bp"
    elif size < policy.quorum:
        standing = Standing.UNCONFIRMED
        doubt = f"{size} of {policy.quorum} sources"
        doubt += ": nothing confirms the price" if size == 1 else " agree: too few"
    else:
        standing, doubt = Standing.AGREED, ""
    used = tuple(one.source for one in group.members)
    for one in fresh:
        if one.source not in used:
            kinds[one.source] = Verdict.OUTLIER
    newest = max(group.members, key=lambda one: one.quote.at)
    book = _book(group, price)
    return Consensus(
        quote=_quote(price, newest, book, group.members, said, doubt),
        standing=standing,
        quorum=policy.quorum,
        dispersion_bp=apart_bp if len(fresh) > 1 else None,
        used=used,
        primary=newest.source,
        book_source="" if book is None else book.source,
        judged=_judged(said, kinds, silent, policy, now, price, size),
        holds_until=_holds_until(said, kinds, policy),
    )


def _kind(one: Said, policy: Policy, now: datetime) -> Verdict:
    """Say what a quote is by itself; USED until it is compared."""
    if one.apart:
        return Verdict.NOT_REAL_TIME
    age = now - one.quote.at
    if age > policy.max_age:
        return Verdict.TOO_OLD
    return Verdict.AHEAD if age.total_seconds() < -AHEAD_MAX_S else Verdict.USED


def _largest(fresh: Sequence[Said], policy: Policy, before: float | None) -> tuple[_Group, bool]:
    """Return the largest group that agrees, and whether one that is as large speaks against it."""
    youngest = max(one.quote.at for one in fresh)
    weights = [_weight(youngest - one.quote.at) for one in fresh]
    prices = [one.quote.price for one in fresh]
    runs, end = [], 0
    for start, lowest in enumerate(prices):
        width = width_of(lowest, policy.tolerance_bp)
        end = max(end, start + 1)
        while end < len(prices) and prices[end] - lowest <= width * _ROUNDING:
            end += 1
        runs.append((end - start, start, width))
    most = max(size for size, _, _ in runs)
    largest = [run for run in runs if run[0] == most]

    def worth(run: tuple[int, int, float]) -> tuple[float, float]:
        size, start, _ = run
        middle = (prices[start] + prices[start + size - 1]) / 2
        near = 0.0 if before is None or most > 1 else -abs(middle - before)
        return near, sum(weights[start : start + size])

    size, start, width = max(largest, key=worth)
    rival = any(abs(other - start) >= most for _, other, _ in largest)
    members = slice(start, start + size)
    return _Group(fresh[members], weights[members], width), rival


def width_of(price: float, tolerance_bp: float) -> float:
    """Return how far apart, in dollars, prices may be that agree.

    The tolerance; beneath ten dollars (at 10 bp) a cent, for as long as its half is within the
    tolerance: the price between two of them is then still no farther from either.
    """
    tolerance = price * tolerance_bp / _BP
    return max(tolerance, min(_CENT, 2 * tolerance))


def _weight(older_by: timedelta) -> float:
    return float(0.5 ** (older_by.total_seconds() / HALF_LIFE_S))


def _bp(difference: float, price: float) -> float:
    return difference / price * _BP


# -- without a fresh price in real time ----------------------------------------------------------

_BEST_FIRST = (Verdict.TOO_OLD, Verdict.NOT_REAL_TIME, Verdict.AHEAD)


def _without_fresh(
    said: Sequence[Said],
    kinds: Mapping[str, Verdict],
    silent: Mapping[str, str],
    policy: Policy,
    now: datetime,
) -> Consensus:
    """Return the newest price there is, and that nothing may be opened on it."""
    best = next(kind for kind in _BEST_FIRST if kind in kinds.values())
    last = max((one for one in said if kinds[one.source] is best), key=lambda one: one.quote.at)
    price, quote = last.quote.price, last.quote
    doubt = {
        Verdict.TOO_OLD: f"no source within {policy.max_age.total_seconds():g} s",
        Verdict.NOT_REAL_TIME: "only delayed sources",
        Verdict.AHEAD: "only quotes ahead of the clock",
    }[best]
    book = None if quote.crossed or quote.bid is None or quote.ask is None else last
    return Consensus(
        quote=_quote(price, last, book, (last,), said, doubt),
        standing=Standing.STALE,
        quorum=policy.quorum,
        dispersion_bp=None,
        used=(),
        primary=last.source,
        book_source="" if book is None else book.source,
        judged=_judged(said, kinds, silent, policy, now, price, 0),
        holds_until=_holds_until(said, kinds, policy),
    )


# -- the quote -----------------------------------------------------------------------------------


def _book(group: _Group, price: float) -> Said | None:
    """Return the freshest whose bid and ask are a book around the price."""
    books = [one for one in group.members if _around(one.quote, price, group.width)]
    return max(books, key=lambda one: one.quote.at, default=None)


def _around(quote: Quote, price: float, width: float) -> bool:
    bid, ask = quote.bid, quote.ask
    if bid is None or ask is None:
        return False
    return bid <= ask and bid - width <= price <= ask + width


def _quote(
    price: float,
    newest: Said,
    book: Said | None,
    agreeing: Sequence[Said],
    said: Sequence[Said],
    doubt: str,
) -> Quote:
    at = newest.quote.at
    quotes = [one.quote for one in agreeing]
    day = (at - _DAY_BREAK).date()
    # The day's figures do not age as a price does, but they end with their day.
    today = [one.quote for one in said if (one.quote.at - _DAY_BREAK).date() == day]
    high = _middle([q.high for q in quotes]) or _middle([q.high for q in today])
    low = _middle([q.low for q in quotes]) or _middle([q.low for q in today])
    there = None if book is None else book.quote
    return Quote(
        symbol=newest.quote.symbol,
        at=at,
        price=price,
        bid=None if there is None else there.bid,
        ask=None if there is None else there.ask,
        bid_size=None if there is None else there.bid_size,
        ask_size=None if there is None else there.ask_size,
        volume=max((q.volume for q in today if q.volume is not None), default=None),
        open=_middle([q.open for q in quotes]) or _middle([q.open for q in today]),
        high=None if high is None else max(high, price),
        low=None if low is None else min(low, price),
        previous_close=_middle([q.previous_close for q in quotes])
        or _middle([q.previous_close for q in today]),
        doubt=doubt,
    )


def _middle(values: Iterable[float | None]) -> float | None:
    """Return the median, the lower of two: a figure that somebody said."""
    known = sorted(value for value in values if value is not None)
    return known[(len(known) - 1) // 2] if known else None


# -- the evidence --------------------------------------------------------------------------------


def _judged(
    said: Sequence[Said],
    kinds: Mapping[str, Verdict],
    silent: Mapping[str, str],
    policy: Policy,
    now: datetime,
    price: float,
    size: int,
) -> tuple[Judged, ...]:
    with_price = [
        Judged(
            source=one.source,
            quote=one.quote,
            streamed=one.streamed,
            verdict=kinds[one.source],
            left_out=_why(one, kinds[one.source], policy, now, price, size),
            deviation_bp=_bp(one.quote.price - price, price),
        )
        for one in said
    ]
    without = [
        Judged(source, None, False, Verdict.NO_PRICE, words, None)  # noqa: FBT003  # streamed
        for source, words in silent.items()
        if source not in kinds
    ]
    return tuple(with_price + without)


def _why(one: Said, kind: Verdict, policy: Policy, now: datetime, price: float, size: int) -> str:
    age_s = (now - one.quote.at).total_seconds()
    match kind:
        case Verdict.TOO_OLD:
            return f"{age_s:.0f} s old; {policy.max_age.total_seconds():g} s are allowed"
        case Verdict.AHEAD:
            return f"{-age_s:.1f} s ahead of the clock"
        case Verdict.OUTLIER:
            who = "what another says" if size == 1 else f"what {size} others agree on"
            return f"{abs(_bp(one.quote.price - price, price)):,.0f} bp away from {who}"
        case _:
            return one.apart


def _holds_until(
    said: Sequence[Said], kinds: Mapping[str, Verdict], policy: Policy
) -> datetime | None:
    """Return when the first of the fresh is too old, or the first too early one's time has come."""
    moments = [
        one.quote.at - timedelta(seconds=AHEAD_MAX_S)
        if kinds[one.source] is Verdict.AHEAD
        else one.quote.at + policy.max_age
        for one in said
        if kinds[one.source] in {Verdict.USED, Verdict.OUTLIER, Verdict.AHEAD}
    ]
    return min(moments, default=None)
