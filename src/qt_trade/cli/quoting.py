"""The work behind ``qtrade quote``."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.markup import escape

from qt_trade.cli import attach
from qt_trade.cli.console import print_json, print_table, say
from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.cli.options import Target
from qt_trade.cli.reporting import NEW_YORK, age
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.endpoints import Document
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.sources import (
    EnhancedSymbol,
    MultiApiEnhancedData,
    MultiApiEnhancedStats,
    SourcePrice,
    SourceStats,
    SourceVerdict,
)
from qt_trade.contract.payloads.watch_list import DynamicTickers
from qt_trade.kit.clock import SystemClock
from qt_trade.model.symbols import symbol

_NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Known:
    """What stands in Redis of prices; each None until the streamer has written it."""

    data: MultiApiEnhancedData | None
    stats: MultiApiEnhancedStats | None
    tickers: DynamicTickers | None


def show(names: Sequence[str], target: Target, *, as_json: bool, follow: bool) -> bool:
    """Print the symbols' prices, once or at every change; return whether one has none."""
    try:
        symbols = list(dict.fromkeys(symbol(name) for name in names))
    except ValueError as error:
        raise RefusalError(str(error), USAGE) from error
    with contextlib.suppress(KeyboardInterrupt):
        return attach.run(lambda: _show(symbols, target, as_json=as_json, follow=follow))
    return False


async def _show(symbols: Sequence[str], target: Target, *, as_json: bool, follow: bool) -> bool:
    async with attach.attached(target) as bus:
        changed = asyncio.Event()
        if follow:
            await bus.watch(registry.MULTI_API_DATA, _setter(changed))
            await changed.wait()
        while True:
            changed.clear()
            known = Known(
                await _read(bus, registry.MULTI_API_DATA),
                await _read(bus, registry.MULTI_API_STATS),
                await _read(bus, registry.DYNAMIC_TICKERS),
            )
            missing = _print(symbols, known, as_json=as_json)
            if not follow:
                return missing
            await changed.wait()


def _setter(changed: asyncio.Event) -> Any:
    def on_change(_change: Change[MultiApiEnhancedData]) -> None:
        changed.set()

    return on_change


async def _read(bus: Bus, document: Document[Any]) -> Any:
    try:
        found = await bus.read(document)
    except InvalidMessageError as error:
        raise RefusalError(f"{document.name} is damaged: {error}") from error
    return None if found is None else found.value


def _print(symbols: Sequence[str], known: Known, *, as_json: bool) -> bool:
    there = {} if known.data is None else known.data.symbols
    missing = {name: why_missing(name, known) for name in symbols if name not in there}
    if as_json:
        print_json(
            {
                "feed": None if known.data is None else known.data.feed,
                "feed_ts": None if known.data is None else known.data.feed_ts,
                "symbols": {name: there[name] for name in symbols if name in there},
                "missing": missing,
                "providers": {} if known.stats is None else known.stats.providers,
            }
        )
        return bool(missing)
    for name in symbols:
        if name in missing:
            say(f"[bold]{name}[/]: {escape(missing[name])}")
        elif known.data is not None:
            _print_symbol(name, there[name], known.data)
    if known.stats is not None and len(missing) < len(symbols):
        _print_sources(known.stats)
    return bool(missing)


def why_missing(name: str, known: Known) -> str:
    """Return in words why a symbol has no price."""
    if known.data is None:
        return "no price; the streamer has told none yet"
    if known.tickers is not None and name in known.tickers.refused:
        return f"not watched: {known.tickers.refused[name]}"
    if known.tickers is not None and name in known.tickers.tickers:
        words = known.tickers.tickers[name].words
        return f"no price yet; it is watched{f' ({words})' if words else ''}"
    return "no price; it is not watched (`qtrade watchlist add` puts it on the list)"


# -- one symbol ----------------------------------------------------------------------------------


