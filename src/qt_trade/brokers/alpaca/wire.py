"""Alpaca's JSON as types: money and shares are strings there, and become exact decimals.

Fields this program does not use are not named; what is named and missing is refused.
"""

import datetime as dt
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec


class WireOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order. ``status`` and ``type`` may be words that came into use after this was written."""

    id: str
    client_order_id: str
    symbol: str
    side: str
    type: str
    time_in_force: str
    status: str
    created_at: datetime
    updated_at: datetime | None = None
    qty: Decimal | None
    filled_qty: Decimal
    filled_avg_price: Decimal | None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    trail_percent: Decimal | None = None
    extended_hours: bool = False
    order_class: str | None = ""
    legs: list["WireOrder"] | None = None


class WireUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """News of an order, as it stands then.

    ``qty`` and ``price`` are those of one execution, where there is one.
    """

    order: WireOrder
    timestamp: datetime | None = None
    price: Decimal | None = None
    qty: Decimal | None = None


class WireFrame(msgspec.Struct, frozen=True, kw_only=True):
    """A frame of the stream; ``data`` is read according to ``stream``."""

    stream: str
    data: msgspec.Raw


class WireAuthorization(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to our keys."""

    status: str
    message: str = ""


class WireAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The account with the flags that forbid something."""

    account_number: str
    status: str
    cash: Decimal
    buying_power: Decimal | None = None
    trading_blocked: bool = False
    account_blocked: bool = False
    trade_suspended_by_user: bool = False
    shorting_enabled: bool = False


class WirePosition(msgspec.Struct, frozen=True, kw_only=True):
    """Shares held; whether a short one has a negative ``qty`` is not documented: ``side`` tells."""

    symbol: str
    qty: Decimal
    side: str
    cost_basis: Decimal
    asset_class: str = "us_equity"


class WireActivity(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the record: an execution (FILL) or what moved cash or shares beside orders."""

    id: str
    activity_type: str
    transaction_time: datetime | None = None
    date: dt.date | None = None
    net_amount: Decimal | None = None
    symbol: str | None = None
    qty: Decimal | None = None
    price: Decimal | None = None
    side: str | None = None
    cum_qty: Decimal | None = None
    order_id: str | None = None
    description: str = ""


class WireError(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal. The same code says many things, and bad keys have none: ``message`` counts."""

    message: str
    code: int | None = None


class WireSubmit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A new order."""

    symbol: str
    qty: str
    side: str
    type: str
    time_in_force: str
    client_order_id: str
    limit_price: str | None = None
    stop_price: str | None = None
    trail_price: str | None = None
    trail_percent: str | None = None
    extended_hours: bool = False
    order_class: str = ""
    take_profit: dict[str, str] | None = None
    stop_loss: dict[str, str] | None = None


class WireReplace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What changes of an open order; Alpaca makes a new one of it."""

    qty: str
    time_in_force: str
    client_order_id: str
    limit_price: str | None = None
    stop_price: str | None = None
    trail: str | None = None


def query(**fields: Any) -> dict[str, str]:
    """Return the fields of a query that are given."""
    return {name: str(value) for name, value in fields.items() if value is not None}
