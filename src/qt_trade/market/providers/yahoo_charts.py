"""Bars from Yahoo's charts: as many requests as it takes, each through the gate."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import date, datetime, timedelta

from qt_trade.market.calendar import NEW_YORK
from qt_trade.market.provider import BarsAnswer
from qt_trade.market.providers.yahoo_answers import (
    DAY_S,
    Chart,
    daily_bars,
    dividends_of,
    intraday_bars,
    splits_of,
    taken_back,
)
from qt_trade.model.bars import Bar
from qt_trade.model.instruments import CorporateAction
from qt_trade.model.symbols import Symbol

AskChart = Callable[[Symbol, str, Mapping[str, str]], Awaitable[Chart]]
"""Asks for one chart: symbol, interval, span."""

_WRITTEN = {60: "1m", 300: "5m", 900: "15m", DAY_S: "1d"}
_CHUNK = {60: timedelta(days=8)}
"""So much of the finest charts may be asked for at once."""
_REACH = {60: timedelta(days=30), 300: timedelta(days=60), 900: timedelta(days=60)}
"""So far back a chart goes; the edge is a little nearer, lest it moves past us while we ask."""
_EDGE = timedelta(hours=1)
_DAY = timedelta(days=1)
_RECENT = timedelta(minutes=5)


async def asked_bars(
    ask: AskChart,
    symbol: Symbol,
    interval_s: int,
    span: tuple[datetime, datetime],
    now: datetime,
) -> BarsAnswer:
    """Return the closed bars that began in a span, as they were traded, and what came with them.

    Beyond Yahoo's reach (30 days of minutes, 60 days of 5 and 15 minutes) there are none. Yahoo's
    charts are always adjusted for splits; each answer reaches up to now, or a daily one is asked
    for what it lacks, so that every split since comes along and is taken back.
    """
    since, until = span
    if interval_s == DAY_S:
        chart = await ask(symbol, "1d", period(since, now + _DAY))
        splits = splits_of(symbol, chart)
        divided = taken_back(splits, [chart])
        bars = daily_bars(symbol, chart, divided, now)
        return _answer(bars, span, [*splits, *dividends_of(symbol, chart, divided)])
    until = min(until, now)
    charts = []
    if _new_york(since) < _new_york(now) and until < now - _RECENT:
        charts.append(await ask(symbol, "1d", period(since, now + _DAY)))
    chunks = [
        await ask(symbol, _WRITTEN[interval_s], period(*chunk))
        for chunk in _chunks(interval_s, max(since, now - _reach(interval_s)), until)
    ]
    charts.extend(chunks)
    splits = sorted(
        {split for chart in charts for split in splits_of(symbol, chart)},
        key=lambda split: split.ex_date,
    )
    divided = taken_back(splits, charts)
    paid = {one for chart in charts for one in dividends_of(symbol, chart, divided)}
    bars = [
        bar for chart in chunks for bar in intraday_bars(symbol, interval_s, chart, divided, now)
    ]
    return _answer(bars, span, [*splits, *sorted(paid, key=lambda one: one.ex_date)])


def _answer(
    bars: list[Bar], span: tuple[datetime, datetime], actions: list[CorporateAction]
) -> BarsAnswer:
    since, until = span
    within = {bar.at: bar for bar in bars if since <= bar.at < until}
    return BarsAnswer([within[at] for at in sorted(within)], actions)


def _reach(interval_s: int) -> timedelta:
    return _REACH[interval_s] - _EDGE


def _new_york(at: datetime) -> date:
    return at.astimezone(NEW_YORK).date()


def _chunks(
    interval_s: int, since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        end = min(until, since + _CHUNK.get(interval_s, until - since))
        yield since, end
        since = end


def period(since: datetime, until: datetime) -> dict[str, str]:
    """Return a span as Yahoo is asked for it."""
    return {"period1": str(int(since.timestamp())), "period2": str(int(until.timestamp()))}
