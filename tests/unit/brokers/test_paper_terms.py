"""How the paper broker works every kind of order, and what it does not take."""

import asyncio
from datetime import timedelta

import pytest
from tests.unit.trading.make import BAC, FEED, FREE, IBM, quote

from qt_trade.brokers.paper import PaperBroker
from qt_trade.model.broker_account import BrokerPosition
from qt_trade.model.money import usd
from qt_trade.model.orders import (
    BrokerOrder,
    Exits,
    Fill,
    Order,
    OrderClass,
    OrderOrigin,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
)
from qt_trade.model.shares import shares
from qt_trade.model.verdicts import Approved


def wanted(order_id="o-1", **fields):
    terms = {
        "symbol": IBM,
        "side": Side.SELL,
        "quantity": shares(10),
        "order_type": OrderType.MARKET,
        "limit_price": None,
        "time_in_force": TimeInForce.GTC,
        "origin": OrderOrigin.MANUAL,
        "reason": "a test",
        "created_at": FEED,
    }
    return Order(order_id=order_id, **(terms | fields))


def broker_of(*quotes, held=None, cash=None, limited=False, **options):
    broker = PaperBroker(FREE, limited_by_size=limited, **options)
    position = BrokerPosition(IBM, shares(held or 0), usd(0))
    broker.restore((), cash, (position,))
    for one in quotes or (quote(),):
        broker.on_quote(one)
    return broker


def submit(broker, one, worst=None):
    return asyncio.run(broker.submit(Approved(one, (), worst)))


def at(price, seconds=0, **fields):
    return quote(price=price, at=FEED + timedelta(seconds=seconds), **fields)


def fills(news):
    return [(one.order_id, one.price) for one in news if isinstance(one, Fill)]


def status(broker, order_id="o-1"):
    return asyncio.run(broker.order(order_id)).status


@pytest.mark.parametrize(
    ("side", "stop", "before", "beyond"),
    [(Side.SELL, 95, 95.5, 94.0), (Side.BUY, 105, 104.5, 106.0)],
)
def test_a_stop_waits_for_the_last_price_and_then_takes_the_market(side, stop, before, beyond):
    broker = broker_of()
    submit(broker, wanted(side=side, order_type=OrderType.STOP, stop_price=usd(stop)))
    assert fills(broker.on_quote(at(before, 1))) == []
    assert fills(broker.on_quote(at(beyond, 2))) == [("o-1", usd(beyond))]


def test_a_stop_limit_does_not_sell_below_its_limit():
    broker = broker_of()
    terms = {"order_type": OrderType.STOP_LIMIT, "stop_price": usd(95), "limit_price": usd(94)}
    submit(broker, wanted(**terms))
    (told,) = broker.on_quote(at(93.0, 1))
    assert told.triggered
    assert fills(broker.on_quote(at(94.5, 2))) == [("o-1", usd("94.50"))]


def test_a_triggered_stop_is_triggered_after_a_restart():
    broker = broker_of()
    terms = {"order_type": OrderType.STOP_LIMIT, "stop_price": usd(95), "limit_price": usd(94)}
    submit(broker, wanted(**terms))
    broker.on_quote(at(93.0, 1))
    reborn = PaperBroker(FREE, limited_by_size=False)
    reborn.restore(asyncio.run(broker.orders()))
    assert fills(reborn.on_quote(at(96.0, 2))) == [("o-1", usd(96))]


@pytest.mark.parametrize(
    ("trail", "stands"), [({"trail_price": usd(5)}, 105), ({"trail_bp": 1_000}, 99)]
)
def test_a_trailing_stop_follows_up_and_never_down(trail, stands):
    broker = broker_of()
    submit(broker, wanted(order_type=OrderType.TRAILING_STOP, **trail))
    (moved,) = broker.on_quote(at(110.0, 1))[-1:]
    assert moved.stop_price == usd(stands)
    assert broker.on_quote(at(stands + 1.0, 2)) == []
    assert fills(broker.on_quote(at(float(stands), 3))) == [("o-1", usd(stands))]


def test_a_trailing_purchase_follows_down():
    broker = broker_of()
    terms = {"order_type": OrderType.TRAILING_STOP, "trail_price": usd(5)}
    submit(broker, wanted(side=Side.BUY, **terms))
    broker.on_quote(at(90.0, 1))
    assert fills(broker.on_quote(at(95.0, 2))) == [("o-1", usd(95))]


def test_exits_share_what_there_is():
    """Six of ten sold at the profit, so that the stop sells the four that are left."""
    broker = broker_of(quote(ask_size=10, bid_size=10), held=0, limited=True)
    exits = Exits(take_profit=usd(110), stop_loss=usd(90))
    submit(broker, wanted(side=Side.BUY, order_class=OrderClass.BRACKET, exits=exits))
    broker.on_quote(at(110.0, 1, bid_size=6))
    news = broker.on_quote(at(89.0, 2, bid_size=100))
    (last,) = [one for one in news if isinstance(one, Fill)]
    assert (last.order_id, last.quantity) == ("o-1-sl", 4)
    assert status(broker, "o-1-tp") is status(broker, "o-1-sl") is OrderStatus.CANCELED
    assert asyncio.run(broker.account()).positions == {}


