"""What trading has brought is what the ledger says it has, trade by trade."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.trading.make import FEED, WALL, fill, order
from tests.unit.trading.test_books import external

from qt_trade.model.broker_account import BrokerPosition
from qt_trade.model.money import ZERO, Usd, usd
from qt_trade.model.orders import Fill, Side
from qt_trade.model.shares import shares
from qt_trade.model.signals import Source, SourceSignal, Vote
from qt_trade.model.symbols import Symbol
from qt_trade.trading import book_events as b
from qt_trade.trading.events import DecisionMade, OrderApproved, OrderFilled
from qt_trade.trading.performance import (
    TradeBook,
    Worth,
    max_drawdown,
    source_of,
    worth_before,
)
from qt_trade.trading.positions import book, flat

IBM = Symbol("IBM")


def told(*fills: Fill) -> list[OrderFilled]:
    """Return fills as the journal has them: with what each one realized."""
    position, events = flat(IBM), []
    for one in fills:
        booking = book(position, one)
        position = booking.position
        events.append(OrderFilled(at=WALL, feed_at=FEED, fill=one, realized=booking.realized))
    return events


def booked(*fills: Fill) -> TradeBook:
    trades = TradeBook()
    for event in told(*fills):
        trades.take(event)
    return trades


def test_before_the_first_closed_trade_nothing_is_known() -> None:
    """A rate of nothing is not zero."""
    trades = booked(fill())
    assert trades.total.trades == 0
    assert trades.total.win_rate is None
    assert trades.total.average_win is None
    assert trades.total.average_loss is None
    assert trades.total.profit_factor is None
    assert trades.median_holding is None
    assert trades.slippage_bp is None
    assert trades.average_holding is None


def test_won_and_lost_trades_are_counted_with_their_means() -> None:
    """Two won, one lost, one that earned exactly nothing."""
    trades = booked(
        fill(quantity=40),
        fill(Side.SELL, 10, "110", n=1),
        fill(Side.SELL, 10, "103", n=2),
        fill(Side.SELL, 10, "95", n=3),
        fill(Side.SELL, 10, "100", n=4),
    )
    assert (trades.total.trades, trades.total.wins, trades.total.losses) == (4, 2, 1)
    assert trades.total.win_rate == 0.5
    assert trades.total.average_win == usd(65)
    assert trades.total.average_loss == usd(-50)
    assert trades.total.profit_factor == 2.6
    assert trades.by_symbol[IBM] == trades.total


def test_a_closed_trade_knows_its_cost_and_how_long_it_was_held() -> None:
    """The share of the cost that left with it, from the position's opening to the fill."""
    trades = TradeBook()
    buy, sell = told(fill(quantity=20), _later(fill(Side.SELL, 5, "120", n=1), 90))
    assert trades.take(buy) is None
    closed = trades.take(sell)
    assert closed is not None
    assert closed.cost == usd(500)
    assert closed.realized == usd(100)
    assert closed.realized_share == 0.2
    assert closed.held_for == timedelta(minutes=90)
    assert trades.average_holding == trades.median_holding == timedelta(minutes=90)


def _later(one: Fill, minutes: int) -> Fill:
    return replace(one, at=FEED + timedelta(minutes=minutes))


fills = st.lists(
    st.tuples(st.sampled_from(Side), st.integers(1, 50), st.integers(1, 500)), max_size=30
)


@given(fills)
def test_its_sums_are_the_ledgers(drawn: list[Any]) -> None:
    """Whatever the order of buys and sells, through zero and back."""
    made = [
        fill(side, quantity, str(price), n=n) for n, (side, quantity, price) in enumerate(drawn)
    ]
    events = told(*made)
    trades = TradeBook()
    closed = [trade for trade in (trades.take(event) for event in events) if trade is not None]
    assert sum(trade.realized for trade in closed) == sum(
        event.realized for event in events if event.realized is not None
    )
    assert trades.total.trades == len(closed)
    assert trades.total.wins + trades.total.losses <= trades.total.trades
    assert all(trade.cost >= 0 for trade in closed)


def test_a_drawdown_is_measured_from_the_peak_before_it() -> None:
    """The deepest one counts, also when the account has recovered since."""
    values = [usd(one) for one in (100, 120, 90, 130, 117)]
    assert max_drawdown(values) == 0.25


def test_too_little_history_has_no_drawdown() -> None:
    """One value has fallen from nothing."""
    assert max_drawdown([usd(1)]) is None
    assert max_drawdown([]) is None
    assert max_drawdown([ZERO, ZERO]) is None


@given(st.lists(st.integers(1, 10**9).map(Usd), min_size=2))
def test_a_drawdown_is_a_fraction(values: list[Usd]) -> None:
    """And none at all for what only rose."""
    found = max_drawdown(values)
    assert found is not None
    assert 0 <= found < 1
    assert max_drawdown(sorted(values)) == 0


