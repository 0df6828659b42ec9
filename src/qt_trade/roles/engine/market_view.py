"""What the engine sees of the market: quotes, predictions and the exchange's session."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.payloads.market import MarketData, SymbolData
from qt_trade.contract.payloads.market import Quote as QuotePayload
from qt_trade.contract.payloads.predictions import PredictionsCurrent
from qt_trade.market.calendar import SessionPhase, Sessions
from qt_trade.market.errors import OutsideCalendarError
from qt_trade.model.orders import TimeInForce
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol
from qt_trade.roles.engine import requests
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import Stamp
from qt_trade.roles.engine.publisher import Publisher
from qt_trade.roles.engine.status import Board
from qt_trade.roles.feed_time import FeedTime
from qt_trade.trading.book import Market

TICK_S = 1.0
"""How often the session is looked at besides when something arrives."""


class MarketView:
    """Hands the dealer every quote once, and tells it when a session is over."""

    def __init__(
        self,
        dealer: Dealer,
        publisher: Publisher,
        board: Board,
        stamp: Stamp,
        sessions: Sessions,
        feed_time: FeedTime,
        want_bars: Callable[[Iterable[Symbol]], None] = lambda _symbols: None,
    ) -> None:
        self._dealer = dealer
        self._publisher = publisher
        self._board = board
        self._stamp = stamp
        self._sessions = sessions
        self._feed_time = feed_time
        self._want_bars = want_bars
        self._last: dict[Symbol, Quote] = {}
        self._known = asyncio.Event()
        self._was_open: bool | None = None
        self._closes_at: datetime | None = None

    async def begin(self, bus: Bus) -> None:
        """Know session and last quotes, and follow them from now on."""
        self.look()
        self._expire_what_outlived_its_session()
        self._feed_time.on_announcement(self.look)
        await bus.subscribe(registry.QUOTES, self.on_quote, "*")
        await bus.watch(registry.MARKET_DATA, self.on_summary)
        await bus.watch(registry.PREDICTIONS_CURRENT, self.on_predictions)
        await self._known.wait()

    async def run(self) -> None:
        """Look at the session now and then, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(TICK_S)

    def on_quote(self, payload: QuotePayload) -> None:
        """Take a quote of the feed."""
        self.look()
        self._see(
            Quote(
                symbol=Symbol(payload.symbol),
                at=payload.feed_ts,
                price=payload.price,
                bid=payload.bid,
                ask=payload.ask,
                bid_size=payload.bid_size,
                ask_size=payload.ask_size,
                volume=payload.volume,
                open=payload.open,
                high=payload.high,
                low=payload.low,
                previous_close=payload.previous_close,
                doubt=payload.doubt,
            )
        )

    def on_summary(self, change: Change[MarketData]) -> None:
        """Take the last quotes: at the start, and those missed while Redis was away."""
        data = change.value
        if data is not None and data.run_id == self._stamp.run_id:
            for symbol, line in data.symbols.items():
                self._see(_quote_of_summary(Symbol(symbol), line))
        self._known.set()

    def on_predictions(self, change: Change[PredictionsCurrent]) -> None:
        """Take this run's newest predictions and its watch list."""
        document = change.value
        if document is None or document.run_id != self._stamp.run_id:
            return
        self._board.evidence.prediction = document.ts
        self._dealer.core.on_predictions(requests.predictions(document))
        symbols = [Symbol(symbol) for symbol in document.symbols]
        self._dealer.core.on_candidates(symbols)
        self._want_bars(symbols)

    def look(self) -> None:
        """Tell the core the session's state, and the broker of a session that has closed.

        Known by its close and not by being found closed: a replay jumps over the night.
        """
        now = self._feed_time.clock.now()
        state = self._sessions.state(now)
        is_open = state.phase is SessionPhase.OPEN
        session = self._sessions.session_of(now) if is_open else None
        self._dealer.core.on_market(
            Market(
                open=is_open,
                words=state.words,
                stale_after_s=self._feed_time.stale_after_s,
                opens_at=None if session is None else session.open,
                closes_at=None if session is None else session.close,
                extended=state.phase in {SessionPhase.PRE_MARKET, SessionPhase.AFTER_HOURS},
            )
        )
        if self._closes_at is not None and now >= self._closes_at:
            self._dealer.close_session()
        self._closes_at = state.next_close if is_open else None
        if is_open != self._was_open:
            self._was_open = is_open
            self._publisher.on_change()

    def _see(self, quote: Quote) -> None:
        last = self._last.get(quote.symbol)
        # The same quote twice would fill twice what its sizes allow.
        if last is None or (quote.at >= last.at and quote != last):
            self._last[quote.symbol] = quote
            self._dealer.see_quote(quote)
            self._publisher.on_prices()

    def _expire_what_outlived_its_session(self) -> None:
        """End the DAY orders of a session that closed while no engine ran."""
        now = self._feed_time.clock.now()
        core = self._dealer.core
        days = [s for s in core.account.open_orders if s.order.time_in_force is TimeInForce.DAY]
        if any(self._has_closed_since(state.feed_at, now) for state in days):
            # All of them: had one been sent in a session of today, an engine ran at its start.
            self._dealer.close_session()

    def _has_closed_since(self, at: datetime, now: datetime) -> bool:
        try:
            return self._sessions.next_close(at) <= now
        except OutsideCalendarError:
            return True


def _quote_of_summary(symbol: Symbol, data: SymbolData) -> Quote:
    return Quote(
        symbol=symbol,
        at=data.timestamp,
        price=data.price,
        bid=data.bid,
        ask=data.ask,
        bid_size=data.bid_size,
        ask_size=data.ask_size,
        volume=data.volume,
        open=data.open,
        high=data.high,
        low=data.low,
        previous_close=data.previous_close,
        doubt=data.doubt,
    )