def test_a_cancel_takes_along_what_belongs_together():
    broker = broker_of(held=10)
    terms = {"order_type": OrderType.LIMIT, "limit_price": usd(110)}
    submit(broker, wanted(order_class=OrderClass.OCO, exits=Exits(stop_loss=usd(90)), **terms))
    asyncio.run(broker.cancel("o-1-sl"))
    assert status(broker) is status(broker, "o-1-sl") is OrderStatus.CANCELED


def test_what_followed_and_was_not_journalled_happens_anew_after_a_restart():
    """The entry's fill is in the journal, and that its exits were activated is not."""
    exits = Exits(take_profit=usd(110), stop_loss=usd(90))
    entry = wanted(side=Side.BUY, order_class=OrderClass.BRACKET, exits=exits)
    broker = broker_of()
    submit(broker, entry)
    known = [
        BrokerOrder(one.order, OrderStatus.HELD, "", (), None) if one.order.parent_id else one
        for one in asyncio.run(broker.orders())
    ]
    reborn = PaperBroker(FREE, limited_by_size=False)
    reborn.restore(known)
    assert [one.status for one in reborn.take_events()] == [OrderStatus.ACCEPTED] * 2
    assert fills(reborn.on_quote(at(111.0, 1))) == [("o-1-tp", usd(110))]


def test_a_replaced_stop_of_a_bracket_stays_beside_its_take_profit():
    broker = broker_of()
    exits = Exits(take_profit=usd(110), stop_loss=usd(90))
    submit(broker, wanted(side=Side.BUY, order_class=OrderClass.BRACKET, exits=exits))
    raised = wanted(
        "o-2",
        order_type=OrderType.STOP,
        stop_price=usd(98),
        parent_id="o-1",
        replaces="o-1-sl",
    )
    ack = asyncio.run(broker.replace("o-1-sl", Approved(raised, (), None)))
    assert ack.accepted
    assert status(broker, "o-1-sl") is OrderStatus.REPLACED
    broker.on_quote(at(97.0, 1))
    assert status(broker, "o-2") is OrderStatus.FILLED
    assert status(broker, "o-1-tp") is OrderStatus.CANCELED


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (wanted(side=Side.BUY, quantity=shares(11)), "insufficient buying power"),
        (wanted(quantity=shares(11)), "shorting is not allowed: 10 shares"),
        (wanted(symbol=BAC), "no quote of BAC"),
    ],
)
def test_what_a_broker_does_not_take(one, words):
    broker = broker_of(held=10, cash=usd(1_000))
    ack = submit(broker, one)
    assert not ack.accepted
    assert words in ack.words
    assert submit(broker, one) == ack


def test_what_is_on_order_is_not_spent_or_sold_twice():
    broker = broker_of(held=10, cash=usd(1_000))
    rests = {"order_type": OrderType.LIMIT, "limit_price": usd(90), "side": Side.BUY}
    assert submit(broker, wanted("b-1", **rests)).accepted
    assert not submit(broker, wanted("b-2", **rests)).accepted
    sells = {"order_type": OrderType.LIMIT, "limit_price": usd(110)}
    assert submit(broker, wanted("s-1", **sells)).accepted
    assert not submit(broker, wanted("s-2", **sells)).accepted


def test_a_halted_symbol_takes_and_fills_nothing():
    broker = broker_of()
    submit(broker, wanted("rests", order_type=OrderType.LIMIT, limit_price=usd(110)))
    broker.halt(IBM)
    assert submit(broker, wanted()).words == "IBM is halted"
    assert broker.on_quote(at(120.0, 1)) == []
    broker.resume(IBM)
    assert fills(broker.on_quote(at(120.0, 2))) == [("rests", usd(110))]


def test_a_symbol_that_is_silent_while_others_trade_counts_as_halted():
    broker = broker_of(quote(), quote(BAC, at=FEED + timedelta(minutes=16)))
    assert "seems halted" in submit(broker, wanted()).words


def test_outside_the_regular_session_only_extended_orders_fill():
    broker = broker_of(regular=lambda moment: moment < FEED + timedelta(seconds=1))
    terms = {"order_type": OrderType.LIMIT, "limit_price": usd(105)}
    day = TimeInForce.DAY
    submit(broker, wanted("plain", **terms))
    submit(broker, wanted("extended", extended_hours=True, time_in_force=day, **terms))
    assert broker.on_session_close() == []
    assert fills(broker.on_quote(at(106.0, 60))) == [("extended", usd(105))]


def test_an_extended_day_order_ends_with_the_exchange_day():
    broker = broker_of()
    terms = {"order_type": OrderType.LIMIT, "limit_price": usd(105)}
    submit(broker, wanted(extended_hours=True, time_in_force=TimeInForce.DAY, **terms))
    (ended,) = broker.on_quote(at(106.0, 24 * 3600))
    assert ended.status is OrderStatus.EXPIRED


def test_parts_of_shares_are_exact():
    broker = broker_of(quote(price=33.33), cash=usd(100))
    part = wanted(side=Side.BUY, quantity=shares("1.5"), time_in_force=TimeInForce.DAY)
    assert submit(broker, part).accepted
    account = asyncio.run(broker.account())
    assert account.cash == usd("50.005")
    assert account.positions[IBM].quantity == shares("1.5")
