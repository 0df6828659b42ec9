"""Everything around the engines of one seed: the time, the servers, the broker, the market."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from qt_trade.brokers.paper import PaperBroker
from qt_trade.model.costs import TradingCosts
from qt_trade.model.limits import RiskLimits
from qt_trade.model.money import usd
from qt_trade.model.predictions import HorizonPrediction, Prediction, Skill
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol
from qt_trade.roles.simulate.exchange import Exchange
from qt_trade.roles.simulate.loop import VirtualClock, VirtualLoop
from qt_trade.roles.simulate.mail import Mail
from qt_trade.roles.simulate.parts import Parts
from qt_trade.roles.simulate.remote import Network
from qt_trade.roles.simulate.rules import Rules
from qt_trade.roles.simulate.store import Store
from qt_trade.roles.simulate.witness import Witness
from qt_trade.trading.book import Market
from qt_trade.trading.commands import StartAutoTrading
from qt_trade.trading.engine_core import EngineCore

WALL = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
FEED = datetime(2024, 6, 12, 14, 0, tzinfo=UTC)
CASH = usd(100_000)
SYMBOLS = (Symbol("IBM"), Symbol("BAC"), Symbol("KO"), Symbol("T"))
EXCLUDED = frozenset({SYMBOLS[3]})
"""Nobody may open it, and people and cycles try."""
PRICES = dict(zip(SYMBOLS, (100.0, 14.0, 55.0, 20.0), strict=True))
STALE_AFTER_S = 30.0
CYCLE_EVERY = timedelta(seconds=60)
DESK = "desk-1"
COSTS = TradingCosts(
    half_spread_bp=2.0, slippage_bp=1.0, commission_per_share=usd("0.005"), commission_min=usd("1")
)
LIMITS = RiskLimits(
    daily_notional_cap=usd(25_000),
    position_shares_max=120,
    position_weight_max=0.5,
    trades_per_cycle_max=2,
    cash_reserve=usd(80_000),
    cooldown_min=0,
    order_notional_max=usd(12_000),
    sector_weight_max=1.0,
    exposure_max=0.9,
    positions_max=3,
    open_orders_max=20,
    trades_per_day_max=500,
    symbol_trades_per_day_max=300,
    orders_per_min_max=60,
    price_collar=0.05,
    spread_max_bp=100,
    skip_first_min=0,
    skip_last_min=0,
    day_loss_soft=0.5,
    day_loss_hard=0.6,
    drawdown_max=0.6,
    unknown_orders_max=3,
    broker_failures_max=1_000,
    shorting=False,
    trading_capital=None,
    excluded=EXCLUDED,
    preferred_sectors=frozenset(),
)
"""Wide where other rules are tried, so that enough comes through."""
OPEN = Market(open=True, words="regular session", stale_after_s=STALE_AFTER_S)
CLOSED = Market(open=False, words="the session is over", stale_after_s=STALE_AFTER_S)

Seen = Quote | Market | Mapping[Symbol, Prediction]


@dataclass(slots=True)
class Feed:
    """The market's data on its way to the engines. ``told``: what was published of it."""

    quotes: dict[Symbol, Quote]
    told: dict[Symbol, Quote]
    predictions: Mapping[Symbol, Prediction]
    market: Market
    listeners: list[asyncio.Queue[Seen]]

    def tell(self, seen: Seen) -> None:
        """Give something to every engine that listens."""
        for queue in self.listeners:
            queue.put_nowait(seen)


class World:
    """One seed's. Nothing in it knows another clock or another chance."""

    def __init__(self, seed: int, parts: Parts) -> None:
        self.seed = seed
        self.parts = parts
        self.rng = random.Random(seed)  # noqa: S311  # it has to be repeatable
        # Sockets, threads and signals are abstract in it, and nobody here asks for them.
        self.loop = VirtualLoop(random.Random(seed + 1))  # type: ignore[abstract]  # noqa: S311
        self.wall = VirtualClock(self.loop, WALL)
        self.feed_clock = VirtualClock(self.loop, FEED)
        self.witness = Witness(self.loop.time)
        self.store: Store = parts.store(self.loop.time, self.chance(2), self.witness)
        self.mail = Mail(self.chance(3), self.witness)
        self.network = Network(self.loop, self.chance(4), self.witness)
        self.exchange = Exchange(COSTS, CASH)
        self.rules = Rules(self.store, self.witness, LIMITS, STALE_AFTER_S)
        self.mail.on_reply = self.rules.on_reply
        self.feed = Feed({}, {}, {}, OPEN, [])
        self.paper = self.rng.random() < 0.25  # noqa: PLR2004  # one seed in four
        self.wish: StartAutoTrading | None = None
        self.wished: list[asyncio.Event] = []
        self.cores: dict[int, EngineCore] = {}
        self.papers: dict[int, PaperBroker] = {}
        self._tokens = 0
        self.rules.at_broker = self.exchange.has
        self.mute_feed = False

    async def next_token(self) -> int:
        """Return a token greater than every one before."""
        self._tokens += 1
        return self._tokens

    def chance(self, number: int) -> random.Random:
        """Return a source of chance of one's own: who draws from another changes nothing here."""
        return random.Random(self.seed * 10 + number)  # noqa: S311  # as above

    def quote(self, symbol: Symbol, price: float) -> None:
        """Let a symbol have a new price, at the exchange and in the feed."""
        quote = Quote(
            symbol=symbol,
            at=self.feed_clock.now(),
            price=price,
            bid=round(price * 0.9998, 2),
            ask=round(price * 1.0002, 2),
            bid_size=self.rng.choice((20, 60, 200)),
            ask_size=self.rng.choice((20, 60, 200)),
            volume=None,
            open=None,
            high=None,
            low=None,
            previous_close=None,
        )
        self.feed.quotes[symbol] = quote
        self.exchange.on_quote(quote)
        if not (self.mail.away or self.mute_feed):
            self.rules.quoted_at[symbol] = quote.at
            self.feed.told[symbol] = quote
            self.feed.tell(quote)

    def predict(self, rises: Mapping[Symbol, float]) -> None:
        """Let there be new predictions."""
        now = self.feed_clock.now()
        self.feed.predictions = {
            symbol: Prediction(
                symbol=symbol,
                at=now,
                price=self.feed.quotes[symbol].price,
                horizons=tuple(
                    HorizonPrediction(
                        horizon_min=minutes,
                        price=self.feed.quotes[symbol].price * (1 + rise),
                        expected_return=rise,
                        confidence=0.9,
                        low=self.feed.quotes[symbol].price * 0.99,
                        high=self.feed.quotes[symbol].price * 1.01,
                        model="chance",
                        skill=Skill.PROVEN,
                    )
                    for minutes in (15, 30, 60)
                ),
            )
            for symbol, rise in rises.items()
            if symbol in self.feed.quotes
        }
        self.feed.tell(self.feed.predictions)

    def close_market(self) -> None:
        """End the regular session."""
        self.feed.market = CLOSED
        self.rules.closed_at = self.feed_clock.now()
        self.exchange.on_session_close()
        self.feed.tell(CLOSED)

    def want(self, wish: StartAutoTrading) -> None:
        """Let the AutoTrading configuration say something new."""
        self.wish = wish
        for event in self.wished:
            event.set()
