"""An engine for measurements: its command desk, dealer, rules and journal on real servers."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from qt_trade import wiring
from qt_trade.brokers.paper import PaperBroker
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import SystemClock
from qt_trade.model.costs import TradingCosts
from qt_trade.model.feeds import FeedKind
from qt_trade.model.limits import RiskLimits, Strategy
from qt_trade.model.money import ZERO, usd
from qt_trade.model.orders import BrokerAck
from qt_trade.model.predictions import HorizonPrediction, Prediction, Skill
from qt_trade.model.presets import PRESETS
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import Approved
from qt_trade.roles.engine.command_desk import CommandDesk
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import Stamp
from qt_trade.roles.engine.status import Board
from qt_trade.settings import Rhythms
from qt_trade.storage.database import Database
from qt_trade.storage.journal import Journal
from qt_trade.storage.leases import Leases
from qt_trade.storage.migrate import migrate
from qt_trade.trading.book import Market
from qt_trade.trading.commands import RunCycle, StartAutoTrading
from qt_trade.trading.engine_core import EngineCore
from qt_trade.trading.events import AccountOpened
from qt_trade.trading.ledger import fold
from qt_trade.trading.records import to_record
from qt_trade.wiring.leadership import once_keys

SESSION = "bench"
SYMBOL = Symbol("AAPL")
FREE = TradingCosts(
    half_spread_bp=1.0, slippage_bp=0.0, commission_per_share=ZERO, commission_min=ZERO
)
LIMITS = RiskLimits(
    daily_notional_cap=usd(900_000_000),
    position_shares_max=10_000_000,
    position_weight_max=1.0,
    trades_per_cycle_max=1_000,
    cash_reserve=ZERO,
    cooldown_min=0,
    order_notional_max=usd(1_000_000),
    sector_weight_max=1.0,
    exposure_max=1.0,
    positions_max=1_000,
    open_orders_max=1_000_000,
    trades_per_day_max=1_000_000,
    symbol_trades_per_day_max=1_000_000,
    orders_per_min_max=1_000_000,
    price_collar=0.5,
    spread_max_bp=1_000,
    skip_first_min=0,
    skip_last_min=0,
    day_loss_soft=0.9,
    day_loss_hard=0.9,
    drawdown_max=0.9,
    unknown_orders_max=1_000,
    broker_failures_max=1_000,
    shorting=False,
    trading_capital=None,
    excluded=frozenset(),
    preferred_sectors=frozenset(),
)
"""Every rule is asked, and none objects."""


class _Doorkeeper:
    async def objection_to(self, session_id: str) -> str | None:
        return None if session_id == SESSION else "unknown"

    async def objection_to_revoking(self, target: str) -> str | None:
        return f"{target} stays"


class _TimedBroker(PaperBroker):
    """The paper broker, which notes when it was given each order."""

    def __init__(self) -> None:
        super().__init__(FREE, limited_by_size=False)
        self.given_at: dict[str, int] = {}

    async def submit(self, approved: Approved) -> BrokerAck:
        self.given_at[approved.order.order_id] = time.perf_counter_ns()
        return await super().submit(approved)


@dataclass(slots=True)
class Shop:
    """What is measured: the dealer behind its command desk, and the broker it sends to."""

    core: EngineCore
    dealer: Dealer
    broker: _TimedBroker

    def show(self, symbols: Iterable[Symbol]) -> None:
        """Let there be fresh quotes of symbols, and predictions that they rise."""
        now, known = SystemClock().now(), tuple(symbols)
        for symbol in known:
            self.dealer.see_quote(_quote(symbol, now))
        self.core.on_candidates(known)
        self.core.on_predictions({symbol: _prediction(symbol, now) for symbol in known})

    async def start(self, orders: int) -> None:
        """Switch AutoTrading on with strategy settings that let every candidate through."""
        settings = replace(PRESETS[Strategy.BALANCED], orders_max=orders, order_notional=usd(1_000))
        command_id = f"bench-auto-{orders}-{time.monotonic_ns()}"
        await self.dealer.handle(
            StartAutoTrading(command_id=command_id, by=SESSION, settings=settings, token=1)
        )

    async def cycle(self) -> float:
        """Run a cycle and return in ms how long it took to its answer in the journal."""
        slot = SystemClock().now()
        started = time.perf_counter_ns()
        answer = await self.dealer.handle(
            RunCycle(command_id=f"bench-cycle-{started}", by=SESSION, slot=slot)
        )
        took_ms = (time.perf_counter_ns() - started) / 1e6
        if not answer.accepted:
            raise RuntimeError(answer.reason)
        return took_ms


@asynccontextmanager
async def open_shop(url: str, database_url: str, account: str) -> AsyncIterator[Shop]:
    """Open an engine with an account of its own; it serves commands inside the block."""
    await migrate(database_url)
    wall = SystemClock()
    database = Database(database_url, name="bench")
    bus = Bus(url, Party.ENGINE, wall, random.SystemRandom())
    try:
        fence = await Leases(database).acquire("engine", "bench", 3600.0)
        if fence is None:
            raise RuntimeError("somebody else holds the engine's lease")
        journal = wiring.FencedJournal(Journal(database, account, once_keys), fence)
        now = wall.now()
        opened = AccountOpened(at=now, feed_at=now, account_id=account, cash=usd(900_000_000))
        await journal.append([to_record(opened)])
        core = EngineCore(
            account=fold(None, [opened]), costs=FREE, slot_late_after=timedelta(minutes=10)
        )
        core.on_limits(LIMITS)
        core.on_market(Market(open=True, words="measured", stale_after_s=86_400.0))
        core.on_sessions({SESSION: "the measurement"})
        broker = _TimedBroker()
        shop = Shop(core, Dealer(core, journal, broker, wall, wall), broker)
        shop.show((SYMBOL,))
        await bus.open()
        _desk(bus, shop, account).serve_people()
        async with asyncio.TaskGroup() as group:
            work = group.create_task(shop.dealer.run())
            yield shop
            work.cancel()
    finally:
        await bus.close()
        await database.close()


def _desk(bus: Bus, shop: Shop, account: str) -> CommandDesk:
    wall = SystemClock()
    stamp = Stamp(FeedKind.SIMULATION, "bench", account, wall, wall)

    async def next_token() -> int:
        return time.monotonic_ns()

    board = Board(stamp, Rhythms(), None)
    return CommandDesk(
        bus, shop.dealer, _Doorkeeper(), next_token, board, stamp, 86_400.0 * 365_000
    )


def _quote(symbol: Symbol, at: datetime) -> Quote:
    return Quote(
        symbol=symbol,
        at=at.astimezone(UTC),
        price=100.0,
        bid=99.99,
        ask=100.01,
        bid_size=100,
        ask_size=100,
        volume=None,
        open=None,
        high=None,
        low=None,
        previous_close=None,
    )


def _prediction(symbol: Symbol, at: datetime) -> Prediction:
    horizons = tuple(
        HorizonPrediction(
            horizon_min=minutes,
            price=101.0,
            expected_return=0.01,
            confidence=0.9,
            low=99.0,
            high=103.0,
            model="bench",
            skill=Skill.PROVEN,
        )
        for minutes in (15, 30, 60)
    )
    return Prediction(symbol=symbol, at=at, price=100.0, horizons=horizons)
