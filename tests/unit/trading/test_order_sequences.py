"""Whatever is ordered, filled, replaced and canceled in whatever order: nothing is lost or doubled."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.trading.make import BAC, COSTS, FEED, IBM, NOW, WIDE, account, core_of, quote
from tests.unit.trading.shell import Shell, run
from tests.unit.trading.test_engine_core import by
from tests.unit.trading.test_order_life import wish

from qt_trade.brokers.paper import PaperBroker
from qt_trade.model.money import Usd, usd
from qt_trade.model.orders import (
    Exits,
    Fill,
    OrderClass,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
)
from qt_trade.model.shares import NO_SHARES, shares
from qt_trade.trading.commands import CancelManual, ReplaceManual
from qt_trade.trading.ledger import fold
from qt_trade.trading.positions import book, flat

MARKET = OrderType.MARKET
quantities = st.integers(1, 30).map(shares)
parts = st.decimals("0.000000001", "30", places=9, allow_nan=False).map(shares)
prices = st.integers(80, 120).map(usd)
sides = st.sampled_from(Side)
symbols = st.sampled_from([IBM, BAC])


@st.composite
def wishes(draw):
    """An order of any kind, as a person might word it."""
    kind = draw(st.sampled_from(["market", "limit", "stop", "trail", "bracket", "oco", "part"]))
    terms = {"symbol": draw(symbols), "side": draw(sides), "quantity": draw(quantities)}
    if kind == "part":
        terms |= {"quantity": draw(parts), "time_in_force": TimeInForce.DAY}
    elif kind == "limit":
        terms |= {"order_type": OrderType.LIMIT, "limit_price": draw(prices)}
    elif kind == "stop":
        terms |= {"order_type": OrderType.STOP, "stop_price": draw(prices)}
    elif kind == "trail":
        terms |= {"order_type": OrderType.TRAILING_STOP, "trail_bp": draw(st.integers(1, 900))}
    elif kind == "bracket":
        exits = Exits(take_profit=usd(draw(st.integers(101, 120))), stop_loss=usd(90))
        terms |= {"side": Side.BUY, "order_class": OrderClass.BRACKET, "exits": exits}
    elif kind == "oco":
        terms |= {
            "side": Side.SELL,
            "order_type": OrderType.LIMIT,
            "limit_price": usd(draw(st.integers(101, 110))),
            "order_class": OrderClass.OCO,
            "exits": Exits(stop_loss=usd(draw(st.integers(85, 100)))),
        }
    return terms


actions = st.one_of(
    wishes().map(lambda terms: ("submit", terms)),
    st.tuples(symbols, st.integers(80, 120), st.integers(0, 12)).map(lambda one: ("quote", one)),
    st.tuples(st.integers(0, 9), prices, quantities).map(lambda one: ("replace", one)),
    st.integers(0, 9).map(lambda n: ("cancel", n)),
    st.just(("close", None)),
    st.just(("restart", None)),
)


class Play:
    """A core and a paper broker that live through a list of actions."""

    def __init__(self) -> None:
        quotes = [quote(symbol, bid=99.9, ask=100.1) for symbol in (IBM, BAC)]
        core = core_of(None, *quotes, costs=COSTS, limits=WIDE)
        self.shell = Shell(core, PaperBroker(COSTS, limited_by_size=True), NOW)
        self.shell.broker.restore((), core.account.cash)
        for one in quotes:
            self.shell.broker.on_quote(one)
        self.count = 0
        self.last = {one.symbol: one for one in quotes}

    def act(self, action) -> None:
        kind, how = action
        self.count += 1
        getattr(self, kind)(how)
        self.check()

    def submit(self, terms) -> None:
        self.shell.ask(wish(f"c-{self.count}", **terms))

    def quote(self, how) -> None:
        symbol, price, size = how
        at = FEED + timedelta(seconds=self.count)
        self.last[symbol] = quote(
            symbol, price, bid=price - 0.1, ask=price + 0.1, bid_size=size, ask_size=size, at=at
        )
        self.shell.quote(self.last[symbol])

    def replace(self, how) -> None:
        n, price, quantity = how
        found = self.open(n)
        if found is not None:
            field = "stop_price" if found.order.stop_price is not None else "limit_price"
            self.shell.ask(
                by(ReplaceManual, f"c-{self.count}", order_id=found.order.order_id,
                   **{field: price}, quantity=quantity)
            )  # fmt: skip

    def cancel(self, n) -> None:
        found = self.open(n)
        if found is not None:
            self.shell.ask(by(CancelManual, f"c-{self.count}", order_id=found.order.order_id))

    def close(self, _how) -> None:
        self.shell.close_session()

    def restart(self, _how) -> None:
        """A new broker takes over what the journal knows of the old one."""
        core = self.shell.core
        broker = PaperBroker(COSTS, limited_by_size=True)
        broker.restore(core.broker_orders(), core.account.cash, core.broker_positions())
        before = {one.order.order_id: one for one in run(self.shell.broker.orders())}
        after = {one.order.order_id: one for one in run(broker.orders())}
        for order_id, one in after.items():
            old = before[order_id]
            assert (one.status, one.fills, one.triggered) == (old.status, old.fills, old.triggered)
            if one.order.order_type is OrderType.TRAILING_STOP:
                assert one.stop_price == old.stop_price
        self.shell.broker = broker
        self.shell.take_events()
        for last in self.last.values():
            self.shell.quote(last)

    def open(self, n):
        there = self.shell.core.account.open_orders
        return there[n % len(there)] if there else None

    def check(self) -> None:
        core, theirs = self.shell.core, run(self.shell.broker.account())
        ours = core.account
        assert theirs.cash == ours.cash
        held = {symbol: one.quantity for symbol, one in ours.held.items()}
        assert held == {symbol: one.quantity for symbol, one in theirs.positions.items()}
        for symbol in (IBM, BAC):
            assert ours.quantity(symbol) >= 0
            assert ours.waiting(symbol, Side.SELL) <= ours.quantity(symbol)
        costs = sum(one.cost for one in ours.positions.values())
        assert ours.cash == ours.deposited + ours.realized - costs
        statuses = {one.order.order_id: one.status for one in run(self.shell.broker.orders())}
        for order_id, state in ours.orders.items():
            if state.sent and state.status is not OrderStatus.REJECTED:
                assert statuses[order_id] is state.status
            assert NO_SHARES <= state.filled <= state.order.quantity
        assert self.shell.problems == []


@settings(max_examples=120, deadline=None)
@given(st.lists(actions, min_size=1, max_size=25))
def test_ledger_and_broker_tell_the_same_after_every_action(drawn) -> None:
    """Cash, shares and every status; exits sell no more than there is; the fold gives it again."""
    play = Play()
    for action in drawn:
        play.act(action)
    assert fold(account(), play.shell.events) == play.shell.core.account


@given(st.lists(st.tuples(sides, parts, st.integers(1, 99_999)), min_size=1, max_size=12))
def test_parts_of_shares_lose_no_micro_dollar(trades: list[tuple[Side, Decimal, int]]) -> None:
    """Whatever is bought and sold in parts: cash, cost and profit of the books agree exactly."""
    position, cash = flat(IBM), 0
    for n, (side, quantity, cents) in enumerate(trades):
        one = Fill(f"f-{n}", "o-1", IBM, side, quantity, Usd(cents * 10_000), Usd(7), FEED)
        booking = book(position, one)
        position, cash = booking.position, cash + booking.cash
        assert cash + position.cost == position.realized
    assert position.quantity == sum(
        (quantity if side is Side.BUY else -quantity for side, quantity, _ in trades), NO_SHARES
    )
