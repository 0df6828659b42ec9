"""The watch list in force: wishes and holdings come in, symbols are checked, the source follows."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.endpoints import Document
from qt_trade.contract.errors import DisconnectedError
from qt_trade.contract.payloads import portfolio, signals
from qt_trade.contract.payloads.watch_list import DynamicTickers, WatchList
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.listings import UncheckedError
from qt_trade.model.instruments import Listing
from qt_trade.model.symbols import Symbol
from qt_trade.roles.streamer.payloads import SOURCE, Stamp
from qt_trade.roles.streamer.watched import Watched, Wished, in_words, watched, watched_of_fixed

WRITE_S = 0.25
"""The list is told at most this often, while hundreds of symbols are being checked."""
RETRY_S = 60.0
"""After which those are asked again who could not say anything."""
DENIED_FOR = timedelta(days=1)
"""After which a symbol that did not exist is asked for again: shares are listed anew."""


class Lookups(Protocol):
    """Says what symbols stand for; ``market.listings.Listings`` is it."""

    async def known(self, symbols: Collection[Symbol]) -> Mapping[Symbol, Listing]:
        """Return what was said before."""
        ...

    async def ask(self, symbol: Symbol) -> Listing:
        """Ask. Raises UncheckedError when nobody could say."""
        ...


@dataclass(frozen=True, slots=True)
class WatchListParts:
    """What the list is made from.

    ``lookups`` None: the source has ``feed_symbols`` and can follow no others; ``source_words``
    then name it ("the recording"). ``follow`` hears which symbols to follow, the most important
    first.
    """

    bus: Bus
    wall: Clock
    stamp: Stamp
    account: str
    feed_symbols: tuple[Symbol, ...]
    source_words: str
    lookups: Lookups | None
    follow: Callable[[Sequence[Symbol]], None]
    retry_s: float = RETRY_S


class WatchListDesk:
    """Keeps ``dynamic_tickers``, and tells the source what to follow, until cancelled."""

    def __init__(self, parts: WatchListParts) -> None:
        self._p = parts
        self._user: tuple[Symbol, ...] | None = None
        self._list_ts: datetime | None = None
        self._candidates: tuple[signals.Candidate, ...] = ()
        self._positions: tuple[Symbol, ...] = ()
        self._ordered: tuple[Symbol, ...] = ()
        self._pushed: frozenset[Symbol] = frozenset()
        self._known: dict[Symbol, Listing] = {}
        self._recalled: set[Symbol] = set()
        self._failed: dict[Symbol, str] = {}
        self._asked: dict[Symbol, datetime] = {}
        self._followed: tuple[Symbol, ...] | None = None
        self._unheard: set[str] = set()
        self._heard_all = asyncio.Event()
        self._news = asyncio.Event()
        self._to_write = asyncio.Event()
        self._log = get_logger()

    def streaming(self, symbols: frozenset[Symbol]) -> None:
        """Hear which symbols are pushed at present; the others are asked for now and then."""
        if symbols != self._pushed:
            self._pushed = symbols
            self._to_write.set()

    async def run(self) -> None:
        """Keep the list until cancelled."""
        await self._watch(registry.WATCH_LIST, self._on_list)
        await self._watch(registry.GROK_CANDIDATES, self._on_candidates)
        await self._watch(registry.PORTFOLIO_POSITIONS, self._on_positions)
        await self._watch(registry.ACTIVE_ORDERS, self._on_orders)
        self._p.bus.on_doubt(self._to_write.set)
        # A list that is not known yet is no list: nobody may be unfollowed because of it.
        await self._heard_all.wait()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._decide())
            group.create_task(self._write())

    async def _watch(self, document: Document[Any], take: Callable[[Any], None]) -> None:
        self._unheard.add(document.key())

        def on_change(change: Change[Any]) -> None:
            # What is damaged or lost is written again by its owner; until then the last one holds.
            if change.value is not None:
                take(change.value)
            self._unheard.discard(document.key())
            if not self._unheard:
                self._heard_all.set()
            self._news.set()

        await self._p.bus.watch(document, on_change)

    def _on_list(self, value: WatchList) -> None:
        self._user = tuple(Symbol(name) for name in value.symbols)
        self._list_ts = value.ts

    def _on_candidates(self, value: signals.GrokCandidates) -> None:
        self._candidates = value.candidates

    def _on_positions(self, value: portfolio.PortfolioPositions) -> None:
        if value.account == self._p.account:
            self._positions = tuple(Symbol(one.symbol) for one in value.positions)

    def _on_orders(self, value: portfolio.ActiveOrders) -> None:
        if value.account == self._p.account:
            self._ordered = tuple(Symbol(one.symbol) for one in value.orders)

    # -- deciding ------------------------------------------------------------------------------

    def _wished(self) -> Wished:
        now = self._p.wall.now()
        alive = sorted(
            (one for one in self._candidates if one.expires_at > now), key=lambda one: -one.score
        )
        return Wished(
            feed=self._p.feed_symbols,
            user=self._user,
            candidates=tuple(Symbol(one.symbol) for one in alive),
            held=tuple(dict.fromkeys((*self._positions, *self._ordered))),
        )

    def _decided(self, wished: Wished) -> Watched:
        if self._p.lookups is None:
            return watched_of_fixed(wished, self._p.source_words)
        return watched(wished, self._known, self._failed, self._pushed)

    async def _decide(self) -> None:
        while True:
            self._news.clear()
            wished = self._wished()
            await self._recall(wished)
            self._to_write.set()
            due, lookups = self._due(wished), self._p.lookups
            if due is not None and lookups is not None:
                await self._check(lookups, due, wished)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._until_next_s(wished)):
                    await self._news.wait()

    async def _recall(self, wished: Wished) -> None:
        """Take over what was said of new symbols before this process began."""
        fresh = [name for name in wished.as_shown() if name not in self._recalled]
        if self._p.lookups is not None and fresh:
            self._known.update(await self._p.lookups.known(fresh))
            self._recalled.update(fresh)

    def _due(self, wished: Wished) -> Symbol | None:
        """Return who is to be asked for next: new symbols first, then those that wait longest."""
        if self._p.lookups is None:
            return None
        open_ones = [name for name in wished.by_importance() if self._is_open(name)]
        if not open_ones:
            return None
        first = min(open_ones, key=lambda name: (self._is_asked(name), self._asked_at(name)))
        return first if self._asked_at(first) <= self._again_before() else None

    def _is_open(self, name: Symbol) -> bool:
        listing = self._known.get(name)
        if listing is None:
            return True
        old = listing.said_at < self._p.wall.now() - DENIED_FOR
        return listing.instrument is None and old

    def _is_asked(self, name: Symbol) -> bool:
        return name in self._asked

    def _asked_at(self, name: Symbol) -> datetime:
        return self._asked.get(name, self._again_before())

    def _again_before(self) -> datetime:
        return self._p.wall.now() - timedelta(seconds=self._p.retry_s)

    async def _check(self, lookups: Lookups, name: Symbol, wished: Wished) -> None:
        """Have somebody say what a symbol stands for."""
        try:
            self._known[name] = await lookups.ask(name)
        except UncheckedError as error:
            # Who cannot be reached for one cannot for the next: nobody waits for hundreds in vain.
            rest = [] if error.alone else [n for n in wished.by_importance() if self._is_open(n)]
            for one in {name, *rest}:
                self._failed[one] = str(error)
                self._asked[one] = self._p.wall.now()
            self._log.warning("watch_list.unchecked", symbol=name, because=str(error))
        else:
            self._failed.pop(name, None)
            self._asked.pop(name, None)

    def _until_next_s(self, wished: Wished) -> float | None:
        """Return when a candidate expires, or somebody is to be asked again; None: never."""
        now = self._p.wall.now()
        moments = [one.expires_at for one in self._candidates if one.expires_at > now]
        if self._p.lookups is not None:
            again = timedelta(seconds=self._p.retry_s)
            moments += [
                self._asked_at(name) + again
                for name in wished.by_importance()
                if self._is_open(name)
            ]
        if not moments:
            return None
        return max(0.01, (min(moments) - now).total_seconds())

    # -- writing -------------------------------------------------------------------------------

    async def _write(self) -> None:
        while True:
            await self._to_write.wait()
            self._to_write.clear()
            found = self._decided(self._wished())
            self._follow(found.followed)
            with contextlib.suppress(DisconnectedError):
                await self._p.bus.write(registry.DYNAMIC_TICKERS, self._document(found))
            await asyncio.sleep(WRITE_S)

    def _follow(self, symbols: tuple[Symbol, ...]) -> None:
        if symbols != self._followed:
            self._followed = symbols
            self._p.follow(symbols)
            self._log.info("watch_list.followed", symbols=len(symbols))

    def _document(self, found: Watched) -> DynamicTickers:
        return DynamicTickers(
            ts=self._p.wall.now(),
            source=SOURCE,
            feed=self._p.stamp.feed,
            run_id=self._p.stamp.run_id,
            symbols=tuple(found.tickers),
            tickers={str(name): ticker for name, ticker in found.tickers.items()},
            refused={str(name): words for name, words in found.refused.items()},
            words=in_words(found, several=self._p.lookups is not None),
            list_ts=self._list_ts,
        )
