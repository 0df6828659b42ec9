"""Our books against the broker's."""

import msgspec

from qt_trade.contract.payloads.base import Amount, Backend, Count, Moment, Words


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One figure that differs. ``key`` names it (``cash``, ``position:AAPL``); figures in words."""

    key: Words
    ours: Words
    brokers: Words
    since: Moment
    words: Words


class Adoption(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened at the broker without us and was taken into our books."""

    at: Moment
    words: Words


class Reconciliation(Backend, frozen=True, kw_only=True):
    """The last comparison. While ``differences`` are unexplained nothing is opened."""

    account: str
    broker: Words
    checked_at: Moment | None
    matches: bool | None
    orders: Count
    positions: Count
    cash: Amount | None
    differences: tuple[Difference, ...]
    adopted: tuple[Adoption, ...]
    words: Words
