"""An engine's dealer on the real journal, with the clocks in the test's hand."""

from dataclasses import dataclass
from datetime import timedelta

from tests.unit.contract.seen import Seen
from tests.unit.roles.parts import ACCOUNT, settings_of
from tests.unit.trading.make import FEED, FREE, IBM, OPEN, WALL, WIDE, quote

from qt_trade import wiring
from qt_trade.brokers.paper import PaperBroker
from qt_trade.contract.bus import Bus
from qt_trade.kit.clock import ManualClock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.money import Usd
from qt_trade.model.orders import OrderType, Side, TimeInForce
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import shares
from qt_trade.roles.engine.courier import AskingPatience
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import Stamp
from qt_trade.roles.engine.publisher import Publisher
from qt_trade.roles.engine.status import Board
from qt_trade.settings import Rhythms
from qt_trade.trading.commands import StopAll, SubmitManual
from qt_trade.trading.engine_core import EngineCore
from qt_trade.trading.events import Event
from qt_trade.trading.ledger import fold
from qt_trade.trading.records import to_record
from qt_trade.trading.steps import Step


@dataclass
class Shop:
    """A dealer and what it is made of. ``steps``: every step that is in the journal."""

    wall: ManualClock
    feed: ManualClock
    journal: wiring.FencedJournal
    broker: PaperBroker
    core: EngineCore
    dealer: Dealer
    steps: Seen[Step]
    begun_with: list[Event]

    async def told(self) -> list[Event]:
        """Return the journal as it stands."""
        return await wiring.load_events(self.journal)

    async def heard(self, kind: type, count: int = 1) -> None:
        """Wait until so many events of a kind were journalled."""
        await self.steps.until(lambda steps: len(kinds(steps, kind)) >= count)

    @property
    def stamp(self) -> Stamp:
        return Stamp(FeedKind.REPLAY, "run-1", ACCOUNT, self.wall, self.feed)

    def board(self) -> Board:
        return Board(self.stamp, Rhythms(), WALL)

    def publisher(self, bus: Bus, board: Board) -> Publisher:
        """Return a publisher that knows the journal and hears the dealer."""
        publisher = Publisher(bus, self.dealer, board, self.stamp)
        publisher.begin(self.begun_with)
        self.dealer.on_step(publisher.on_step)
        return publisher


def kinds(steps: list[Step], kind: type) -> list[Event]:
    return [event for step in steps for event in step.events if isinstance(event, kind)]


async def open_shop(
    lead: wiring.Lead,
    broker: PaperBroker | None = None,
    *quotes: Quote,
    patience: AskingPatience | None = None,
) -> Shop:
    """Open the account, or fold what its journal says, and show core and broker some quotes."""
    wall, feed = ManualClock(WALL), ManualClock(FEED)
    journal = lead.journal(ACCOUNT)
    events = await wiring.load_events(journal)
    if not events:
        settings = settings_of("redis://x", "postgresql://x/x")
        paper = broker or PaperBroker(FREE, limited_by_size=True)
        events = [await wiring.account_opened(settings, ACCOUNT, paper, wall, feed)]
        await journal.append([to_record(events[0])])
    broker = broker or PaperBroker(FREE, limited_by_size=True)
    core = EngineCore(account=fold(None, events), costs=FREE, slot_late_after=timedelta(minutes=10))
    core.on_market(OPEN)
    core.on_limits(WIDE)
    core.on_candidates((IBM,))
    broker.restore(core.broker_orders(), core.account.cash, core.broker_positions())
    dealer = Dealer(core, journal, broker, wall, feed, patience=patience)
    for one in quotes or (quote(),):
        dealer.see_quote(one)
    steps: Seen[Step] = Seen()
    dealer.on_step(steps)
    return Shop(wall, feed, journal, broker, core, dealer, steps, events)


def buy(
    command_id: str = "c-1",
    quantity: int = 10,
    *,
    limit: Usd | None = None,
    force: TimeInForce = TimeInForce.DAY,
) -> SubmitManual:
    return SubmitManual(
        command_id=command_id,
        by="desk-1",
        symbol=IBM,
        side=Side.BUY,
        quantity=shares(quantity),
        order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
        limit_price=limit,
        time_in_force=force,
    )


def stop(command_id: str = "s-1") -> StopAll:
    return StopAll(command_id=command_id, by="desk-1", reason="enough")
