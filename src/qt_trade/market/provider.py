"""What a provider of market data is: what it declares of itself, and what it can be asked.

A new provider is one file with a ``SPEC`` and an entry point in the group
``qt_trade.providers`` that names it; ``docs/guide/own-provider.md`` shows how.
"""

import asyncio
import math
import random
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from qt_trade.kit.clock import Clock
from qt_trade.market.errors import MarketDataError
from qt_trade.market.gate import QuotaLedger
from qt_trade.market.ports import Sleep
from qt_trade.model.bars import Bar
from qt_trade.model.companies import Fundamentals, NewsItem
from qt_trade.model.instruments import CorporateAction, Instrument
from qt_trade.model.quotas import Limit
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol


class Capability(StrEnum):
    """One kind of thing a provider can be asked for."""

    QUOTE = "quote"
    BATCH_QUOTE = "batch quote"
    STREAM = "stream"
    INTRADAY = "intraday"
    DAILY = "daily"
    FUNDAMENTALS = "fundamentals"
    NEWS = "news"
    LOOKUP = "lookup"


class Timeliness(StrEnum):
    """How old a provider's prices are by themselves; only REAL_TIME ones make a consensus."""

    REAL_TIME = "REAL_TIME"
    DELAYED = "DELAYED"
    END_OF_DAY = "END_OF_DAY"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one of a provider's plans allows.

    ``limits``: in calls, or in credits where ``billed_per_symbol``: then a call for n symbols
    costs n. ``batch_max``: symbols in one call. ``concurrency``: calls under way at once.
    ``stream_max``: symbols a stream may carry, 0: none. ``delay``: how old a price is by itself.
    """

    name: str
    capabilities: frozenset[Capability]
    timeliness: Timeliness
    limits: tuple[Limit, ...]
    batch_max: int = 1
    billed_per_symbol: bool = False
    concurrency: int = 4
    stream_max: int = 0
    delay: timedelta = timedelta()

    def cost(self, symbols: int) -> int:
        """Return what one call for so many symbols uses up."""
        return symbols if self.billed_per_symbol else 1

    def calls(self, symbols: Sequence[Symbol]) -> Iterable[Sequence[Symbol]]:
        """Yield the symbols in as few calls as the plan allows."""
        for start in range(0, len(symbols), self.batch_max):
            yield symbols[start : start + self.batch_max]


@dataclass(frozen=True, slots=True)
class Access:
    """How a person reaches a provider: key, plan, and other addresses for emulators.

    ``secret``: the second half of a pair of keys. ``options``: what a provider's page names.
    """

    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    plan: str = ""
    base_url: str | None = None
    stream_url: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    cache_dir: Path | None = None

    def seconds(self, name: str, otherwise: float) -> float:
        """Return an option that is a duration; every provider knows ``timeout_s`` and ``mute_s``.

        Raises ValueError for one that is no positive number of seconds.
        """
        given = self.options.get(name, "")
        try:
            value = float(given) if given else otherwise
        except ValueError:
            value = -1.0
        if not 0 < value < math.inf:
            raise ValueError(f"the option {name} is {given!r}; it has to be seconds, such as 10")
        return value


@dataclass(frozen=True, slots=True)
class ProviderKit:
    """What a provider is made with. ``may_be_mute``: whether silence on a stream is nothing odd."""

    access: Access
    plan: Plan
    ledger: QuotaLedger
    wall: Clock
    sleep: Sleep
    rng: random.Random
    may_be_mute: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """What is known of a provider without a key: its names, its plans, how it is made.

    ``name``: as in settings and documents (``twelvedata``); ``title``: for people. ``plans``: by
    name, the first is taken where nobody says. ``keys``: how many parts a key has (Yahoo 0,
    Alpaca 2). ``note``: one sentence on what its prices are worth. ``check``: raises ValueError for
    options that make no sense, before anything is started with them.
    """

    name: str
    title: str
    plans: Mapping[str, Plan]
    keys: int
    note: str
    make: "Callable[[ProviderKit], Provider]"
    check: Callable[[Access], object] = lambda _access: None

    def plan(self, name: str) -> Plan:
        """Return a plan, the first for an empty name. Raises ValueError that names them all."""
        if not name:
            return next(iter(self.plans.values()))
        if name not in self.plans:
            known = ", ".join(self.plans)
            raise ValueError(f"{name!r} is no plan of {self.title}; there are {known}")
        return self.plans[name]


@dataclass(frozen=True, slots=True)
class QuoteBatch:
    """What a call for quotes brought: each symbol is in one of the two."""

    quotes: Mapping[Symbol, Quote]
    errors: Mapping[Symbol, MarketDataError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BarsAnswer:
    """Raw bars (never adjusted), oldest first, and the splits and dividends that came with them."""

    bars: Sequence[Bar]
    actions: Sequence[CorporateAction] = ()


@dataclass(frozen=True, slots=True)
class Connected:
    """The stream is connected and its key accepted."""


@dataclass(frozen=True, slots=True)
class NotStreamed:
    """The provider does not stream a symbol, or (None) more symbols than it has taken."""

    symbol: Symbol | None
    words: str


@dataclass(frozen=True, slots=True)
class Halt:
    """Trading of a symbol was halted, or goes on again."""

    symbol: Symbol
    at: datetime
    halted: bool
    words: str


StreamEvent = Connected | Quote | NotStreamed | Halt | MarketDataError
"""A MarketDataError as an event: a frame that could not be read; the stream goes on."""


class Subscription:
    """The symbols a stream should carry; they may change while it runs."""

    def __init__(self, symbols: Iterable[Symbol] = ()) -> None:
        self._wanted = frozenset(symbols)
        self._changed = asyncio.Event()

    @property
    def wanted(self) -> frozenset[Symbol]:
        """What should be streamed now."""
        return self._wanted

    def want(self, symbols: Iterable[Symbol]) -> None:
        """Change what should be streamed."""
        self._wanted = frozenset(symbols)
        self._changed.set()

    async def differs_from(self, taken: frozenset[Symbol]) -> None:
        """Return as soon as something else is wanted than what was taken."""
        while self._wanted == taken:
            self._changed.clear()
            await self._changed.wait()


class Provider:
    """One provider with a key. What its plan does not declare is not called.

    Every method raises MarketDataErrors and nothing else. Quotes and bars carry canonical symbols,
    aware UTC times and no price that is not one: an unknown symbol is an error, never a zero.
    """

    def __init__(self, spec: ProviderSpec, kit: ProviderKit) -> None:
        self.spec = spec
        self.kit = kit

    @property
    def plan(self) -> Plan:
        """What may be asked, and how often."""
        return self.kit.plan

    async def quotes(self, symbols: Sequence[Symbol]) -> QuoteBatch:
        """Return the last prices of at most ``plan.batch_max`` symbols in one call."""
        raise NotImplementedError

    def stream(self, subscription: Subscription) -> AsyncGenerator[StreamEvent, None]:
        """Yield what one connection brings, from Connected on; it ends by raising, and only so.

        Follows the subscription as it changes. Who iterates connects again after the error's
        pause.
        """
        raise NotImplementedError

    async def bars(
        self, symbol: Symbol, interval_s: int, since: datetime, until: datetime
    ) -> BarsAnswer:
        """Return the closed raw bars that began in [since, until): 60, 300, 900 or 86,400 s.

        A daily bar begins at midnight in New York. As many calls as it takes.
        """
        raise NotImplementedError

    async def fundamentals(self, symbol: Symbol) -> Fundamentals:
        """Return the company in figures."""
        raise NotImplementedError

    async def news(self, symbol: Symbol, since: datetime) -> Sequence[NewsItem]:
        """Return headlines since a moment, newest first."""
        raise NotImplementedError

    async def lookup(self, symbol: Symbol) -> Instrument:
        """Return what a symbol stands for. Raises UnknownSymbolError."""
        raise NotImplementedError

    async def close(self) -> None:
        """Let go of connections and threads. May be called twice."""
