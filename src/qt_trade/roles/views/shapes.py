"""From our documents to the older system's shapes; nothing here decides or invents anything."""

import zlib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal

from qt_trade.contract import older_views as older
from qt_trade.contract.payloads.health import AlertsActive, Severity
from qt_trade.contract.payloads.market import Bar, FeedState, MarketData, MarketStatus
from qt_trade.contract.payloads.portfolio import ActiveOrders, Order, PortfolioPositions
from qt_trade.contract.payloads.predictions import SymbolPrediction

BARS_SHOWN = 390
"""A regular session's minutes."""


def prices(data: MarketData) -> dict[str, older.OlderPrice]:
    """Return ``market_data``."""
    return {
        symbol: older.OlderPrice(
            price=line.price, change=line.change, change_percent=line.change_percent
        )
        for symbol, line in data.symbols.items()
    }


def positions(document: PortfolioPositions) -> tuple[older.OlderPosition, ...]:
    """Return ``portfolio_positions``."""
    return tuple(
        older.OlderPosition(
            ticker=one.symbol,
            qty=str(one.qty),
            avg_entry_price=str(one.avg_entry_price),
            market_value=_text(one.market_value),
            unrealized_pl=_text(one.unrealized_pl),
            side=one.side,
        )
        for one in document.positions
    )


def orders(
    document: ActiveOrders, last: Mapping[str, older.OlderPrice]
) -> tuple[older.OlderOrder, ...]:
    """Return ``active_orders``; one whose price nobody knows is left out rather than made up."""
    priced = ((one, _price(one, last)) for one in document.orders)
    return tuple(_order(one, price) for one, price in priced if price is not None)


def _price(order: Order, last: Mapping[str, older.OlderPrice]) -> Decimal | None:
    if order.limit_price is not None:
        return order.limit_price
    known = last.get(order.symbol)
    return None if known is None else Decimal(str(known.price))


def _order(order: Order, price: Decimal) -> older.OlderOrder:
    return older.OlderOrder(
        order_id=order.order_id,
        ticker=order.symbol,
        side="buy" if order.side == "BUY" else "sell",
        qty=int(order.quantity),
        price=price,
        status=order.status,
        timestamp=order.created_at.isoformat(),
    )


def api_status(status: MarketStatus) -> older.ApiStatus:
    """Return ``api_status``."""
    fine = status.feed_state is FeedState.OK
    return older.ApiStatus.VALID if fine else older.ApiStatus.INVALID


def notices(document: AlertsActive) -> tuple[older.OlderNotice, ...]:
    """Return ``notifications``."""
    return tuple(
        older.OlderNotice(
            id=zlib.crc32(alert.alert_id.encode()),
            type=_TYPES[alert.severity],
            title=alert.title,
            message=alert.message,
            timestamp=alert.triggered_at,
            read=alert.acknowledged,
        )
        for alert in document.alerts
    )


_TYPES: Mapping[Severity, older.NoticeType] = {
    Severity.INFO: "info",
    Severity.WARNING: "warning",
    Severity.CRITICAL: "error",
}


def chart(bars: Iterable[Bar]) -> tuple[older.OlderBar, ...]:
    """Return ``chart_data_{SYMBOL}``."""
    return tuple(
        older.OlderBar(
            t=bar.at.isoformat(), o=bar.open, h=bar.high, l=bar.low, c=bar.close, v=bar.volume
        )
        for bar in bars
    )


def predicted(line: SymbolPrediction) -> tuple[older.OlderPrediction, ...]:
    """Return ``predictions_{SYMBOL}``, the nearest horizon first; none where there is none."""
    horizons = sorted((int(minutes), horizon) for minutes, horizon in line.horizons.items())
    return tuple(
        older.OlderPrediction(
            t=(line.at + timedelta(minutes=minutes)).isoformat(), v=horizon.predicted_price
        )
        for minutes, horizon in horizons
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
