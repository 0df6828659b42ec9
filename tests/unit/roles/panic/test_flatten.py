"""Without an engine everything is closed at the broker, once, and proved by it."""

from datetime import timedelta

import pytest
from tests.unit.trading.make import FREE, IBM, SPY, WALL, order, quote

from qt_trade.brokers.paper import PaperBroker
from qt_trade.kit.clock import ManualClock
from qt_trade.model.broker_account import BrokerPosition
from qt_trade.model.broker_errors import AmbiguousAnswerError
from qt_trade.model.emergencies import Emergency
from qt_trade.model.money import usd
from qt_trade.model.orders import BrokerAck
from qt_trade.model.shares import shares
from qt_trade.model.verdicts import Approved
from qt_trade.roles.panic.flatten import Flattener, Outcome, Wanted
from qt_trade.trading.emergency import ATTEMPTS_MAX
from qt_trade.trading.ids import order_id_for

pytestmark = pytest.mark.asyncio


class CountingBroker(PaperBroker):
    """A paper broker that counts. ``silent``: submits it carries out and does not answer."""

    def __init__(self) -> None:
        super().__init__(FREE, limited_by_size=False)
        self.submitted: list[str] = []
        self.silent = 0
        self.away = 0
        self.halted = False

    async def submit(self, approved: Approved) -> BrokerAck:
        self.submitted.append(approved.order.order_id)
        if self.halted:
            return BrokerAck(
                approved.order.order_id, accepted=False, broker_order_id="", words="halt"
            )
        ack = await super().submit(approved)
        if self.silent:
            self.silent -= 1
            raise AmbiguousAnswerError("timed out")
        return ack

    async def orders(self):
        if self.away:
            self.away -= 1
            raise ConnectionError("no route")
        return await super().orders()


async def broker_with(*held: tuple[str, int], resting: bool = False) -> CountingBroker:
    broker = CountingBroker()
    positions = [BrokerPosition(name, shares(size), usd(100 * size)) for name, size in held]
    broker.restore((), usd(100_000), positions)
    for symbol in (IBM, SPY):
        broker.on_quote(quote(symbol=symbol))
    if resting:
        one = order(limit=usd(50), order_id="qt-resting")
        await PaperBroker.submit(broker, Approved(one, (), None))
    return broker


async def carry_out(
    broker: CountingBroker,
    command_id: str = "p-1",
    action: Emergency = Emergency.CLOSE_ALL_POSITIONS,
) -> Outcome:
    clock = ManualClock(WALL)

    async def sleep(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))

    flattener = Flattener(
        broker, clock, sleep, lambda _words: None, apart_s=30, patience_s=180, look_s=1
    )
    return await flattener.carry_out(Wanted(command_id, action, "me", "fire"))


async def test_orders_are_canceled_positions_left_and_both_proved_twice() -> None:
    broker = await broker_with((IBM, 10), (SPY, -4), resting=True)
    outcome = await carry_out(broker)
    assert outcome.verified
    assert [(one.positions, one.orders) for one in outcome.counts] == [(0, 0), (0, 0)]
    assert outcome.counts[1].at - outcome.counts[0].at >= timedelta(seconds=30)
    assert outcome.canceled == ["qt-resting"]
    assert sorted(broker.submitted) == sorted(order_id_for("p-1", one, 0) for one in (IBM, SPY))
    assert (await broker.account()).positions == {}


async def test_an_answer_that_is_lost_makes_no_second_order() -> None:
    """It is asked for by its id; the position it closed is gone at the next look."""
    broker = await broker_with((IBM, 10))
    broker.silent = 1
    outcome = await carry_out(broker)
    assert outcome.verified
    assert len([one for one in await broker.orders() if one.fills]) == 1
    assert set(broker.submitted) == {order_id_for("p-1", IBM, 0)}


async def test_the_same_panic_twice_doubles_nothing() -> None:
    """A watchdog on each of two hosts, or the engine that returns: the ids are the same."""
    broker = await broker_with((IBM, 10))
    await carry_out(broker)
    await carry_out(broker)
    assert len([one for one in await broker.orders() if one.fills]) == 1
    assert (await broker.account()).positions == {}


async def test_a_broker_that_is_away_is_asked_again() -> None:
    broker = await broker_with((IBM, 10))
    broker.away = 3
    assert (await carry_out(broker)).verified


async def test_what_cannot_be_closed_is_named_and_nothing_is_proved() -> None:
    broker = await broker_with((IBM, 10))
    broker.halted = True
    outcome = await carry_out(broker)
    assert not outcome.verified
    assert outcome.left == ["10 IBM are held"]
    assert broker.submitted == [order_id_for("p-1", IBM, n) for n in range(ATTEMPTS_MAX)]


async def test_canceling_leaves_the_positions() -> None:
    broker = await broker_with((IBM, 10), resting=True)
    outcome = await carry_out(broker, action=Emergency.CANCEL_ALL_ORDERS)
    assert outcome.verified
    assert broker.submitted == []
    assert [one.orders for one in outcome.counts] == [0, 0]