def test_the_worth_before_a_moment_is_the_last_one_known() -> None:
    """Not the one at the moment itself, and none before the first."""
    points = [Worth(FEED + timedelta(hours=n), usd(n + 1)) for n in range(3)]
    assert worth_before(points, FEED) is None
    assert worth_before(points, FEED + timedelta(hours=1)) == usd(1)
    assert worth_before(points, FEED + timedelta(days=1)) == usd(3)


def decision(order_id: str, price: float = 100.0, **more: Any) -> DecisionMade:
    told = {
        "order_id": order_id, "symbol": IBM, "reason": "x", "price": price, "bid": None,
        "ask": None, "quote_at": FEED, "model": None, "predicted_at": None, "horizon_min": None,
        "expected_return": None, "confidence": None,
    }  # fmt: skip
    return DecisionMade(at=WALL, feed_at=FEED, **told | more)


def says(source: Source, vote: Vote, strength: float) -> SourceSignal:
    return SourceSignal(source, vote, strength, "")


@pytest.mark.parametrize(
    ("more", "source"),
    [
        (
            {"sources": (says(Source.ML, Vote.BUY, 0.4), says(Source.TECHNICAL, Vote.BUY, 0.6))},
            "technical",
        ),
        (
            {"sources": (says(Source.ML, Vote.SELL, 0.1), says(Source.CANDIDATES, Vote.HOLD, 0.9))},
            "ml",
        ),
        ({"sources": (says(Source.ML, Vote.SILENT, 0.0),)}, "strategy"),
        ({"model": "drift"}, "ml"),
        ({}, "strategy"),
    ],
)
def test_a_decision_belongs_to_the_strongest_that_spoke(more: dict[str, Any], source: str) -> None:
    """Journals of before the sources had a model's prediction or nothing."""
    assert source_of(decision("o", **more)) == source


def test_trades_belong_to_whose_signal_had_opened_them() -> None:
    """Bought by a signal, sold by hand: the signal's; and by symbol they are the total."""
    buys = fill(quantity=10, order_id="o-1"), fill(quantity=5, order_id="o-2", n=1)
    sell = fill(Side.SELL, 12, "110", order_id="o-3", n=2)
    events = told(*buys, sell)
    trades = TradeBook()
    trades.take(decision("o-1", model="drift"))
    for number, one in enumerate((*buys, sell)):
        placed = order(quantity=one.quantity, order_id=one.order_id)
        trades.take(
            OrderApproved(
                at=WALL,
                feed_at=FEED,
                order=placed,
                command_id="c",
                reserved=ZERO,
                worst_price=None,
                opens=True,
                cycle=None,
            )
        )
        trades.take(events[number])
    assert set(trades.by_source) == {"ml"}
    trades.take(told(*buys, sell, fill(Side.SELL, 3, "90", order_id="o-3", n=3))[-1])
    assert trades.by_source["manual"].realized == usd(-30)
    assert sum(one.realized for one in trades.by_source.values()) == trades.total.realized


def test_slippage_is_against_what_the_decision_saw() -> None:
    """By value; a better price is negative, and an order by hand has none."""
    trades = TradeBook()
    for one in (decision("o-1", 100.0), decision("o-2", 200.0)):
        trades.take(one)
    fills = (
        fill(quantity=10, price="100.1", order_id="o-1"),
        fill(Side.SELL, 5, "199.6", order_id="o-2", n=1),
        fill(quantity=5, price="500", order_id="o-9", n=2),
    )
    for event in told(*fills):
        trades.take(event)
    assert trades.slippage_bp == pytest.approx((1 + 2) / 2_000 * 10_000)


def test_what_happens_beside_orders_keeps_cost_and_days_right() -> None:
    """Books that began with shares, a split, a trade by hand, a figure taken over."""
    when = {"at": WALL, "feed_at": FEED}
    line = BrokerPosition(IBM, shares(10), usd(1_000))
    trades = TradeBook()
    trades.take(b.BooksBegun(**when, cash=ZERO, positions=(line,), activities=()))
    trades.take(
        b.SharesAdjusted(**when, activity_id="s", symbol=IBM, quantity=shares(10), words="")
    )
    sold = replace(external(fill(Side.SELL, 5, "60"), 1), realized=usd(50))
    closed = trades.take(sold)
    assert closed is not None
    assert (closed.cost, closed.held_for, closed.source) == (usd(250), None, "unknown")
    taken = b.DifferenceAccepted(
        **when, key="k", by="me", reason="", symbol=IBM, cash=ZERO, quantity=shares(-15),
        cost=usd(-750),
    )  # fmt: skip
    assert trades.take(taken) is None
    assert trades.lots(IBM) == ()
