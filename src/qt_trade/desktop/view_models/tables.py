"""The rows of the tables, read off the snapshot; the table models format and compare them."""

from datetime import datetime
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.endpoints import Document
from qt_trade.contract.payloads.portfolio import Position, Trade
from qt_trade.desktop.models.rows import (
    PositionRow,
    PredictionRow,
    TradeRow,
)
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import freshness, outlook
from qt_trade.desktop.view_models.words import prose

TRADES_SHOWN = 60


def position_rows(desk: Snapshot, wall: datetime) -> list[PositionRow]:
    """Return one row per holding, the heaviest first."""
    held = desk.positions
    if held is None:
        return []
    cap = None if desk.risk_settings is None else desk.risk_settings.position_weight_max
    heaviest = sorted(held.positions, key=lambda p: (-(p.weight or 0.0), p.symbol))
    stale = _stale(desk, registry.PORTFOLIO_POSITIONS, wall)
    return [_position(position, cap, stale=stale) for position in heaviest]


def _stale(desk: Snapshot, document: Document[Any], wall: datetime) -> bool:
    return not desk.connected or freshness.is_silent(desk, document, wall)


def _position(position: Position, cap: float | None, *, stale: bool) -> PositionRow:
    percent = position.day_change_pct
    return PositionRow(
        symbol=position.symbol,
        quantity=position.qty,
        average_cost=position.avg_entry_price,
        last=position.last,
        day_fraction=None if percent is None else percent / 100,
        day_pl=position.day_pl,
        value=position.market_value,
        weight=position.weight,
        weight_cap=cap,
        unrealized=position.unrealized_pl,
        stale=stale,
    )


def prediction_rows(desk: Snapshot, wall: datetime) -> list[PredictionRow]:
    """Return one row per predicted symbol; what has expired is grey."""
    if desk.predictions is None:
        return []
    stale = outlook.is_old(desk, wall)
    return [
        PredictionRow(symbol, outlook.horizons_of(made), made.words, stale)
        for symbol, made in sorted(desk.predictions.symbols.items())
    ]


def trade_rows(desk: Snapshot, wall: datetime) -> list[TradeRow]:
    """Return the last fills, newest first."""
    stale = _stale(desk, registry.TRADING_STATUS, wall)
    newest = desk.own_trades()[: -TRADES_SHOWN - 1 : -1]
    return [_trade(trade, stale=stale) for trade in newest]


def _trade(trade: Trade, *, stale: bool) -> TradeRow:
    return TradeRow(
        fill_id=trade.fill_id,
        at=trade.feed_ts,
        symbol=trade.symbol,
        side=trade.side.value.lower(),
        quantity=trade.qty,
        price=trade.price,
        value=trade.value,
        source=trade.origin.value,
        fees=trade.fees,
        realized=trade.realized,
        reason=prose(trade.reason),
        stale=stale,
    )
