"""The limits with their use are shown, breakers stop what they must, and questions are answered."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
import pytest_asyncio
from tests.unit.roles.engine import wires
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.desks import Desks, limits_of, open_desks
from tests.unit.roles.engine.shop import Shop, buy, open_shop
from tests.unit.roles.parts import eventually, running
from tests.unit.trading.make import WIDE, later, quote

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads import commands as wire
from qt_trade.contract.payloads.risk import BreakerState, RiskState
from qt_trade.model.money import usd
from qt_trade.model.orders import OrderType, Side, TimeInForce
from qt_trade.roles.engine.risk_desk import RiskDesk
from qt_trade.roles.engine.risk_questions import RiskQuestions
from qt_trade.trading import events as e

pytestmark = pytest.mark.asyncio
LIMITS = replace(WIDE, day_loss_soft=0.015, day_loss_hard=0.03, order_notional_max=usd(60_000))


@dataclass
class Room:
    shop: Shop
    desks: Desks
    desk: RiskDesk
    front: Bus

    async def state(self) -> RiskState | None:
        found = await self.front.read(registry.RISK_STATE)
        return None if found is None else found.value

    async def line(self, name: str) -> str:
        state = await self.state()
        assert state is not None
        return next(one.used for one in state.limits if one.name == name)

    def ask(self, **changed: object) -> wire.RiskQuestion:
        asked: dict[str, object] = {
            "ts": self.shop.wall.now(), "source": "desk", "feed": self.shop.stamp.feed,
            "session_id": "desk-1", "command_id": "q-1", "symbol": "IBM", "side": Side.BUY,
            "quantity": Decimal(10), "order_type": OrderType.MARKET, "limit_price": None,
            "time_in_force": TimeInForce.DAY,
        }  # fmt: skip
        return wire.RiskQuestion(**asked | changed)


@pytest_asyncio.fixture
async def room(lead: wiring.Lead, connect: Connect) -> AsyncIterator[Room]:
    shop = await open_shop(lead)
    shop.core.on_limits(LIMITS)
    bus, front = await connect(Party.ENGINE), await connect(Party.FRONTEND)
    desks = await open_desks(bus, shop, lead)
    desk = RiskDesk(bus, shop.dealer, limits_of(shop, desks), shop.stamp, lambda: None)
    shop.dealer.on_step(desk.on_step)
    questions = RiskQuestions(bus, shop.dealer, desks.people, shop.stamp)
    questions.serve()
    await front.write(registry.SESSION, wires.session(), "desk-1")
    async with running(shop.dealer.run(), desk.run()), desks.at_work():
        yield Room(shop, desks, desk, front)


async def test_the_limits_are_shown_with_what_is_used_of_them(room: Room) -> None:
    """And again as soon as an order is filled."""

    async def used(name: str, words: str) -> bool:
        state = await room.state()
        return state is not None and await room.line(name) == words

    await eventually(lambda: used("positions_max", "0"))
    await room.shop.dealer.handle(buy(quantity=100))
    await eventually(lambda: used("positions_max", "1"))
    assert await room.line("position_weight_max") == "10% IBM"


async def test_the_hard_day_loss_stops_and_closes_by_itself(room: Room) -> None:
    """Once: its command has the id of the day, whoever looks again."""
    await room.shop.heard(e.ValueMarked)
    await room.shop.dealer.handle(buy(quantity=500))
    await room.shop.heard(e.OrderFilled)
    room.shop.dealer.see_quote(quote(price=93.0, at=later(1).feed))
    room.desk.on_change()
    await room.shop.heard(e.TradingStopped)
    await room.shop.heard(e.CloseAsked)
    await room.shop.heard(e.OrderFilled, 2)

    async def opened() -> bool:
        state = await room.state()
        return state is not None and any(
            one.name == "day_loss_hard" and one.state is BreakerState.OPEN and one.trips_today == 1
            for one in state.breakers
        )

    await eventually(opened)
    room.desk.on_change()
    stops = [one for one in await room.shop.told() if isinstance(one, e.TradingStopped)]
    assert len(stops) == 1


async def test_a_question_is_answered_and_nothing_is_kept_of_it(room: Room) -> None:
    """Every verdict, what the account would be, and no line in the journal."""
    await room.shop.heard(e.ValueMarked)
    before = len(await room.shop.told())
    reply = await room.front.send(registry.RISK_QUESTIONS, room.ask())
    assert reply.accepted
    assert len(reply.verdicts) > 30
    assert reply.what_if is not None
    assert reply.what_if.weight_after == pytest.approx(0.01, abs=1e-3)
    assert len(await room.shop.told()) == before


async def test_an_objection_is_the_answer_to_a_question(room: Room) -> None:
    """With the setting that holds the limit."""
    asked = room.ask(quantity=Decimal(700), command_id="q-2")
    reply = await room.front.send(registry.RISK_QUESTIONS, asked)
    assert not reply.accepted
    assert reply.reason.startswith("order_notional: ")
    assert "(risk_settings order_notional_max)" in reply.reason
    assert reply.what_if is not None
    assert 590 < reply.what_if.largest_quantity < 600


async def test_a_question_of_another_feed_or_of_nobody_is_refused(room: Room) -> None:
    """As every command is."""
    stranger = await room.front.send(
        registry.RISK_QUESTIONS, room.ask(session_id="desk-9", command_id="q-3")
    )
    assert not stranger.accepted
    assert stranger.verdicts == ()


async def test_without_limits_the_document_says_that_nothing_opens(room: Room) -> None:
    """An empty table would look like freedom."""
    room.shop.core.on_limits(None)
    room.desk.on_change()

    async def said() -> bool:
        state = await room.state()
        return state is not None and state.words == "no limits are in force: nothing opens"

    await eventually(said)
