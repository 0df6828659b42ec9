"""The page of orders on the whole product: risk, engine and broker answer, nothing is replaced."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.desktop.hands import Hands
from tests.end_to_end.stack import running_stack

from qt_trade.contract.payloads.portfolio import Order
from qt_trade.model.orders import OrderStatus, OrderType

SYMBOL, OTHER = "AAPL", "MSFT"
"""The second one because the first one is cooling down."""


@pytest.mark.timeout(300)
def test_orders_by_hand_from_the_ticket_to_the_log(
    tmp_path: Path, open_desk: Callable[[str], Hands]
) -> None:
    """A limit order is judged, sent, changed and cancelled; a bracket leaves its exits."""
    options = ("--feed", "simulation", "--speed", "30", "--seed", "7")
    with running_stack(tmp_path / "data", *options) as stack:
        hands = open_desk(stack.connection["redis_url"])
        hands.show("Orders")
        hands.until(lambda: {SYMBOL, OTHER} <= set(hands.snapshot.quotes))
        hands.until(lambda: hands.read("headerTradeTitle") == "Ready to trade")
        hands.write("ticketSymbol", SYMBOL)
        _rests_is_changed_and_is_cancelled(hands)
        _leaves_exits(hands)


def _open(hands: Hands) -> tuple[Order, ...]:
    return () if hands.snapshot.orders is None else hands.snapshot.orders.orders


def _price(hands: Hands, symbol: str, factor: float) -> str:
    return f"{hands.snapshot.quotes[symbol].price * factor:.2f}"


def _send(hands: Hands) -> None:
    hands.until(lambda: bool(hands.read("ticketSend", "enabled")))
    hands.settle()
    hands.press("ticketSend")
    hands.until(lambda: "accepted" in hands.read("ticketResult"))


def _rests_is_changed_and_is_cancelled(hands: Hands) -> None:
    hands.press("ticketTypeLimit")
    hands.write("ticket-quantity", "3")
    hands.write("ticket-limit_price", _price(hands, SYMBOL, 0.98))
    _send(hands)
    hands.until(lambda: [one.status for one in _open(hands)] == [OrderStatus.ACCEPTED])
    first = _open(hands)[0]
    hands.until(lambda: len(_open(hands)[0].steps) >= 4)
    hands.app.desk.orders.select(first.order_id)
    hands.until(lambda: hands.shows("lifeLine"))
    words = hands.words_in(hands.item("lifeLine"))
    assert {"Decided", "Checked", "Sent", "Accepted"} <= set(words)

    hands.app.desk.orders.beginChange(first.order_id)
    hands.until(lambda: hands.shows("changeApply"))
    hands.write("change-limit_price", changed := _price(hands, SYMBOL, 0.975))
    hands.settle()
    hands.press("changeApply")
    hands.until(lambda: [f"{one.limit_price:.2f}" for one in _open(hands)] == [changed])

    hands.until(lambda: not hands.app.desk.orders.view.view.editing)
    hands.app.desk.orders.askCancelOf(_open(hands)[0].order_id)
    hands.until(lambda: hands.shows("cancelAskConfirm"))
    hands.settle()
    hands.press("cancelAskConfirm")
    hands.until(lambda: _open(hands) == ())
    hands.until(lambda: "CANCELED" in hands.words_in(hands.item("tradeLogCard")))


def _leaves_exits(hands: Hands) -> None:
    hands.write("ticketSymbol", OTHER)
    hands.press("ticketClassBracket")
    hands.write("ticket-limit_price", "")
    hands.write("ticket-take_profit", _price(hands, OTHER, 1.05))
    hands.write("ticket-stop_loss", _price(hands, OTHER, 0.95))
    _send(hands)
    hands.until(lambda: any(trade.symbol == OTHER for trade in hands.snapshot.trades))
    hands.until(lambda: len(_open(hands)) == 2)
    kinds = {one.order_type for one in _open(hands)}
    assert kinds == {OrderType.LIMIT, OrderType.STOP}
    assert all(one.parent_id is not None for one in _open(hands))
    hands.until(lambda: hands.app.desk.orders.rows.count == 2)
