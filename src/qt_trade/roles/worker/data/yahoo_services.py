"""What Yahoo knows of the watched symbols: their prices every few minutes, a year of days daily.

Both go on beside the jobs, slowly: Yahoo publishes no limit and forgives slowly, and the charts of
the streamer want their part of what may be asked. Whose turn it is, workers settle by claims.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import ContractError, InvalidMessageError
from qt_trade.contract.payloads import sources as wire
from qt_trade.contract.payloads.market import MarketStatus
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import NEW_YORK, Session, Sessions
from qt_trade.market.errors import (
    KeyRefusedError,
    MarketDataError,
    RateLimitedError,
    RestingError,
    UnknownSymbolError,
)
from qt_trade.market.gate import QuotaLedger
from qt_trade.market.ports import Sleep
from qt_trade.market.providers.yahoo import Yahoo
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotas import LedgerAwayError
from qt_trade.model.symbols import Symbol
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.kept_documents import KeptDocuments
from qt_trade.roles.rhythm import current_boundary
from qt_trade.roles.worker.data.yahoo_documents import (
    Company,
    Stamp,
    enhanced,
    fundamentals_of,
    news_of,
    quoted,
    unquoted,
    unstudied,
)

T = TypeVar("T")

PACE_S = 4.0
"""Between two requests: half of the thirty a minute that may be asked; charts have the other."""
RECENT = timedelta(days=45)
"""The days told with a price."""
STUDIED = timedelta(days=760)
"""A year to tell, and 200 days of trading before it."""
NEWS = timedelta(days=7)
SETTLED = timedelta(minutes=20)
"""After the close a day's volume still grows."""
AGAIN = timedelta(hours=1)
"""When a symbol is asked for again whose year was not whole."""
COMPANY_AGAIN = timedelta(hours=6)
"""When one is that has no company figures."""
STRANGE_AGAIN = timedelta(days=1)
CLAIMED_S = 1800.0
"""Longer than one symbol's year takes."""
_DAY_S = 86_400
_LATER = (RateLimitedError, RestingError, KeyRefusedError)
"""No other symbol would fare better now."""


@dataclass(frozen=True, slots=True)
class YahooAsked:
    """What it takes to ask Yahoo."""

    provider: Yahoo
    ledger: QuotaLedger
    sessions: Sessions


@dataclass(frozen=True, slots=True)
class YahooParts:
    """What the services are made of. ``asked`` None: Yahoo is not asked, ``why_not`` says why.

    ``every``: how often a price is told in market hours.
    """

    bus: Bus
    asked: YahooAsked | None
    feed_time: FeedTime
    wall: Clock
    sleep: Sleep
    every: timedelta
    why_not: str = ""


