"""One engine's process: as ``roles.engine.main`` and ``service`` begin it, on simulated servers."""

import asyncio
from datetime import timedelta

from qt_trade import wiring
from qt_trade.brokers.paper import PaperBroker
from qt_trade.model.feeds import FeedKind
from qt_trade.model.journal import JournalAwayError
from qt_trade.model.quotes import Quote
from qt_trade.roles.engine.books_desk import BooksDesk
from qt_trade.roles.engine.command_desk import CommandDesk
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import Stamp
from qt_trade.roles.engine.emergency_desk import EmergencyDesk
from qt_trade.roles.engine.status import Board
from qt_trade.roles.simulate.mail import Reader
from qt_trade.roles.simulate.world import (
    CASH,
    COSTS,
    CYCLE_EVERY,
    DESK,
    LIMITS,
    SYMBOLS,
    Seen,
    World,
)
from qt_trade.settings import Rhythms
from qt_trade.storage.errors import UnreachableError
from qt_trade.storage.leases import Fence
from qt_trade.trading.book import Market
from qt_trade.trading.engine_core import EngineCore
from qt_trade.trading.events import AccountOpened, EmergencyEnded, Event
from qt_trade.trading.ledger import fold
from qt_trade.trading.ports import Broker
from qt_trade.trading.records import to_record
from qt_trade.trading.steps import Step
from qt_trade.wiring.leadership import LEASE_TTL_S, STANDBY_S, FencedJournal, Holding

ACCOUNT = "simulated"
COMMAND_AGE_MAX_S = 30.0
EMERGENCY_APART = timedelta(seconds=5)
RETRY_S = 0.25


class Doorkeeper:
    """Knows the one session there is."""

    async def objection_to(self, session_id: str) -> str | None:
        """Return why a session may not trade."""
        return None if session_id == DESK else f"{session_id} is not known"

    async def objection_to_revoking(self, target: str) -> str | None:
        """Return why a session cannot be logged out."""
        return f"there is no session {target}"


async def run_engine(world: World, holder: str) -> None:
    """Wait for the lease, then lead until something ends it."""
    asked_at = world.loop.time()
    fence = None
    while fence is None:
        asked_at = world.loop.time()
        try:
            fence = await world.store.acquire("engine", holder, LEASE_TTL_S)
        except UnreachableError:
            fence = None
        if fence is None:
            await asyncio.sleep(STANDBY_S)
    clock = world.parts.lease_clock(LEASE_TTL_S, world.loop.time, asked_at)
    holding = Holding(world.store, fence, clock)
    async with asyncio.TaskGroup() as group:
        group.create_task(holding.keep())
        journal = FencedJournal(world.store, fence)
        events = await wiring.load_events(journal) or await _open_account(world, journal)
        await _Engine(world, fence, holding, journal, events).serve(group)


async def _open_account(world: World, journal: FencedJournal) -> list[Event]:
    opened = AccountOpened(
        at=world.wall.now(), feed_at=world.feed_clock.now(), account_id=ACCOUNT, cash=CASH
    )
    while True:
        try:
            await journal.append([to_record(opened)])
        except JournalAwayError:
            await asyncio.sleep(RETRY_S)
        else:
            return [opened]


class _Engine:
    def __init__(
        self,
        world: World,
        fence: Fence,
        holding: Holding,
        journal: FencedJournal,
        events: list[Event],
    ) -> None:
        self._world = world
        self._fence = fence
        self._holding = holding
        self._core: EngineCore = world.parts.core(
            account=fold(None, events), costs=COSTS, slot_late_after=CYCLE_EVERY
        )
        world.cores[fence.token] = self._core
        self._dealer: Dealer = world.parts.dealer(
            self._core,
            journal,
            self._line(),
            world.wall,
            world.feed_clock,
            holding.sure,
            rng=world.chance(100 + fence.token),
        )
        self._dealer.on_step(self._on_step)
        self._stamp = Stamp(FeedKind.SIMULATION, "simulated", ACCOUNT, world.wall, world.feed_clock)
        self._board = Board(self._stamp, Rhythms(), None)
        self._books = BooksDesk(world.mail, self._dealer, self._board, self._stamp, "simulated")
        self._dealer.on_step(self._books.on_step)
        self._emergency = EmergencyDesk(
            world.mail, self._dealer, self._stamp, EMERGENCY_APART, self._hash_of
        )
        self._emergency.begin(events)
        self._dealer.on_step(self._emergency.on_step)
        self._seen: asyncio.Queue[Seen] = asyncio.Queue()

    def _line(self) -> Broker:
        world, token = self._world, self._fence.token
        if world.paper:
            paper = PaperBroker(COSTS, limited_by_size=True)
            account = self._core.account
            paper.restore(self._core.broker_orders(), account.cash, self._core.broker_positions())
            world.papers[token] = paper
            return paper
        return world.parts.broker(
            world.exchange,
            world.network,
            lambda what, order_id: world.rules.on_request(token, what, order_id),
        )

    def _on_step(self, step: Step) -> None:
        world = self._world
        if step.problem is not None:
            world.witness.note(f"engine {self._fence.token}: problem: {step.problem}")
        world.rules.on_step(self._fence.token, self._core.account)

    async def serve(self, group: asyncio.TaskGroup) -> None:
        """Know what there is to know; reconcile; serve."""
        world, core, dealer = self._world, self._core, self._dealer
        group.create_task(dealer.ended())
        group.create_task(dealer.keep_line())
        core.on_limits(LIMITS)
        core.on_candidates(SYMBOLS)
        core.on_sessions({DESK: "the desk"})
        self._see(world.feed.market)
        self._see(world.feed.predictions)
        for quote in world.feed.told.values():
            self._see(quote)
        world.feed.listeners.append(self._seen)
        await dealer.reconcile()
        await self._books.look()
        group.create_task(dealer.run())
        group.create_task(self._watch())
        group.create_task(self._autotrade())
        group.create_task(self._books.run())
        group.create_task(self._emergency.run())
        world.witness.note(f"engine {self._fence.token} serves")
        desk = self._desk(group)
        desk.serve_people()
        desk.serve_schedule()

    def _desk(self, group: asyncio.TaskGroup) -> CommandDesk:
        world = self._world
        return world.parts.desk(
            Reader(world.mail, group, self._holding.unbroken),
            self._dealer,
            Doorkeeper(),
            world.next_token,
            self._board,
            self._stamp,
            COMMAND_AGE_MAX_S,
        )

    async def _hash_of(self, command_id: str) -> str:
        """Return the journal's hash of an emergency's end, as a receipt bears it."""
        ends = [
            entry.hash.hex()
            for entry in self._world.store.entries
            if isinstance(entry.event, EmergencyEnded) and entry.event.command_id == command_id
        ]
        return ends[-1]

    def _see(self, seen: Seen) -> None:
        match seen:
            case Quote():
                self._dealer.see_quote(seen)
            case Market():
                self._core.on_market(seen)
                if not seen.open:
                    self._dealer.close_session()
            case predictions:
                self._core.on_predictions(predictions)

    async def _watch(self) -> None:
        while True:
            self._see(await self._seen.get())

    async def _autotrade(self) -> None:
        """Carry out the newest wish, again after every start: its id makes that harmless."""
        wished = asyncio.Event()
        self._world.wished.append(wished)
        wished.set()
        while True:
            await wished.wait()
            wished.clear()
            if self._world.wish is None:
                continue
            try:
                await self._dealer.handle(self._world.wish)
            except JournalAwayError:
                await asyncio.sleep(RETRY_S)
                wished.set()
