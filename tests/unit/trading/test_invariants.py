"""The rules that never bend, held over any sequence of commands, quotes, repeats and restarts.

Every run drives the real core and the real paper broker; after every step DESIGN.md §3 is
reckoned again from the journal alone.
"""

import re
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.unit.trading.make import (
    BAC,
    COSTS,
    IBM,
    NOW,
    OPEN,
    WIDE,
    account,
    core_of,
    later,
    prediction,
    quote,
)
from tests.unit.trading.shell import Shell, run

from qt_trade.brokers.paper import PaperBroker
from qt_trade.model.limits import Strategy
from qt_trade.model.money import usd
from qt_trade.model.orders import OrderType, Side, TimeInForce
from qt_trade.model.presets import PRESETS
from qt_trade.model.shares import shares
from qt_trade.trading import events as e
from qt_trade.trading.commands import (
    CancelAll,
    CloseAll,
    Command,
    Resume,
    RunCycle,
    StartAutoTrading,
    StopAll,
    SubmitManual,
)
from qt_trade.trading.ledger import fold
from qt_trade.trading.steps import Send

LIMITS = replace(
    WIDE,
    daily_notional_cap=usd(12_000),
    position_shares_max=90,
    position_weight_max=0.5,
    trades_per_cycle_max=1,
    cash_reserve=usd(91_000),
    cooldown_min=0,
)
PRICES = {IBM: 100.0, BAC: 14.0}
symbols = st.sampled_from([IBM, BAC])
sides = st.sampled_from([Side.BUY, Side.SELL])
quantities = st.sampled_from([1, 30, 45, 90, 200])


