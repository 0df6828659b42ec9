"""The emulated account in Alpaca's JSON: money and shares are strings, times RFC 3339."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.emulators.alpaca.book import Book
from tests.emulators.alpaca.orders import BookOrder, Execution
from tests.emulators.alpaca.parts import Holding, rfc3339, text

NEW_YORK = ZoneInfo("America/New_York")
_ENDS = {
    "filled": "filled_at", "expired": "expired_at", "canceled": "canceled_at",
    "rejected": "failed_at", "replaced": "replaced_at",
}  # fmt: skip


def asset_id(symbol: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{symbol}.example"))


def order(one: BookOrder, *, nested: bool = True) -> dict[str, Any]:
    """Return an order; its legs only where they are asked for."""
    body: dict[str, Any] = {
        "id": one.id,
        "client_order_id": one.client_order_id,
        "created_at": rfc3339(one.at),
        "updated_at": rfc3339(one.updated_at or one.at),
        "submitted_at": rfc3339(one.at),
        "filled_at": None,
        "expired_at": None,
        "expires_at": None,
        "canceled_at": None,
        "failed_at": None,
        "replaced_at": None,
        "replaced_by": one.replaced_by,
        "replaces": one.replaces,
        "asset_id": asset_id(one.symbol),
        "symbol": one.symbol,
        "asset_class": "us_equity",
        "notional": None,
        "qty": text(one.qty),
        "filled_qty": text(one.filled),
        "filled_avg_price": _average(one.average),
        "order_class": one.order_class,
        "order_type": one.type,
        "type": one.type,
        "side": one.side,
        "position_intent": f"{one.side}_to_{'open' if one.side == 'buy' else 'close'}",
        "time_in_force": one.time_in_force,
        "limit_price": text(one.limit_price),
        "stop_price": text(one.stop_price),
        "status": one.status,
        "extended_hours": one.extended_hours,
        "legs": [order(leg) for leg in one.legs] if nested and one.legs else None,
        "trail_percent": text(one.trail_percent),
        "trail_price": text(one.trail_price),
        "hwm": text(one.hwm),
        "subtag": None,
        "source": None,
    }
    if one.status in _ENDS:
        body[_ENDS[one.status]] = rfc3339(one.ended_at)
    return body


def _average(price: Decimal | None) -> str | None:
    return None if price is None else text(round(price, 6))


def update(event: str, one: BookOrder, done: Execution | None, book: Book) -> dict[str, Any]:
    """Return a frame of ``trade_updates``."""
    data: dict[str, Any] = {
        "event": event,
        "timestamp": rfc3339(one.updated_at or one.at),
        "order": order(one),
    }
    if done is not None:
        held = book.holdings.get(one.symbol, Holding()).quantity
        data |= {
            "execution_id": done.execution_id,
            "price": text(done.price),
            "qty": text(done.quantity),
            "position_qty": text(held),
            "timestamp": rfc3339(done.at),
        }
    return {"stream": "trade_updates", "data": data}


def account(book: Book) -> dict[str, Any]:
    worth = sum((_worth(book, s, h) for s, h in book.holdings.items()), Decimal(0))
    power, equity = text(book.buying_power), text(book.cash + worth)
    return {
        "id": "e6fe16f3-64a4-4921-8928-cadf02f92f98",
        "account_number": book.number,
        "status": "ACTIVE",
        "crypto_status": "INACTIVE",
        "currency": "USD",
        "cash": text(book.cash),
        "equity": equity,
        "last_equity": equity,
        "portfolio_value": equity,
        "buying_power": power,
        "regt_buying_power": power,
        "non_marginable_buying_power": power,
        "long_market_value": text(worth),
        "short_market_value": "0",
        "multiplier": "1",
        "accrued_fees": "0",
        "trading_blocked": book.trading_blocked,
        "transfers_blocked": False,
        "account_blocked": False,
        "trade_suspended_by_user": False,
        "shorting_enabled": book.shorting_enabled,
        "created_at": "2026-06-12T22:47:07.99658Z",
        "balance_asof": "2026-11-20",
    }


def _worth(book: Book, symbol: str, holding: Holding) -> Decimal:
    touch = book.market.get(symbol)
    return holding.cost if touch is None else touch.bid * holding.quantity


def position(book: Book, symbol: str, holding: Holding) -> dict[str, Any]:
    worth = _worth(book, symbol, holding)
    return {
        "asset_id": asset_id(symbol),
        "symbol": symbol,
        "exchange": "NASDAQ",
        "asset_class": "us_equity",
        "asset_marginable": True,
        "avg_entry_price": _average(holding.cost / holding.quantity),
        "qty": text(holding.quantity),
        "qty_available": text(holding.quantity - book.held_for_orders(symbol)),
        "side": "long" if holding.quantity > 0 else "short",
        "market_value": text(worth),
        "cost_basis": text(holding.cost),
        "unrealized_pl": text(worth - holding.cost),
        "current_price": _average(worth / holding.quantity),
        "lastday_price": None,
        "change_today": None,
    }


def asset(symbol: str) -> dict[str, Any]:
    return {
        "id": asset_id(symbol), "class": "us_equity", "exchange": "NASDAQ", "symbol": symbol,
        "name": f"{symbol} Common Stock", "status": "active", "tradable": True,
        "marginable": True, "shortable": True, "easy_to_borrow": True, "fractionable": True,
        "attributes": [],
    }  # fmt: skip


def clock(book: Book) -> dict[str, Any]:
    """Return the exchange's clock; opening and closing are those of an ordinary day."""
    now = book.now().astimezone(NEW_YORK)
    opens, closes = _at(now, 9, 30), _at(now, 16, 0)
    return {
        "timestamp": now.isoformat(),
        "is_open": book.session == "open",
        "next_open": opens.isoformat(),
        "next_close": closes.isoformat(),
    }


def _at(day: datetime, hour: int, minute: int) -> datetime:
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def calendar_day(day: datetime) -> dict[str, Any]:
    return {
        "date": f"{day:%Y-%m-%d}", "open": "09:30", "close": "16:00",
        "session_open": "0400", "session_close": "2000",
        "settlement_date": f"{day:%Y-%m-%d}",
    }  # fmt: skip
