"""The keys that the older system's read-only desktop polls, in its shapes.

Two of them bear the name of a key of ours and another shape, so all of them live in a logical
database of their own on the same server: an older frontend is pointed at ``…/1``. They are views:
written from our documents, on request, and read by nothing of ours. They are not pushed: channels
are the same in all databases, and a view on ours' would be taken for the document itself.
"""

from dataclasses import replace
from enum import StrEnum
from typing import Any, Literal

import msgspec

from qt_trade.contract.endpoints import Document, Endpoint, Framing, Party
from qt_trade.contract.payloads.base import Amount, Moment, Price, SymbolText, Words
from qt_trade.contract.target import address_of, url_of

DATABASE = 1
"""The logical database of the views."""

NoticeType = Literal["success", "warning", "error", "info"]

_VIEWS = frozenset({Party.VIEWS})
_STRANGERS = frozenset({Party.FRONTEND})


def url_of_views(url: str) -> str:
    """Return the URL of the views' database on the server of a URL. Raises TargetError."""
    address = address_of(url)
    target = replace(address.target, database=DATABASE)
    return url_of(target, address.password, address.sentinel_password)


class OlderPrice(msgspec.Struct, frozen=True, kw_only=True):
    """``change_percent`` in per cent. Both are null while no previous close is known."""

    price: Price
    change: float | None
    change_percent: float | None


class OlderPosition(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts are strings, as the older system wrote them; ``market_value`` may be null."""

    ticker: SymbolText
    qty: str
    avg_entry_price: str
    market_value: str | None
    unrealized_pl: str | None
    side: Literal["long", "short"]


class OlderOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An open order. ``price``: its limit, else the last price of its symbol."""

    order_id: str
    ticker: SymbolText
    side: Literal["buy", "sell"]
    qty: int
    price: Amount
    status: str
    timestamp: str


class OlderNotice(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that holds; ``id`` stays the same as long as it does."""

    id: int
    type: NoticeType
    title: Words
    message: Words
    timestamp: Moment
    read: bool


class OlderBar(msgspec.Struct, frozen=True, kw_only=True):
    """One closed minute; ``t``: its start."""

    t: str
    o: Price
    h: Price
    l: Price  # noqa: E741  # the older system's name
    c: Price
    v: int


class OlderPrediction(msgspec.Struct, frozen=True, kw_only=True):
    """A price expected at ``t``."""

    t: str
    v: Price


class ApiStatus(StrEnum):
    """Whether prices arrive."""

    VALID = "valid"
    INVALID = "invalid"


def _view(name: str, payload: Any, what: str, framing: Framing = Framing.JSON) -> Document[Any]:
    return Document(name, payload, _VIEWS, what, _STRANGERS, framing=framing, plain=True)


MARKET_DATA = _view("market_data", dict[SymbolText, OlderPrice], "The last price of every symbol")
PORTFOLIO_POSITIONS = _view("portfolio_positions", tuple[OlderPosition, ...], "All open positions")
ACTIVE_ORDERS = _view("active_orders", tuple[OlderOrder, ...], "Open orders whose price is known")
API_STATUS = _view("api_status", ApiStatus, "Whether prices arrive", Framing.WORD)
NOTIFICATIONS = _view("notifications", tuple[OlderNotice, ...], "Every alert that holds")
CHART_DATA = _view("chart_data_{SYMBOL}", tuple[OlderBar, ...], "The last closed minutes")
PREDICTIONS = _view("predictions_{SYMBOL}", tuple[OlderPrediction, ...], "What is expected")

VIEWS: tuple[Endpoint[Any], ...] = (
    MARKET_DATA,
    PORTFOLIO_POSITIONS,
    ACTIVE_ORDERS,
    API_STATUS,
    NOTIFICATIONS,
    CHART_DATA,
    PREDICTIONS,
)
"""All views, in the order of the reference page."""
