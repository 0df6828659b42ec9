"""What the models expect."""

import msgspec

from qt_trade.contract.payloads.base import (
    Backend,
    Count,
    Fraction,
    Moment,
    Price,
    SymbolText,
    Words,
)
from qt_trade.model.predictions import Skill


class Horizon(msgspec.Struct, frozen=True, kw_only=True):
    """``change_pct`` in per cent; ``confidence`` of its sign; 90 % of outcomes in low..high.

    50 % of them in ``low_50``..``high_50``, None where a model does not say. ``skill``: what
    ``model`` has shown at this horizon against doing nothing; only PROVEN is traded on.
    """

    predicted_price: Price
    change_pct: float
    confidence: Fraction
    low: Price
    high: Price
    low_50: Price | None
    high_50: Price | None
    model: str
    skill: Skill


class SymbolPrediction(msgspec.Struct, frozen=True, kw_only=True):
    """Horizons by minutes ("15", "30", "60"); a missing one has its reason in ``words``."""

    current_price: Price | None
    at: Moment
    horizons: dict[str, Horizon]
    words: Words


class PredictionsCurrent(Backend, frozen=True, kw_only=True):
    """The newest prediction of every symbol. ``predictions_made``: horizons so far this run.

    ``model``: everybody who says something here; each horizon names its own.
    """

    run_id: str
    feed_ts: Moment
    next_feed_ts: Moment
    model: str
    predictions_made: Count
    symbols: dict[SymbolText, SymbolPrediction]
