"""An order that contradicts itself cannot be made, and an open one is told from an ended one."""

from datetime import UTC, datetime

import pytest

from qt_trade.model.money import usd
from qt_trade.model.orders import Order, OrderOrigin, OrderStatus, OrderType, Side, TimeInForce
from qt_trade.model.shares import shares
from qt_trade.model.symbols import symbol

AT = datetime(2013, 10, 7, 14, 0, tzinfo=UTC)
IBM = symbol("IBM")


def order(**fields):
    whole = {
        "order_id": "o",
        "symbol": IBM,
        "side": Side.BUY,
        "quantity": shares(1),
        "order_type": OrderType.MARKET,
        "limit_price": None,
        "time_in_force": TimeInForce.DAY,
        "origin": OrderOrigin.MANUAL,
        "reason": "",
        "created_at": AT,
    }
    return Order(**(whole | fields))


@pytest.mark.parametrize("quantity", [0, -1])
def test_an_order_is_for_at_least_a_share(quantity):
    with pytest.raises(ValueError, match="more than 0 shares"):
        order(quantity=shares(quantity))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"limit_price": usd(1)}, "belongs to LIMIT and STOP_LIMIT orders"),
        ({"order_type": OrderType.LIMIT}, "belongs to LIMIT and STOP_LIMIT orders"),
        ({"order_type": OrderType.LIMIT, "limit_price": usd(0)}, "must be positive"),
    ],
)
def test_a_limit_belongs_to_limit_orders(fields, words):
    with pytest.raises(ValueError, match=words):
        order(**fields)


def test_the_open_states_are_those_that_may_still_fill():
    ended = {
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        OrderStatus.EXPIRED,
        OrderStatus.REJECTED,
        OrderStatus.REPLACED,
    }
    assert {status for status in OrderStatus if not status.open} == ended
