"""The work behind ``qtrade ml report``."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.markup import escape

from qt_trade.cli import attach, ml_plots
from qt_trade.cli.console import print_json, say
from qt_trade.cli.errors import RefusalError
from qt_trade.cli.ml_page import Plots, page
from qt_trade.cli.options import Target
from qt_trade.contract import registry
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.intelligence import MlModels, MlScorecard
from qt_trade.contract.payloads.market import MarketStatus
from qt_trade.intelligence.learning.inference import importance
from qt_trade.intelligence.learning.learnt import DamagedModelError, Learnt
from qt_trade.intelligence.plots import calibration_png
from qt_trade.kit.clock import SystemClock
from qt_trade.model.scores import ModelState
from qt_trade.model.tallies import Track
from qt_trade.storage.errors import StorageError, UnreachableError
from qt_trade.wiring.stored_models import StoredModels, stored_models

MODELS_SHOWN = 6
_SHOWN = frozenset({ModelState.IN_USE, ModelState.SHADOW})


@dataclass(frozen=True, slots=True)
class _Documents:
    card: MlScorecard
    kept: MlModels
    status: MarketStatus


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the database adds: the models themselves, edges by model and session."""

    learnt: Mapping[str, Learnt]
    troubles: Mapping[str, str]
    edges: Mapping[str, Mapping[date, float]]


def report(
    path: Path | None, calibration: Path | None, target: Target, database_url: str | None,
    *, as_json: bool,
) -> None:  # fmt: skip
    """Write the page, the calibration plot, or both. Raises RefusalError."""
    found = _documents(target)
    written: list[Path] = []
    if calibration is not None:
        _write(calibration, ml_plots.calibration(found.card))
        written.append(calibration)
    if path is not None:
        database = attach.find_database(target.data_dir, database_url)
        stored = asyncio.run(_stored(database, found))
        _write(
            path, page(found.card, found.kept, _plots(found, stored), SystemClock().now()).encode()
        )
        written.append(path)
    if as_json:
        print_json({"written": [str(one) for one in written], "scored": found.card.scored})
        return
    for one in written:
        say(escape(f"{one}: written, {found.card.scored:,} scored predictions"))


def _documents(target: Target) -> _Documents:
    async def look() -> _Documents:
        async with attach.attached(target) as bus:
            card = await bus.read(registry.ML_SCORECARD)
            kept = await bus.read(registry.ML_MODELS)
            status = await bus.read(registry.MARKET_STATUS)
        if card is None or kept is None or status is None:
            raise RefusalError("no worker has written a score-card yet; does one run?")
        return _Documents(card.value, kept.value, status.value)

    try:
        return attach.run(look)
    except InvalidMessageError as error:
        raise RefusalError(f"what the models have shown is damaged: {error}") from error


async def _stored(database: str, found: _Documents) -> _Stored:
    status = found.status
    try:
        async with stored_models(database, status.account, status.feed) as stored:
            learnt, troubles = await _learnt(stored, found.kept)
            # An earlier lap of a replay may have scored what is still to come.
            until = found.card.feed_ts
            names = {line.model_id for line in found.card.lines}
            return _Stored(learnt, troubles, _edges(await stored.tracks(names, until)))
    except (StorageError, LookupError) as error:
        raise RefusalError(" ".join(str(error).split())) from error


async def _learnt(stored: StoredModels, kept: MlModels) -> tuple[dict[str, Learnt], dict[str, str]]:
    learnt: dict[str, Learnt] = {}
    troubles: dict[str, str] = {}
    shown = [one.model_id for one in kept.models if one.state in _SHOWN][:MODELS_SHOWN]
    for name in shown:
        try:
            learnt[name] = await stored.learnt(name)
        except UnreachableError:
            raise
        except (StorageError, DamagedModelError) as error:
            troubles[name] = " ".join(str(error).split())
    return learnt, troubles


def _edges(tracks: Sequence[Track]) -> dict[str, dict[date, float]]:
    """Return the sums of edges of what was worth acting on, by model and session."""
    edges: dict[str, dict[date, float]] = defaultdict(dict)
    for track in tracks:
        for day, tally in track.sessions.items():
            if tally.acted:
                edges[f"{track.model_id}, {track.horizon_min} min"][day] = tally.edge_bp
    return dict(edges)


def _plots(found: _Documents, stored: _Stored) -> Plots:
    return Plots(
        calibration=ml_plots.calibration(found.card),
        coverage=ml_plots.coverage(found.card.lines),
        equity=ml_plots.equity(stored.edges),
        importance={
            name: ml_plots.importance(importance(one)) for name, one in stored.learnt.items()
        },
        walked={name: calibration_png(one) for name, one in stored.learnt.items()},
        troubles=stored.troubles,
    )


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise RefusalError(f"{path} cannot be written: {error.strerror}") from error
