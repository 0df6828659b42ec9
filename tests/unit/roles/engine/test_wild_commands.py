"""Commands that fit the contract and that nobody sends: each is answered in words."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.contract.seen import PATIENCE_S
from tests.unit.roles.engine import wires
from tests.unit.roles.engine.test_command_desk import Counter, counter

from qt_trade.contract import registry
from qt_trade.contract.payloads.base import SHARES_MAX, WORDS_LENGTH_MAX
from qt_trade.contract.payloads.commands import Emergency
from qt_trade.model.orders import OrderType

__all__ = ["counter"]

pytestmark = pytest.mark.asyncio
_FAILED = "the handler failed"
LIMIT = {"order_type": OrderType.LIMIT}


@pytest.mark.parametrize(
    "reason", ["", "\x00", "a\x00b", "\ud7ff\uffff", "'; DROP TABLE journal; --", "\x1b[31m",
               "x" * WORDS_LENGTH_MAX],
)  # fmt: skip
async def test_a_stop_stops_whatever_words_it_comes_with(counter: Counter, reason: str) -> None:
    """The journal takes them all: of all commands this one must not stumble."""
    stop = replace(wires.emergency(Emergency.STOP_ALL_TRADING), reason=reason)
    reply = await counter.front.send(registry.EMERGENCY_ACTIONS, stop, PATIENCE_S)
    assert reply.accepted
    assert counter.shop.core.halted is not None


@pytest.mark.parametrize(
    "more",
    [
        {"quantity": Decimal(SHARES_MAX)},
        {"quantity": Decimal(SHARES_MAX), "limit_price": Decimal(10**12)} | LIMIT,
        {"quantity": Decimal(SHARES_MAX), "limit_price": Decimal("0.000001")} | LIMIT,
        {"limit_price": Decimal("0.000001")} | LIMIT,
        {"limit_price": Decimal("100." + "0" * 5000)} | LIMIT,
        {"symbol": "ZZZZZZZZZZ.ZZZ"},
        {"source": "\x00"},
        {"command_id": "x" * 80},
    ],
    ids=str,
)
async def test_an_order_is_judged_whatever_numbers_it_comes_with(
    counter: Counter, more: dict[str, Any]
) -> None:
    """At the bounds of every field: taken or refused by a rule, never by accident."""
    order = replace(wires.order("o-1"), **more)
    reply = await counter.front.send(registry.MANUAL_ORDERS, order, PATIENCE_S)
    assert _FAILED not in reply.reason
    assert reply.accepted or reply.reason
    assert counter.bus.rejected == 0
