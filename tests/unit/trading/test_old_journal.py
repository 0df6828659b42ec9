"""A journal that an earlier version wrote still loads: whole shares as JSON's integers, no new fields."""

from datetime import datetime, timedelta

from tests.unit.trading.make import FEED, IBM, WALL

from qt_trade.model.journal import JournalRecord
from qt_trade.model.money import usd
from qt_trade.model.orders import OrderClass, OrderStatus
from qt_trade.trading.ledger import fold
from qt_trade.trading.records import from_record

WHEN = '"at":"2026-11-23T20:00:00Z","feed_at":"2013-10-07T14:00:00Z"'


def order(order_id: str, side: str, order_type: str, limit: str) -> str:
    return (
        f'{{"order_id":"{order_id}","symbol":"IBM","side":"{side}","quantity":10,'
        f'"order_type":"{order_type}","limit_price":{limit},"time_in_force":"DAY",'
        '"origin":"manual","reason":"manual order by desk-1",'
        '"created_at":"2026-11-23T20:00:00Z"}'
    )


def approved(order_id: str, side: str, reserved: int) -> tuple[str, str]:
    body = (
        f'{{{WHEN},"order":{order(order_id, side, "MARKET", "null")},"command_id":"c-{order_id}",'
        f'"reserved":{reserved},"worst_price":100500000,"opens":true,"cycle":null}}'
    )
    return "OrderApproved", body


def filled(order_id: str, quantity: int, price: int) -> tuple[str, str]:
    body = (
        f'{{{WHEN},"fill":{{"fill_id":"{order_id}-0","order_id":"{order_id}","symbol":"IBM",'
        f'"side":"BUY","quantity":{quantity},"price":{price},"commission":1000000,'
        '"at":"2013-10-07T14:00:00Z"},"realized":null}'
    )
    return "OrderFilled", body


RECORDED = [
    ("AccountOpened", f'{{{WHEN},"account_id":"main","cash":100000000000}}'),
    (
        "RiskJudged",
        (
            f'{{{WHEN},"order":{order("o-1", "BUY", "MARKET", "null")},'
            '"verdicts":[{"rule":"stopped","passed":true,"words":"trading is not stopped"}]}'
        ),
    ),
    approved("o-1", "BUY", 1_006_000_000),
    ("OrderSent", f'{{{WHEN},"order_id":"o-1"}}'),
    ("OrderAcknowledged", f'{{{WHEN},"order_id":"o-1","broker_order_id":"paper-o-1"}}'),
    filled("o-1", 10, 100_000_000),
    approved("o-2", "BUY", 1_006_000_000),
    ("OrderUnknown", f'{{{WHEN},"order_id":"o-2","words":"timed out"}}'),
    ("CancelAsked", f'{{{WHEN},"order_id":"o-2","by":"desk-1","reason":"asked for by hand"}}'),
    ("OrderCanceled", f'{{{WHEN},"order_id":"o-2","words":"canceled on request"}}'),
]
"""As the journal of the first release has them, byte for byte."""


def record(kind: str, body: str) -> JournalRecord:
    return JournalRecord(
        kind=kind, at=WALL, feed_at=FEED, order_id=None, command_id=None, body=body.encode()
    )


def test_the_journal_of_an_earlier_version_gives_the_same_account() -> None:
    """Fields that came since have their defaults."""
    events = [from_record(record(kind, body)) for kind, body in RECORDED]
    account = fold(None, events)
    first, second = account.orders["o-1"], account.orders["o-2"]
    assert (first.status, second.status) == (OrderStatus.FILLED, OrderStatus.CANCELED)
    assert first.order.order_class is OrderClass.SIMPLE
    assert (first.order.exits, first.order.parent_id, first.replaced_by) == (None, None, None)
    assert account.quantity(IBM) == 10
    assert account.cash == usd(100_000) - usd(1_001)
    assert isinstance(first.at, datetime)
    assert first.at - first.order.created_at == timedelta(0)
