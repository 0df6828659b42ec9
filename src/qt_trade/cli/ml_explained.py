"""The work behind ``qtrade ml explain``."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.markup import escape

from qt_trade.cli import attach
from qt_trade.cli.console import print_json, print_table, say
from qt_trade.cli.errors import RefusalError
from qt_trade.cli.options import Target
from qt_trade.cli.reporting import NEW_YORK
from qt_trade.cli.watchlist_tools import named
from qt_trade.contract import registry
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.market import MarketStatus
from qt_trade.contract.payloads.predictions import PredictionsCurrent, SymbolPrediction
from qt_trade.intelligence.baseline import MODEL as BASELINE
from qt_trade.intelligence.feature_words import feature_in_words
from qt_trade.intelligence.learning.learnt import DamagedModelError
from qt_trade.model.symbols import Symbol
from qt_trade.storage.errors import StorageError
from qt_trade.wiring import sessions_between
from qt_trade.wiring.stored_models import LOOK_BACK, Explained, stored_models

_OF_BASELINE = (
    "the baseline carries the last hour's drift on, and its volatility: it has no features, and no"
    " skill is claimed for it"
)
_COLUMNS = ("what it saw", "pushes", "#share", "#log odds")


@dataclass(frozen=True, slots=True)
class _Now:
    """What is predicted at the moment, of one symbol among others."""

    name: Symbol
    status: MarketStatus
    document: PredictionsCurrent
    mine: SymbolPrediction


def explain(
    typed: str, model_id: str | None, target: Target, database_url: str | None, *, as_json: bool
) -> None:
    """Show which features push a symbol's prediction which way. Raises RefusalError."""
    now = _predicted(named([typed])[0], target)
    models = [model_id] if model_id else _models(now.mine)
    if not models:
        raise RefusalError(f"{now.name}: no signal: {now.mine.words}")
    learnt = [one for one in models if one != BASELINE]
    database = attach.find_database(target.data_dir, database_url) if learnt else ""
    explained = asyncio.run(_explained(database, learnt, now, target.data_dir))
    if as_json:
        print_json({"symbol": now.name, "feed": now.document.feed, "at": now.mine.at,
                    "baseline": _of_baseline(now.mine, models),
                    "models": [_as_object(one) for one in explained]})  # fmt: skip
        return
    for one in explained:
        _show(one, now)
    if minutes := _of_baseline(now.mine, models):
        say(f"{' and '.join(minutes)} min ahead: {_OF_BASELINE}")


def _predicted(name: Symbol, target: Target) -> _Now:
    async def look() -> tuple[PredictionsCurrent, MarketStatus]:
        async with attach.attached(target) as bus:
            predictions = await bus.read(registry.PREDICTIONS_CURRENT)
            status = await bus.read(registry.MARKET_STATUS)
        if predictions is None or status is None:
            raise RefusalError("nothing has been predicted yet; do a worker and a streamer run?")
        return predictions.value, status.value

    try:
        document, status = attach.run(look)
    except InvalidMessageError as error:
        raise RefusalError(f"what is predicted is damaged: {error}") from error
    if name not in document.symbols:
        raise RefusalError(f"{name}: no signal: it is not watched")
    return _Now(name, status, document, document.symbols[name])


def _models(mine: SymbolPrediction) -> list[str]:
    """Return who predicts, each once, the shortest horizon first."""
    ordered = sorted(mine.horizons.items(), key=lambda item: int(item[0]))
    return list(dict.fromkeys(horizon.model for _, horizon in ordered))


def _of_baseline(mine: SymbolPrediction, models: Sequence[str]) -> list[str]:
    if BASELINE not in models:
        return []
    return [minutes for minutes, one in mine.horizons.items() if one.model == BASELINE]


async def _explained(
    database: str, models: Sequence[str], now: _Now, data_dir: Path | None
) -> list[Explained]:
    if not models:
        return []
    settings = attach.settings_of()
    folder = attach.data_folder(data_dir, settings)
    at, status = now.mine.at, now.status
    # Asks a library that takes a second, where no role has asked it for this year yet.
    sessions = sessions_between(
        settings.model_copy(update={"data_dir": folder}), at - LOOK_BACK, at
    )
    symbols = [Symbol(one) for one in now.document.symbols]
    try:
        async with stored_models(database, status.account, status.feed) as stored:
            found = [await stored.explain(one, now.name, at, symbols, sessions) for one in models]
    except (StorageError, DamagedModelError, LookupError) as error:
        raise RefusalError(" ".join(str(error).split())) from error
    told = [one for one in found if one is not None]
    if not told:
        raise RefusalError(f"{now.name}: no stored bar of a quarter of an hour ends at {_et(at)}")
    return told


def _show(one: Explained, now: _Now) -> None:
    record, pushes = one.record, _pushes(one)
    total = sum(abs(push) for _, push in pushes) or 1.0
    rows = [
        (feature_in_words(name, one.values[name]), _way(push), f"{abs(push) / total:.0%}",
         f"{push:+.3f}")
        for name, push in pushes
    ]  # fmt: skip
    title = (
        f"{now.name}, {record.horizon_min} min ahead of {_et(one.contribution.at)}"
        f" ({now.document.feed}), by {record.model_id}, {record.state.lower().replace('_', ' ')}"
    )
    print_table(title, _COLUMNS, rows)
    say(escape(_in_words(one)))


def _in_words(one: Explained) -> str:
    base = one.contribution.base
    whole = base + sum(one.contribution.by_feature.values())
    alone = f"Without having seen any of it the model leans {_way(base)} ({base:+.3f})"
    if one.expectation is None:
        return f"{alone}; it says nothing, for the volatility of these days is not known yet."
    up = one.expectation.prob_up
    return (
        f"{alone}; with all of it {_way(whole)} ({whole:+.3f}), which it takes for a probability of"
        f" {max(up, 1 - up):.1%}. Pushes are log odds of a rise and add up."
    )


def _pushes(one: Explained) -> list[tuple[str, float]]:
    """Return what pushes at all, the strongest first."""
    pushes = [(name, push) for name, push in one.contribution.by_feature.items() if push]
    return sorted(pushes, key=lambda item: -abs(item[1]))


def _way(push: float) -> str:
    return "up" if push >= 0 else "down"


def _as_object(one: Explained) -> dict[str, Any]:
    expectation = one.expectation
    return {
        "model": one.record.model_id,
        "horizon_min": one.record.horizon_min,
        "state": one.record.state,
        "at": one.contribution.at,
        "prob_up": None if expectation is None else expectation.prob_up,
        "expected_return": None if expectation is None else expectation.expected_return,
        "base": one.contribution.base,
        "features": [
            {
                "name": name,
                "value": one.values[name],
                "words": feature_in_words(name, one.values[name]),
                "push": push,
            }
            for name, push in _pushes(one)
        ],
    }


def _et(at: datetime) -> str:
    return f"{at.astimezone(NEW_YORK):%Y-%m-%d %H:%M} ET"
