"""An order that has ended in our journal is still held against what the broker says of it."""

from tests.unit.trading.make import FEED, IBM, NOW, WALL, core_of
from tests.unit.trading.make import fill as make_fill
from tests.unit.trading.test_engine_core import acknowledged, at_broker, kinds

from qt_trade.model.orders import OrderStatus, Side
from qt_trade.trading import events as e
from qt_trade.trading.steps import Cancel


def canceled():
    gone = e.OrderCanceled(at=WALL, feed_at=FEED, order_id="waiting", words="on request")
    return core_of(acknowledged(gone))


def test_a_fill_whose_news_was_lost_before_the_cancel_is_booked_at_the_next_look():
    """Seed 197: executed in part, the news lost, then canceled: the shares were never booked."""
    core = canceled()
    step = core.reconcile(
        (at_broker(OrderStatus.CANCELED, make_fill(Side.SELL, 3, order_id="waiting")),), NOW
    )
    assert kinds(step.events) == ["OrderFilled"]
    core.journaled(step)
    assert core.account.quantity(IBM) == 7
    assert core.account.orders["waiting"].status is OrderStatus.CANCELED


def test_an_order_that_was_given_up_and_arrived_after_all_is_canceled_at_the_broker():
    """A request may take its effect after its time-out, when its order has been given up."""
    core = canceled()
    step = core.reconcile((at_broker(OrderStatus.ACCEPTED),), NOW)
    assert kinds(step.events) == ["CancelAsked"]
    core.journaled(step)
    assert core.next_effect(NOW) == Cancel("waiting")


def test_an_ended_order_of_which_all_is_known_makes_no_step():
    """Most looks find nothing new, and nothing is written then."""
    assert canceled().reconcile((at_broker(OrderStatus.CANCELED),), NOW).events == ()
