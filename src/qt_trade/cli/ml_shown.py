"""The work behind ``qtrade ml predict`` and ``score``."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from rich.markup import escape

from qt_trade.cli import attach
from qt_trade.cli.console import print_json, print_table, say
from qt_trade.cli.errors import RefusalError
from qt_trade.cli.options import Target
from qt_trade.cli.reporting import NEW_YORK, age
from qt_trade.cli.watchlist_tools import named
from qt_trade.contract import registry
from qt_trade.contract.endpoints import Document
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.base import Backend
from qt_trade.contract.payloads.intelligence import (
    Interval,
    ScoreLine,
    SymbolScore,
)
from qt_trade.contract.payloads.predictions import Horizon, PredictionsCurrent, SymbolPrediction
from qt_trade.kit.clock import SystemClock
from qt_trade.model.predictions import Skill
from qt_trade.model.scores import Verdict

D = TypeVar("D", bound=Backend)

SKILL = {
    Skill.PROVEN: "proven",
    Skill.NOT_PROVEN: "not proven; not traded on",
    Skill.NO_SKILL: "no skill; not traded on",
    Skill.WAITING: "not enough data yet; not traded on",
}
NOTHING = "–"
WAITS = "not enough data yet"
_PERCENT = 100
_PREDICTED = ("symbol", "#price", "horizon", "#change", "#probability", "#90 % band", "skill")
SCORES = (
    "model", "horizon", "state", "#hit rate", "#naive", "#points better (95 %)", "#cases",
    "verdict",
)  # fmt: skip
WORTH = (
    "model", "horizon", "#Brier", "#in the 80 % band", "#rank correlation", "#edge after costs, bp",
)  # fmt: skip
_SYMBOLS = (
    "symbol", "model", "horizon", "#cases", "#hit rate", "#points better (95 %)", "verdict",
)  # fmt: skip


def read(document: Document[D], target: Target) -> D:
    """Return a document. Raises RefusalError where it is missing or damaged."""

    async def look() -> D | None:
        async with attach.attached(target) as bus:
            found = await bus.read(document)
            return None if found is None else found.value

    try:
        value = attach.run(look)
    except InvalidMessageError as error:
        raise RefusalError(f"{document.name} is damaged: {error}") from error
    if value is None:
        raise RefusalError(f"no worker has written {document.name} yet; does one run?")
    return value


def predictions(symbols: Sequence[str], target: Target, as_json: bool) -> bool:  # noqa: FBT001
    """Print the newest predictions; return whether a symbol has none."""
    names = named(symbols)
    document = read(registry.PREDICTIONS_CURRENT, target)
    wanted = [str(name) for name in names] or sorted(document.symbols)
    there = {name: document.symbols[name] for name in wanted if name in document.symbols}
    missing = {name: _why_missing(name, document) for name in wanted if not _has(name, document)}
    if as_json:
        print_json(
            {
                "feed": document.feed, "feed_ts": document.feed_ts, "model": document.model,
                "symbols": there, "missing": missing,
            }
        )  # fmt: skip
        return bool(missing)
    rows = [row for name, one in there.items() for row in _predicted(name, one)]
    title = (
        f"{document.feed}, made at {moment(document.feed_ts)} by {document.model}{_late(document)}"
    )
    if rows:
        print_table(title, _PREDICTED, rows)
    for name, words in missing.items():
        say(f"[bold]{name}[/]: no signal: {escape(words)}")
    return bool(missing)


def _late(document: PredictionsCurrent) -> str:
    now = SystemClock().now()
    stale = registry.PREDICTIONS_CURRENT.stale(document.ts, now)
    return f"   STALE: written {age(document.ts, now)} ago" if stale else ""


def _has(name: str, document: PredictionsCurrent) -> bool:
    return name in document.symbols and bool(document.symbols[name].horizons)


def _why_missing(name: str, document: PredictionsCurrent) -> str:
    one = document.symbols.get(name)
    return "it is not watched" if one is None else one.words


def _predicted(name: str, one: SymbolPrediction) -> list[tuple[str, ...]]:
    price = NOTHING if one.current_price is None else f"{one.current_price:,.2f}"
    ordered = sorted(one.horizons.items(), key=lambda item: int(item[0]))
    return [(name, price, *_horizon(minutes, horizon)) for minutes, horizon in ordered]


def _horizon(minutes: str, one: Horizon) -> tuple[str, ...]:
    direction = "up" if one.change_pct > 0 else "down"
    return (
        f"{minutes} min",
        f"{one.change_pct:+.3f} %",
        f"{one.confidence * _PERCENT:.1f} % {direction}",
        f"{one.low:,.2f} to {one.high:,.2f}",
        SKILL[one.skill],
    )


def scores(symbols: Sequence[str], target: Target, as_json: bool) -> bool:  # noqa: FBT001
    """Print the score-card; return whether a symbol has no score."""
    names = [str(name) for name in named(symbols)]
    card = read(registry.ML_SCORECARD, target)
    mine = tuple(one for one in card.symbols if not names or one.symbol in names)
    missing = sorted(set(names) - {one.symbol for one in mine})
    if as_json:
        print_json(msgspec.structs.replace(card, symbols=mine))
        return bool(missing)
    if not card.lines:
        say("not enough data yet: nothing that was predicted has been scored")
    else:
        since = "" if card.since is None else f", since {moment(card.since)}"
        title = f"{card.feed}, out of sample{since}"
        print_table(title, SCORES, [score_row(one) for one in card.lines])
        known = [worth_row(one) for one in card.lines if one.verdict is not Verdict.WAIT]
        if known:
            print_table("What it is worth", WORTH, known)
        say(f"Naive is {escape(card.naive)}.")
    if names and mine:
        print_table("Of these symbols alone", _SYMBOLS, [_symbol(one) for one in mine])
        judged = [one for one in mine if one.verdict is not Verdict.WAIT]
        if judged:
            rows = [(one.symbol, *worth_row(one)) for one in judged]
            print_table("What it is worth with them", ("symbol", *WORTH), rows)
    for name in missing:
        say(f"[bold]{name}[/]: nothing that was predicted of it has been scored")
    say(f"{card.scored:,} of {card.sealed:,} sealed predictions are scored; the seal: {card.head}")
    return bool(missing)


def score_row(one: ScoreLine) -> tuple[str, ...]:
    waits = one.verdict is Verdict.WAIT
    # Enough cases may still be of too few sessions, which the words say.
    lacks = waits and one.cases < one.cases_needed
    return (
        one.model_id, f"{one.horizon_min} min", lower(one.state), _share(one.hit_rate),
        _share(one.naive_hit_rate), interval(one.difference, ".1f"),
        f"{one.cases:,} of {one.cases_needed:,}" if lacks else f"{one.cases:,}",
        one.words or WAITS if waits else lower(one.verdict),
    )  # fmt: skip


def worth_row(one: ScoreLine | SymbolScore) -> tuple[str, ...]:
    return (
        one.model_id, f"{one.horizon_min} min",
        NOTHING if one.brier is None else f"{one.brier:.4f}",
        NOTHING if one.coverage is None else _share(one.coverage.value),
        interval(one.information_coefficient, ".3f"), interval(one.edge_bp, ".1f"),
    )  # fmt: skip


def _symbol(one: SymbolScore) -> tuple[str, ...]:
    return (
        one.symbol, one.model_id, f"{one.horizon_min} min", f"{one.cases:,}",
        _share(one.hit_rate), interval(one.difference, ".1f"),
        one.words or WAITS if one.verdict is Verdict.WAIT else lower(one.verdict),
    )  # fmt: skip


def interval(one: Interval | None, spec: str) -> str:
    """Return a figure with its interval, such as "+0.8 (-0.4 to 2.0)"."""
    return (
        NOTHING if one is None else f"{one.value:+{spec}} ({one.low:{spec}} to {one.high:{spec}})"
    )


def _share(value: float | None) -> str:
    return NOTHING if value is None else f"{value * _PERCENT:.1f} %"


def lower(value: str) -> str:
    """Return a name of the contract as it stands in a sentence."""
    return value.lower().replace("_", " ")


def moment(at: datetime) -> str:
    """Return a moment of feed time as people at the exchange read it."""
    return f"{at.astimezone(NEW_YORK):%Y-%m-%d %H:%M} ET"
