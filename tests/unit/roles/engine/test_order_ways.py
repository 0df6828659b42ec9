"""The way of an open order is told step by step, and forgotten with its end."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from qt_trade.contract.payloads.results import OrderEvent
from qt_trade.model.feeds import FeedKind
from qt_trade.model.orders import OrderOrigin, OrderStatus, Side
from qt_trade.roles.engine.order_ways import STEPS_KEPT, OrderWays

AT = datetime(2013, 10, 7, 14, 0, tzinfo=UTC)
ID = "qt-AAPL-0-1"


def line(
    event: str, status: OrderStatus, second: int = 0, words: str = "60 min +0.3%"
) -> OrderEvent:
    """Return a line of the journal about the order."""
    at = AT + timedelta(seconds=second)
    return OrderEvent(
        ts=at, source="engine", feed=FeedKind.REPLAY, account="a", feed_ts=at, order_id=ID,
        symbol="AAPL", side=Side.BUY, event=event, status=status, quantity=Decimal(10),
        filled_qty=Decimal(0), words=words, origin=OrderOrigin.MANUAL,
    )  # fmt: skip


def test_an_order_that_nobody_knows_has_told_how_it_came_there() -> None:
    """Decided, checked, sent, unknown: each with its time and its words."""
    ways = OrderWays()
    ways.take(line("approved", OrderStatus.PENDING_NEW, words="by hand"))
    ways.take(line("sent", OrderStatus.PENDING_NEW, 1, "handed to the broker"))
    ways.take(line("unknown", OrderStatus.UNKNOWN, 6, "no answer within 5 s"))
    steps = ways.of(ID)
    assert [step.name for step in steps] == ["decided", "checked", "sent", "unknown"]
    assert steps[0].words == "by hand"
    assert steps[-1].at == AT + timedelta(seconds=6)
    assert ways.of("another") == ()


def test_what_has_ended_is_forgotten() -> None:
    """Open orders alone are in the document."""
    ways = OrderWays()
    ways.take(line("approved", OrderStatus.PENDING_NEW))
    ways.take(line("canceled", OrderStatus.CANCELED, 2))
    assert ways.of(ID) == ()


def test_an_order_filled_in_many_parts_keeps_its_beginning_and_its_last_steps() -> None:
    """The document stays small however often it is filled."""
    ways = OrderWays()
    ways.take(line("approved", OrderStatus.PENDING_NEW))
    for part in range(100):
        ways.take(line("filled", OrderStatus.PARTIALLY_FILLED, part, f"1 at {part}"))
    steps = ways.of(ID)
    assert len(steps) == STEPS_KEPT
    assert steps[0].name == "decided"
    assert steps[-1].words == "1 at 99"