class YahooServices:
    """Writes ``yfinance:{SYMBOL}`` and ``yfinance_enhanced:{SYMBOL}`` of what is watched."""

    def __init__(self, parts: YahooParts) -> None:
        self._parts = parts
        self._documents = KeptDocuments(parts.bus)
        self._turn = asyncio.Lock()
        self._quoted: dict[Symbol, datetime] = {}
        self._not_before: dict[Symbol, datetime] = {}
        self._not_asked: set[tuple[str, Symbol]] = set()
        self._rounds: dict[str, asyncio.Task[None]] = {}
        self._log = get_logger()

    def quotes(self) -> None:
        """Begin a round of prices, unless one goes on; nobody waits for it."""
        self._begin("yfinance", self._quote_round)

    def studies(self) -> None:
        """Begin a round of years, unless one goes on; nobody waits for it."""
        self._begin("yfinance_enhanced", self._study_round)

    async def ended(self) -> None:
        """Return when the rounds under way have ended."""
        await asyncio.gather(*self._rounds.values(), return_exceptions=True)

    async def close(self) -> None:
        """Give up what is under way: the next round is another's."""
        for task in self._rounds.values():
            task.cancel()
        await self.ended()
        await self._documents.close()

    def _begin(self, name: str, work: Callable[[MarketStatus], Awaitable[None]]) -> None:
        status = self._parts.feed_time.status
        before = self._rounds.get(name)
        if status is not None and (before is None or before.done()):
            self._rounds[name] = asyncio.create_task(self._watched(name, work, status))

    async def _watched(
        self, name: str, work: Callable[[MarketStatus], Awaitable[None]], status: MarketStatus
    ) -> None:
        try:
            await work(status)
            if self._parts.asked is not None:
                self._log.info("yahoo.round_ended", round=name)
        except (ContractError, LedgerAwayError) as error:
            # The next round is soon; until then the documents show their age.
            self._log.warning("yahoo.round_given_up", round=name, words=str(error))
        except _LATER as error:
            self._log.info("yahoo.round_ended_early", round=name, words=str(error))
        except Exception as error:  # noqa: BLE001  # a slip must not stop the next round
            self._log.error("yahoo.round_broken", round=name, kind=type(error).__name__)

    # -- prices ------------------------------------------------------------------------------

    async def _quote_round(self, status: MarketStatus) -> None:
        """Ask for each symbol's price, whose is oldest first, until the next round's time."""
        symbols = await self._symbols(status)
        asked = self._parts.asked
        if asked is None or status.feed is not FeedKind.REAL_TIME:
            await self._tell_nothing(status, symbols)
            return
        await self._forget_others(symbols)
        slot = current_boundary(self._parts.wall.now(), self._parts.every)
        for symbol in sorted(symbols, key=lambda one: self._quoted.get(one, _NEVER)):
            now = self._parts.wall.now()
            if now >= slot + self._parts.every:
                return
            if not self._price_is_old(asked.sessions, symbol, now):
                continue
            work = f"yfinance:{status.run_id}:{symbol}:{slot.isoformat()}"
            if await asked.ledger.claim(work, self._parts.every.total_seconds()):
                await self._quote(asked.provider, symbol)
            self._quoted[symbol] = now

    def _price_is_old(self, sessions: Sessions, symbol: Symbol, now: datetime) -> bool:
        """Until a while after the close, then not until the next open."""
        told = self._quoted.get(symbol)
        if told is None or sessions.is_open(now):
            return True
        last = _last_session(sessions, now)
        return last is not None and told < last.close + SETTLED

    async def _quote(self, provider: Yahoo, symbol: Symbol) -> None:
        since = self._parts.wall.now() - RECENT
        try:
            found = await self._paced(lambda: provider.recent(symbol, since))
        except MarketDataError as error:
            # What was told before stays, and shows its age.
            if not await self._priced_before(symbol):
                stamp = self._stamp(FeedKind.REAL_TIME)
                await self._write_price(unquoted(symbol, stamp, str(error)))
            if isinstance(error, _LATER):
                raise
        else:
            stamp = self._stamp(FeedKind.REAL_TIME)
            await self._write_price(quoted(symbol, found.quote, found.days, stamp))

    async def _priced_before(self, symbol: Symbol) -> bool:
        try:
            found = await self._parts.bus.read(registry.YFINANCE, symbol)
        except InvalidMessageError:
            return False
        if found is None or found.value.feed is not FeedKind.REAL_TIME:
            return False
        return found.value.price is not None

    async def _write_price(self, document: wire.YFinance) -> None:
        await self._documents.write(registry.YFINANCE, document, document.symbol)

    # -- years -------------------------------------------------------------------------------

    async def _study_round(self, status: MarketStatus) -> None:
        """Study each symbol that is new, or whose last session is over and not in its year."""
        symbols = await self._symbols(status)
        asked = self._parts.asked
        if asked is None or status.feed is not FeedKind.REAL_TIME:
            await self._tell_nothing(status, symbols)
            return
        for symbol in symbols:
            now = self._parts.wall.now()
            if self._not_before.get(symbol, now) > now:
                continue
            before = await self._year_before(symbol)
            if _is_whole(before, asked.sessions, now):
                continue
            self._not_before[symbol] = now + AGAIN
            work = f"yfinance_enhanced:{symbol}:{current_boundary(now, AGAIN).isoformat()}"
            if await asked.ledger.claim(work, CLAIMED_S):
                await self._study(asked.provider, symbol, before)

    async def _year_before(self, symbol: Symbol) -> wire.YFinanceEnhanced | None:
        try:
            found = await self._parts.bus.read(registry.YFINANCE_ENHANCED, symbol)
        except InvalidMessageError:
            return None
        return None if found is None else found.value

    async def _study(
        self, provider: Yahoo, symbol: Symbol, before: wire.YFinanceEnhanced | None
    ) -> None:
        now = self._parts.wall.now()
        try:
            history = await self._paced(lambda: provider.bars(symbol, _DAY_S, now - STUDIED, now))
        except MarketDataError as error:
            if isinstance(error, UnknownSymbolError):
                self._not_before[symbol] = now + STRANGE_AGAIN
            if before is None or before.feed is not FeedKind.REAL_TIME:
                stamp = self._stamp(FeedKind.REAL_TIME)
                await self._write_year(unstudied(symbol, stamp, str(error)))
            if isinstance(error, _LATER):
                raise
            return
        company = await self._company(provider, symbol, before)
        stamp = self._stamp(FeedKind.REAL_TIME)
        # In a thread: polars and TA-Lib take a moment to be loaded.
        await self._write_year(await asyncio.to_thread(enhanced, symbol, history, company, stamp))

    async def _company(
        self, provider: Yahoo, symbol: Symbol, before: wire.YFinanceEnhanced | None
    ) -> Company:
        """Return what is known of a company; what cannot be had now is what was told before."""
        missing: dict[str, str] = {}
        fundamentals = None if before is None else before.fundamentals
        news = () if before is None else before.news
        since = self._parts.wall.now() - NEWS
        try:
            found = await self._paced(lambda: provider.fundamentals(symbol), requests=2)
            fundamentals = fundamentals_of(found)
        except MarketDataError as error:
            missing["company figures"] = str(error)
        try:
            news = news_of(await self._paced(lambda: provider.news(symbol, since)))
        except MarketDataError as error:
            missing["news"] = str(error)
        return Company(fundamentals, news, missing)

    async def _write_year(self, document: wire.YFinanceEnhanced) -> None:
        # Not kept in memory: a year that a server has lost is found missing, and told again.
        await self._parts.bus.write(registry.YFINANCE_ENHANCED, document, document.symbol)

    # -- both --------------------------------------------------------------------------------

    async def _paced(self, ask: Callable[[], Awaitable[T]], requests: int = 1) -> T:
        """Ask when it is one's turn, and let no other have his too soon."""
        async with self._turn:
            try:
                return await ask()
            finally:
                await self._parts.sleep(PACE_S * requests)

    async def _symbols(self, status: MarketStatus) -> tuple[Symbol, ...]:
        """Return the watch list in force."""
        try:
            found = await self._parts.bus.read(registry.DYNAMIC_TICKERS)
        except InvalidMessageError:
            found = None
        mine = found is not None and found.value.run_id == status.run_id
        names = found.value.symbols if found is not None and mine else status.symbols
        return tuple(Symbol(name) for name in names)

    async def _tell_nothing(self, status: MarketStatus, symbols: tuple[Symbol, ...]) -> None:
        """Say once that Yahoo is not asked: another run's figures are never shown as this one's."""
        real = status.feed is FeedKind.REAL_TIME
        words = (
            f"Yahoo is not asked: {self._parts.why_not}"
            if real
            else f"this run is a {status.feed}; Yahoo is not asked, today's prices are not its own"
        )
        for symbol in symbols:
            if (status.run_id, symbol) not in self._not_asked:
                stamp = self._stamp(status.feed)
                await self._write_price(unquoted(symbol, stamp, words))
                await self._write_year(unstudied(symbol, stamp, words))
                self._not_asked.add((status.run_id, symbol))

    async def _forget_others(self, symbols: tuple[Symbol, ...]) -> None:
        """Remove what is told of symbols nobody watches any more."""
        for symbol in set(self._quoted) - set(symbols):
            await self._documents.delete(registry.YFINANCE, symbol)
            await self._parts.bus.delete(registry.YFINANCE_ENHANCED, symbol)
            del self._quoted[symbol]
            self._not_before.pop(symbol, None)

    def _stamp(self, feed: FeedKind) -> Stamp:
        return Stamp(self._parts.wall.now(), self._parts.feed_time.clock.now(), feed)


_NEVER = datetime.min.replace(tzinfo=NEW_YORK)


def _is_whole(year: wire.YFinanceEnhanced | None, sessions: Sessions, now: datetime) -> bool:
    """Whether a year goes up to the last session whose figures are settled."""
    if year is None or year.feed is not FeedKind.REAL_TIME or not year.historical_data:
        return False
    if year.fundamentals is None and now - year.ts > COMPANY_AGAIN:
        return False
    last = _last_session(sessions, now - SETTLED)
    return last is None or _day(year.historical_data[-1].date) >= last.day


def _last_session(sessions: Sessions, at: datetime) -> Session | None:
    """Return the last session that was over at a moment."""
    return next((one for one in reversed(sessions.all) if one.close <= at), None)


def _day(at: datetime) -> date:
    return at.astimezone(NEW_YORK).date()
