"""Our books against the broker's, as the engine looks at them and tells of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.shop import Shop, buy, open_shop
from tests.unit.roles.parts import eventually, running
from tests.unit.trading.make import FEED, FREE, IBM

from qt_trade import wiring
from qt_trade.brokers.paper import PaperBroker
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.reconciliation import Reconciliation
from qt_trade.model.broker_account import ActivityKind, BrokerAccount, BrokerActivity
from qt_trade.model.money import Usd, usd
from qt_trade.model.orders import Side
from qt_trade.model.shares import Shares
from qt_trade.roles.engine.books_desk import BooksDesk
from qt_trade.roles.engine.documents import BrokerSide
from qt_trade.roles.engine.status import Board
from qt_trade.trading.book_events import DifferenceAccepted, DiscrepancyFound, ExternalFill
from qt_trade.trading.commands import AcceptDifference
from qt_trade.trading.events import OrderFilled

pytestmark = pytest.mark.asyncio


class MeddledBroker(PaperBroker):
    """A paper broker somebody else uses, too. ``away``: it cannot be asked."""

    def __init__(self) -> None:
        super().__init__(FREE, limited_by_size=True)
        self.more_cash = 0
        self.activities: tuple[BrokerActivity, ...] = ()
        self.away = False

    async def account(self) -> BrokerAccount:
        if self.away:
            raise ConnectionError("no route")
        told = await super().account()
        return replace(told, cash=Usd(told.cash + self.more_cash), activities=self.activities)


@dataclass
class Office:
    shop: Shop
    broker: MeddledBroker
    desk: BooksDesk
    board: Board
    front: Bus
    changes: list[str | None] = field(default_factory=list)

    async def document(self) -> Reconciliation:
        found = await self.front.read(registry.RECONCILIATION)
        assert found is not None
        return found.value


@asynccontextmanager
async def office(lead: wiring.Lead, connect: Connect) -> AsyncIterator[Office]:
    broker = MeddledBroker()
    shop = await open_shop(lead, broker)
    bus, front = await connect(Party.ENGINE), await connect(Party.FRONTEND)
    board = shop.board()
    desk = BooksDesk(bus, shop.dealer, board, shop.stamp, broker.name)
    desk.begin(shop.begun_with)
    shop.dealer.on_step(desk.on_step)
    opened = Office(shop, broker, desk, board, front)
    desk.on_change(lambda: opened.changes.append(board.troubles.get("books")))
    async with running(shop.dealer.run()):
        yield opened


async def test_books_that_agree_are_said_to(lead: wiring.Lead, connect: Connect) -> None:
    """Also after a trade, and with the figures of the broker."""
    async with office(lead, connect) as here:
        assert here.desk.document().matches is None
        await here.shop.dealer.handle(buy())
        await here.shop.heard(OrderFilled)
        await here.desk.look()
        told = await here.document()
    assert (told.matches, told.positions, told.broker) == (True, 1, "paper")
    assert told.checked_at == here.shop.wall.now()
    assert told.words == "our books and the broker's agree"
    assert here.desk.broker == BrokerSide("paper")
    assert here.changes == []


async def test_what_nobody_explains_is_an_alert_and_opens_nothing(
    lead: wiring.Lead, connect: Connect
) -> None:
    """Until a person takes the broker's figure over, which the journal keeps with who and why."""
    async with office(lead, connect) as here:
        await here.shop.dealer.handle(buy("c-0", 1))
        await here.shop.heard(OrderFilled)
        here.broker.more_cash = usd(-5)
        await here.desk.look()
        assert (await here.document()).differences[0].words.startswith("it may be on its way")
        await here.desk.look()
        await here.shop.heard(DiscrepancyFound)
        told = await here.document()
        assert (told.matches, told.differences[0].key) == (False, "cash")
        assert told.words.startswith("nothing opens: cash: ours 99,900.00, the broker's 99,895.00")
        assert here.changes == [told.differences[0].words]
        refused = await here.shop.dealer.handle(buy("c-1"))
        assert refused.reason.startswith("reconciled: ")
        wish = AcceptDifference(command_id="a", by="desk-1", key="cash", reason="a fee by phone")
        assert (await here.shop.dealer.handle(wish)).accepted
        assert (await here.shop.dealer.handle(buy("c-2"))).accepted
        await here.desk.look()
        told = await here.document()
    assert told.matches
    assert told.adopted[0].words == "cash taken over by desk-1: a fee by phone"
    assert here.changes[-1] is None
    (kept,) = [one for one in await here.shop.told() if isinstance(one, DifferenceAccepted)]
    assert (kept.by, kept.cash) == ("desk-1", usd(-5))


async def test_a_trade_by_hand_is_booked_and_told(lead: wiring.Lead, connect: Connect) -> None:
    """Once in the journal, and remembered by the next engine."""
    by_hand = BrokerActivity(
        activity_id="7", kind=ActivityKind.TRADE, at=FEED, amount=usd(-200), symbol=IBM,
        quantity=Shares(2), price=usd(100), side=Side.BUY, order_id="", words="",
    )  # fmt: skip
    async with office(lead, connect) as here:
        await here.shop.dealer.handle(buy("c-0", 1))
        await here.shop.heard(OrderFilled)
        here.broker.activities = (by_hand,)
        here.broker.more_cash = usd(-200)
        for _ in range(2):
            await here.desk.look()
        told = await here.document()
    assert told.adopted[0].words == "a trade that is not ours: BUY 2 IBM at 100.00"
    events = await here.shop.told()
    assert sum(isinstance(one, ExternalFill) for one in events) == 1
    # The paper broker's own positions know nothing of it, which is a difference of its own.
    assert [one.key for one in told.differences] == ["position:IBM"]
    next_desk = BooksDesk(here.front, here.shop.dealer, here.board, here.shop.stamp, "paper")
    next_desk.begin(events)
    assert next_desk.document().adopted == told.adopted


async def test_a_broker_out_of_reach_is_asked_again(lead: wiring.Lead, connect: Connect) -> None:
    """It is said in words, and a line that is back is used at once."""
    async with office(lead, connect) as here:
        here.broker.away = True
        await here.desk.look()
        told = await here.document()
        assert (told.matches, told.words) == (None, "the broker cannot be asked: no route")
        assert here.changes == ["the broker cannot be asked: no route"]
        here.broker.away = False
        here.shop.wall.advance(timedelta(minutes=5))
        async with running(here.desk.run()):
            here.desk.look_now()

            async def agreed() -> bool:
                return (await here.document()).matches is True

            await eventually(agreed)
    assert here.changes[-1] is None


async def test_a_comparison_waits_for_what_is_not_booked_yet(
    lead: wiring.Lead, connect: Connect
) -> None:
    """Fills that the broker has told and the journal does not know are no difference."""
    async with office(lead, connect) as here:
        await here.shop.dealer.handle(buy())
        await here.desk.look()
        assert (await here.document()).matches
        assert here.shop.core.account.quantity(IBM) == 10
