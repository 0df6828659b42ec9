"""A broker together with its market, so that the same sentences judge every broker."""

import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol

import httpx
from tests.emulators.alpaca import AlpacaEmulator, Holding, Touch
from tests.unit.roles.parts import running
from tests.unit.trading.make import IBM, quote

from qt_trade.brokers.alpaca.broker import AlpacaBroker
from qt_trade.brokers.alpaca.line import Patience
from qt_trade.brokers.alpaca.record import Record
from qt_trade.brokers.alpaca.rest import AlpacaRest, Budget
from qt_trade.brokers.alpaca.stream import updates
from qt_trade.brokers.paper import PaperBroker
from qt_trade.kit.clock import SystemClock, monotonic
from qt_trade.model.alpaca_access import Keys, Loopback, PaperAccess
from qt_trade.model.broker_account import BrokerPosition
from qt_trade.model.costs import TradingCosts
from qt_trade.model.money import usd
from qt_trade.model.orders import BrokerEvent
from qt_trade.model.quotes import Quote
from qt_trade.model.shares import Shares
from qt_trade.trading.ports import Broker

COSTS = TradingCosts(
    half_spread_bp=2.0,
    slippage_bp=1.0,
    commission_per_share=usd("0.005"),
    commission_min=usd(1),
)
HELD = 400
ANSWER_S = 2.0
"""How long the tests wait for an answer that never comes."""
QUICK = Patience(news_s=0.5, gap_s=0.1, backoff_base_s=0.02, backoff_max_s=0.1)


class Venue(Protocol):
    """What a test does to the world, and what it hears of it."""

    broker: Broker
    costs: TradingCosts

    def show(self, one: Quote) -> None:
        """Move a market."""

    def close(self) -> None:
        """End the session."""

    async def restart(self) -> None:
        """Let another process take over from what the journal would know."""


async def take(venue: Venue) -> list[BrokerEvent]:
    """Return all news since the last call; asking the broker for its book makes it complete."""
    await venue.broker.orders()
    return venue.broker.take_events()


def deep(bid=99.9, ask=100.1, *, bid_size=10_000, ask_size=10_000, symbol=IBM) -> Quote:
    """Return a quote of IBM, plenty on both sides."""
    last = round((bid + ask) / 2, 4)
    return quote(symbol, last, bid=bid, ask=ask, bid_size=bid_size, ask_size=ask_size)


@dataclass
class PaperVenue:
    """The paper broker on quotes of the test."""

    broker: PaperBroker
    costs: TradingCosts = COSTS
    news: list[BrokerEvent] = field(default_factory=list)
    last: dict[str, Quote] = field(default_factory=dict)

    def show(self, one: Quote) -> None:
        self.last[one.symbol] = one
        self._keep(self.broker.on_quote(one))

    def close(self) -> None:
        self._keep(self.broker.on_session_close())

    async def restart(self) -> None:
        theirs = await self.broker.account()
        reborn = PaperBroker(self.costs, limited_by_size=True)
        reborn.restore(await self.broker.orders(), theirs.cash, theirs.positions.values())
        self.broker = reborn
        for one in self.last.values():
            self._keep(reborn.on_quote(one))

    def _keep(self, events: list[BrokerEvent]) -> None:
        # The port hands the news of a quote over at once; the sentences ask for it later.
        self.broker._events[:0] = events


@asynccontextmanager
async def paper() -> AsyncGenerator[PaperVenue]:
    broker = PaperBroker(COSTS, limited_by_size=True)
    broker.restore((), usd(100_000), [BrokerPosition(IBM, Shares(HELD), usd(40_000))])
    venue = PaperVenue(broker)
    venue.show(deep())
    yield venue


@dataclass
class AlpacaVenue:
    """Alpaca's broker against the emulator. ``make``: another process's broker."""

    broker: AlpacaBroker
    emulator: AlpacaEmulator
    make: Callable[[], AlpacaBroker]
    costs: TradingCosts = field(
        default_factory=lambda: TradingCosts(0.0, 0.0, usd(0), usd(0)),
    )

    def show(self, one: Quote) -> None:
        sizes = [None if s is None else Decimal(s) for s in (one.bid_size, one.ask_size)]
        touch = Touch(Decimal(str(one.bid)), Decimal(str(one.ask)), *sizes)
        self.emulator.book.quote(one.symbol, touch)

    def close(self) -> None:
        self.emulator.book.close_session()

    async def restart(self) -> None:
        known = await self.broker.orders()
        await self.broker.close()
        self.broker = self.make()
        self.broker.restore(known)


@asynccontextmanager
async def alpaca(*, streamed: bool = True) -> AsyncGenerator[AlpacaVenue]:
    """Yield Alpaca's broker, its line up unless a test wants to keep it itself."""
    async with AlpacaEmulator() as emulator:
        emulator.requests_per_minute = 100_000
        emulator.book.holdings[IBM] = Holding(Decimal(HELD), Decimal(HELD * 100))
        access = PaperAccess(Keys(*emulator.key), Loopback(emulator.base_url, emulator.stream_url))
        began = datetime.now(UTC) - timedelta(seconds=1)

        def make() -> AlpacaBroker:
            budget = Budget(monotonic, 100_000)
            rest = AlpacaRest(access, budget, SystemClock().now, timeout=httpx.Timeout(ANSWER_S))
            record = Record(rest, began)
            stream = lambda: updates(access, ping_s=0.2, pong_s=0.2)  # noqa: E731
            return AlpacaBroker(access, rest, record, stream, random.Random(7), QUICK)

        venue = AlpacaVenue(make(), emulator, make)
        venue.show(deep())
        if streamed:
            async with running(venue.broker.run()):
                await emulator.stream.listening()
                yield venue
        else:
            yield venue
        await venue.broker.close()