class Trading(RuleBasedStateMachine):
    """Two symbols, one account of 100,000, tight limits; prices move by up to 3 %."""

    @initialize(limited=st.booleans())
    def begin(self, limited):
        self.limited = limited
        self.prices = dict(PRICES)
        self.seconds = 0.0
        self.asked: list[Command] = []
        self.lasting_stop = False
        self.approved_before_stop = 0
        quotes = tuple(self.quote_of(symbol) for symbol in PRICES)
        broker = PaperBroker(COSTS, limited_by_size=limited)
        self.shell = Shell(core_of(account(), *quotes, limits=LIMITS, costs=COSTS), broker, NOW)
        for one in quotes:
            broker.on_quote(one)

    def quote_of(self, symbol, size=40):
        price = self.prices[symbol]
        return quote(
            symbol,
            price,
            bid=round(price * 0.9998, 4),
            ask=round(price * 1.0002, 4),
            bid_size=size,
            ask_size=size,
            at=later(self.seconds).feed,
        )

    def ask(self, command):
        self.asked.append(command)
        return self.shell.ask(command)

    def next_id(self):
        return f"c-{len(self.asked)}"

    def submit(self, symbol, side, quantity, *, most, limit=None, force=TimeInForce.DAY):
        """Send an order; with ``most`` the largest that risk says would pass."""
        command = SubmitManual(
            command_id=self.next_id(),
            by="desk",
            symbol=symbol,
            side=side,
            quantity=shares(quantity),
            order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
            limit_price=limit,
            time_in_force=force,
        )
        reply = self.ask(command)
        way_out = re.search(r"; (\d+) shares would pass", reply.reason)
        if most and way_out:
            again = replace(command, command_id=self.next_id(), quantity=shares(way_out[1]))
            assert self.ask(again).accepted

    @rule(symbol=symbols, side=sides, force=st.sampled_from(TimeInForce), quantity=quantities)
    def submit_at_the_market(self, symbol, side, force, quantity):
        self.submit(symbol, side, quantity, most=True, force=force)

    @rule(symbol=symbols, quantity=quantities, below=st.integers(0, 100), most=st.booleans())
    def submit_a_bid_that_rests(self, symbol, quantity, below, most):
        limit = self.near(symbol, -below)
        self.submit(symbol, Side.BUY, quantity, most=most, limit=limit, force=TimeInForce.GTC)

    @rule(symbol=symbols, quantity=quantities, above=st.integers(-50, 100), most=st.booleans())
    def submit_an_offer(self, symbol, quantity, above, most):
        self.submit(symbol, Side.SELL, quantity, most=most, limit=self.near(symbol, above))

    def near(self, symbol, basis_points):
        return usd(f"{round(self.prices[symbol] * (1 + basis_points / 10_000), 2):.2f}")

    @rule(data=st.data())
    @precondition(lambda self: self.asked)
    def repeat_an_earlier_command(self, data):
        command = data.draw(st.sampled_from(self.asked))
        before = len(self.shell.journal), len(self.shell.sent)
        reply = self.shell.ask(command)
        if reply.repeated:
            assert (len(self.shell.journal), len(self.shell.sent)) == before

    @rule(symbol=symbols, move=st.integers(-300, 300), seconds=st.integers(0, 60))
    def quote_moves(self, symbol, move, seconds):
        self.seconds += seconds
        self.shell.now = later(self.seconds)
        self.prices[symbol] = round(self.prices[symbol] * (1 + move / 10_000), 2)
        self.shell.quote(self.quote_of(symbol))

    @rule(expected=st.sampled_from([-0.01, 0.01]), preset=st.sampled_from(Strategy))
    def cycle(self, expected, preset):
        settings_now = replace(PRESETS[preset], order_notional=usd(3_000))
        self.ask(StartAutoTrading(command_id=self.next_id(), by="d", settings=settings_now))
        feed = self.shell.now.feed
        self.shell.core.on_predictions({s: prediction(s, expected, 0.9, at=feed) for s in PRICES})
        self.ask(RunCycle(command_id=self.next_id(), by="worker", slot=feed))

    @precondition(lambda self: not self.lasting_stop)
    @rule()
    def stop_all(self):
        reply = self.ask(StopAll(command_id=self.next_id(), by="d", reason="fire"))
        assert reply.accepted
        self.lasting_stop = True
        self.approved_before_stop = len(self.approvals())

    @precondition(lambda self: not self.lasting_stop)
    @rule()
    def stop_while_an_order_waits_to_be_sent(self):
        command = SubmitManual(
            command_id=self.next_id(),
            by="desk",
            symbol=IBM,
            side=Side.BUY,
            quantity=shares(1),
            order_type=OrderType.MARKET,
            limit_price=None,
            time_in_force=TimeInForce.DAY,
        )
        self.asked.append(command)
        self.shell.settle(self.shell.core.handle(command, self.shell.now))
        halt_id = f"halt-{len(self.asked)}"
        self.shell.core.halt(halt_id, "fire")
        sent = len(self.shell.sent)
        self.shell.work()
        assert len(self.shell.sent) == sent
        self.shell.ask(StopAll(command_id=halt_id, by="d", reason="fire"))
        self.lasting_stop = True
        self.approved_before_stop = len(self.approvals())

    @precondition(lambda self: self.lasting_stop)
    @rule(again=st.sampled_from([1, 2]))
    def resume(self, again):
        """Twice at times: the second has nothing to do."""
        self.lasting_stop = False
        for _ in range(again):
            assert self.ask(Resume(command_id=self.next_id(), by="d", reason="out")).accepted

    @rule()
    def cancel_all(self):
        self.ask(CancelAll(command_id=self.next_id(), by="d", reason="enough"))
        assert self.shell.core.account.open_orders == ()

    @rule()
    def close_all(self):
        self.ask(CloseAll(command_id=self.next_id(), by="d", reason="enough"))
        left = self.shell.core.account
        waiting = {s.order.symbol for s in left.open_orders}
        assert set(left.held) <= waiting, "what is still held is on its way out"

    @rule()
    def close_session(self):
        self.shell.close_session()

    @rule(crash=st.sampled_from(["idle", "before sending", "before the answer"]))
    def restart(self, crash):
        """Die at the worst moments, then come back from the journal alone."""
        core = self.shell.core
        if crash != "idle":
            command = SubmitManual(
                command_id=self.next_id(),
                by="desk",
                symbol=BAC,
                side=Side.BUY,
                quantity=shares(3),
                order_type=OrderType.MARKET,
                limit_price=None,
                time_in_force=TimeInForce.DAY,
            )
            self.asked.append(command)
            self.shell.settle(core.handle(command, self.shell.now))
        if crash == "before the answer":
            effect = core.next_effect(self.shell.now)
            if isinstance(effect, Send):
                run(self.shell.broker.submit(effect.approved))
        quotes = tuple(self.quote_of(symbol) for symbol in PRICES)
        reborn = core_of(
            fold(account(), self.shell.events), *quotes, limits=LIMITS, costs=COSTS, market=OPEN
        )
        broker = PaperBroker(COSTS, limited_by_size=self.limited)
        broker.restore(reborn.broker_orders())
        self.shell.core, self.shell.broker = reborn, broker
        for one in quotes:
            self.shell.quote(one)
        self.shell.settle(reborn.reconcile(run(broker.orders()), self.shell.now))
        self.shell.work()
        if crash != "idle":
            assert reborn.account.orders.keys() >= set(self.shell.sent[-1:])

    def approvals(self):
        return [one for one in self.shell.events if isinstance(one, e.OrderApproved)]

    @invariant()
    def the_journal_alone_gives_the_account(self):
        assert fold(account(), self.shell.events) == self.shell.core.account

    @invariant()
    def money_adds_up(self):
        held = self.shell.core.account
        cost = sum(position.cost for position in held.positions.values())
        assert held.cash == held.deposited + held.realized - cost

    @invariant()
    def the_broker_and_we_agree(self):
        ours = {key: state.fills for key, state in self.shell.core.account.orders.items()}
        for known in run(self.shell.broker.orders()):
            assert ours[known.order.order_id] == known.fills
        assert self.shell.problems == []

    @invariant()
    def nothing_is_sent_that_was_not_approved_before(self):
        approved = {one.order.order_id for one in self.approvals()}
        assert set(self.shell.sent) <= approved

    @invariant()
    def a_command_has_at_most_one_order(self):
        by_command: dict[str, set[str]] = {}
        for one in self.approvals():
            if one.cycle is None:
                by_command.setdefault(one.command_id, set()).add(
                    f"{one.order.symbol} {one.order.order_id}"
                )
        for orders in by_command.values():
            assert len({text.split()[0] for text in orders}) == len(orders)

    @invariant()
    def no_cap_is_exceeded(self):
        held = self.shell.core.account
        for symbol in PRICES:
            shares = held.quantity(symbol) + held.waiting(symbol, Side.BUY)
            assert held.quantity(symbol) >= held.waiting(symbol, Side.SELL)
            assert shares <= LIMITS.position_shares_max
        assert held.today.opened + held.opening_reserved <= LIMITS.daily_notional_cap
        assert held.cash - held.reserved >= LIMITS.cash_reserve

    @invariant()
    def after_a_stop_nothing_opens(self):
        if self.lasting_stop:
            new = self.approvals()[self.approved_before_stop :]
            assert not any(one.opens for one in new)
            assert self.shell.core.halted is not None


TestTrading = Trading.TestCase
TestTrading.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