def _print_symbol(name: str, one: EnhancedSymbol, data: MultiApiEnhancedData) -> None:
    change = ""
    if one.change is not None and one.change_pct is not None:
        change = f"  {one.change:+,.2f} ({one.change_pct:+.2f} %)"
    say(f"[bold]{name}  {_price(one.price)}[/]{change}  {escape(standing(one))}")
    if one.doubt:
        say(f"  [yellow]IN DOUBT[/]: {escape(one.doubt)}; nothing may be opened on it")
    for words in _details(one):
        say(f"  {escape(words)}")
    now = SystemClock().now()
    stale = registry.MULTI_API_DATA.stale(data.ts, now)
    late = f"   STALE: written {age(data.ts, now)} ago; its writer is silent" if stale else ""
    title = f"{data.feed} at {_et(data.feed_ts)}{late}"
    columns = ("source", "#price", "#age", "#deviation", "", "why")
    print_table(title, columns, [_source_row(*item) for item in sorted(one.sources.items())])


def standing(one: EnhancedSymbol) -> str:
    """Return how many agree on a price, and how far the sources are apart."""
    words = f"{one.sources_count} of {one.quorum} sources that must agree do"
    if one.dispersion_bp is not None:
        words += f"; all are within {one.dispersion_bp:.1f} bp"
    return words


def _details(one: EnhancedSymbol) -> list[str]:
    rows = []
    if one.bid is not None and one.ask is not None:
        rows.append(f"bid {_price(one.bid)}, ask {_price(one.ask)} ({one.book_source})")
    day = {
        "previous close": one.previous_close, "open": one.open, "high": one.high, "low": one.low,
    }  # fmt: skip
    figures = [f"{what} {_price(value)}" for what, value in day.items() if value is not None]
    if one.volume is not None:
        figures.append(f"volume {one.volume:,}")
    if figures:
        rows.append(", ".join(figures))
    if one.agreed_pct is not None:
        words = f"this session {one.agreed_pct:.1f} % of its quotes were without doubt"
        if one.longest_gap_s is not None and one.longest_gap_at is not None:
            at = one.longest_gap_at.astimezone(NEW_YORK)
            words += f"; the longest gap was {one.longest_gap_s:.0f} s at {at:%H:%M:%S} ET"
        rows.append(words)
    return rows


def _source_row(name: str, one: SourcePrice) -> tuple[str, ...]:
    used = one.verdict is SourceVerdict.USED
    return (
        name,
        _NOTHING if one.price is None else _price(one.price),
        _NOTHING if one.age_s is None else _seconds(one.age_s),
        _NOTHING if one.deviation_bp is None else f"{one.deviation_bp:+.1f} bp",
        "used" if used else one.verdict.value.lower().replace("_", " "),
        one.left_out or ("streamed" if one.streamed else "asked"),
    )


# -- the sources ---------------------------------------------------------------------------------


def _print_sources(stats: MultiApiEnhancedStats) -> None:
    columns = ("source", "plan", "state", "used of its limits", "streams", "words")
    rows = [_stats_row(name, one) for name, one in sorted(stats.providers.items())]
    print_table("Sources", columns, rows)


def _stats_row(name: str, one: SourceStats) -> tuple[str, ...]:
    used = [f"{w.used:,} of {w.limit:,} {one.units} a {w.window}" for w in one.windows]
    streams = _NOTHING
    if one.stream_max:
        streams = f"{one.streamed} of {one.stream_max}" if one.stream_connected else "not connected"
    until = "" if one.until is None else f" until {_et(one.until)}"
    state = one.state.value.lower().replace("_", " ")
    return name, one.plan, f"{state}{until}", "\n".join(used), streams, one.words or one.note


def _price(value: float) -> str:
    return f"{value:,.2f}" if round(value, 2) == round(value, 6) else f"{value:,.4f}"


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 100 else f"{value / 60:.0f} min"  # noqa: PLR2004


def _et(at: datetime) -> str:
    return f"{at.astimezone(NEW_YORK):%H:%M:%S} ET"
