"""Identities that follow from their cause, so that a retry can never become a second order."""

from datetime import UTC, datetime
from hashlib import blake2b

from qt_trade.model.symbols import Symbol

ORDER_ID_LENGTH_MAX = 48
"""What every broker in reach takes as a client order id (Alpaca's documented limit)."""


_MARK = "qt-"


def is_ours(order_id: str) -> bool:
    """Return whether a client order id bears our mark, whoever of us has sent the order."""
    return order_id.startswith(_MARK)


def _digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode(), digest_size=10).hexdigest()


def order_id_for(command_id: str, symbol: Symbol, n: int) -> str:
    """Return the client order id of the ``n``-th order a command causes in a symbol."""
    order_id = f"{_MARK}{symbol}-{n}-{_digest(command_id, symbol, str(n))}"
    if n < 0 or len(order_id) > ORDER_ID_LENGTH_MAX:
        raise ValueError(f"{order_id!r} is no order id: at most {ORDER_ID_LENGTH_MAX} characters")
    return order_id


def cycle_command_id(account_id: str, slot: datetime) -> str:
    """Return the command id of the cycle of a slot (feed time) on an account."""
    moment = slot.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"cycle-{moment}-{_digest(account_id, moment)}"
