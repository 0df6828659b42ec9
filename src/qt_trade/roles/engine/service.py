"""The engine's work: what arrives on the bus becomes commands, quotes and limits for the dealer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change, TryAgainError
from qt_trade.contract.consumer import Rejection
from qt_trade.contract.payloads import commands as wire
from qt_trade.contract.payloads.market import MarketData, SymbolData
from qt_trade.contract.payloads.market import Quote as QuotePayload
from qt_trade.contract.payloads.predictions import PredictionsCurrent
from qt_trade.contract.payloads.sessions import SessionRole
from qt_trade.contract.payloads.trading import RiskSettings
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import SessionPhase, Sessions
from qt_trade.model.journal import JournalAwayError
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol
from qt_trade.roles.engine import requests
from qt_trade.roles.engine.autotrading import AutoTradingDesk
from qt_trade.roles.engine.dealer import Dealer, UnfitError
from qt_trade.roles.engine.documents import SOURCE, Stamp
from qt_trade.roles.engine.publisher import Publisher
from qt_trade.roles.engine.status import Board
from qt_trade.roles.feed_time import FeedTime
from qt_trade.settings import Settings
from qt_trade.trading.book import Market
from qt_trade.trading.commands import Command, RunCycle, StopAll

P = TypeVar("P", bound=wire.Asked)

DATABASE_PING_S = 5.0
TICK_S = 1.0
"""How often the session's state is told to the core, besides at every quote's arrival."""


@dataclass(frozen=True, slots=True)
class EngineParts:
    """What the engine is built from."""

    bus: Bus
    dealer: Dealer
    publisher: Publisher
    board: Board
    stamp: Stamp
    sessions: Sessions
    feed_time: FeedTime
    settings: Settings
    ping_database: Callable[[], Awaitable[float]]


class Engine:
    """Serves until cancelled."""

    def __init__(self, parts: EngineParts) -> None:
        self._p = parts
        self._desk = AutoTradingDesk(
            parts.bus, parts.dealer, parts.board, parts.stamp, parts.settings
        )
        self._was_open: bool | None = None
        self._log = get_logger()

    async def run(self, ready: Callable[[], None]) -> None:
        """Take in the market, reconcile, then serve commands."""
        bus, dealer = self._p.bus, self._p.dealer
        await self._take_in_market()
        await dealer.reconcile()
        await self._p.publisher.restore_trades()
        bus.on_link(self._p.publisher.on_link)
        bus.serve(registry.EMERGENCY_ACTIONS, self._on_emergency, self._reject)
        bus.serve(registry.MANUAL_ORDERS, self._on_manual, self._reject)
        bus.serve(registry.TRADING_CYCLE, self._on_cycle, self._reject)
        await bus.watch(registry.AUTOTRADING_ENABLED, self._desk.on_config)
        async with asyncio.TaskGroup() as group:
            group.create_task(dealer.run())
            group.create_task(dealer.ended())
            group.create_task(self._watch_database())
            group.create_task(self._desk.run())
            group.create_task(self._p.publisher.run())
            group.create_task(self._tick())
            self._p.publisher.on_change()
            ready()

    async def _take_in_market(self) -> None:
        """Know limits, session and last quotes before anything is judged."""
        bus = self._p.bus
        if await bus.read(registry.RISK_SETTINGS) is None:
            await bus.write(registry.RISK_SETTINGS, self._first_limits(), expect=0)
        limits_known, quotes_known = asyncio.Event(), asyncio.Event()

        def on_limits(change: Change[RiskSettings]) -> None:
            limits = None if change.value is None else requests.risk_limits(change.value)
            self._p.dealer.core.on_limits(limits)
            self._p.publisher.on_change()
            limits_known.set()

        def on_summary(change: Change[MarketData]) -> None:
            self._p.board.evidence.streamer = self._p.stamp.wall.now()
            if change.value is not None and change.value.run_id == self._p.stamp.run_id:
                for symbol, data in change.value.symbols.items():
                    self._see(_quote_of_summary(Symbol(symbol), data))
            quotes_known.set()

        await bus.watch(registry.RISK_SETTINGS, on_limits)
        await bus.watch(registry.MARKET_DATA, on_summary)
        await bus.watch(registry.PREDICTIONS_CURRENT, self._on_predictions)
        await bus.subscribe(registry.QUOTES, self._on_quote, "*")
        async with asyncio.timeout(10):
            await limits_known.wait()
            await quotes_known.wait()
        self._look_at_session()

    def _first_limits(self) -> RiskSettings:
        risk = self._p.settings.risk
        return RiskSettings(
            ts=self._p.stamp.wall.now(),
            source=SOURCE,
            feed=self._p.stamp.feed,
            updated_by=SOURCE,
            daily_notional_cap=risk.daily_notional_cap,
            position_shares_max=risk.position_shares_max,
            position_weight_max=risk.position_weight_max,
            trades_per_cycle_max=risk.trades_per_cycle_max,
            cash_reserve=risk.cash_reserve,
            cooldown_min=risk.cooldown_min,
        )

    # What is seen

    def _on_quote(self, payload: QuotePayload) -> None:
        self._p.board.evidence.quote = self._p.stamp.wall.now()
        self._look_at_session()
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
            )
        )
        self._p.publisher.on_prices()

    def _see(self, quote: Quote) -> None:
        self._p.dealer.see_quote(quote)

    def _on_predictions(self, change: Change[PredictionsCurrent]) -> None:
        document = change.value
        if document is None or document.run_id != self._p.stamp.run_id:
            return
        self._p.board.evidence.prediction = self._p.stamp.wall.now()
        self._p.dealer.core.on_predictions(requests.predictions(document))
        self._p.dealer.core.on_candidates(Symbol(symbol) for symbol in document.symbols)

    async def _tick(self) -> None:
        while True:
            self._look_at_session()
            await asyncio.sleep(TICK_S)

    def _look_at_session(self) -> None:
        state = self._p.sessions.state(self._p.feed_time.clock.now())
        is_open = state.phase is SessionPhase.OPEN
        self._p.dealer.core.on_market(
            Market(open=is_open, words=state.words, stale_after_s=self._p.feed_time.stale_after_s)
        )
        if is_open != self._was_open:
            if self._was_open:
                self._p.dealer.close_session()
            self._was_open = is_open
            self._p.publisher.on_change()

    # What is asked

    async def _on_emergency(self, payload: wire.EmergencyAction) -> wire.Reply:
        return await self._answer(payload, requests.emergency, opens=False)

    async def _on_manual(self, payload: wire.ManualOrder) -> wire.Reply:
        if payload.feed is not self._p.stamp.feed:
            words = f"the order was meant for {payload.feed}, this run is {self._p.stamp.feed}"
            return self._refuse(payload.command_id, words)
        return await self._answer(payload, requests.manual, opens=True)

    async def _on_cycle(self, payload: wire.TradingCycleRequest) -> wire.Reply:
        self._p.board.evidence.cycle = self._p.stamp.wall.now()
        if payload.feed is not self._p.stamp.feed:
            return self._refuse(payload.command_id, f"this run is {self._p.stamp.feed}")
        command = RunCycle(command_id=payload.command_id, by=payload.source, slot=payload.slot)
        return await self._carry_out(command)

    async def _answer(
        self,
        payload: P,
        translate: Callable[[P], Command],
        *,
        opens: bool,
    ) -> wire.Reply:
        answered = self._p.dealer.core.account.answers.get(payload.command_id)
        if answered is None:
            objection = await self._objection(payload, opens=opens)
            if objection is not None:
                return self._refuse(payload.command_id, objection)
        command = translate(payload)
        if isinstance(command, StopAll):
            # Shut the gate now: what the dealer is doing must not send one more order.
            self._p.dealer.core.halt(command.command_id, command.reason)
        return await self._carry_out(command)

    async def _objection(self, payload: wire.Asked, *, opens: bool) -> str | None:
        age_s = (self._p.stamp.wall.now() - payload.ts).total_seconds()
        if opens and age_s > self._p.settings.command_age_max_s:
            return f"sent {age_s:.0f} s ago; older than {self._p.settings.command_age_max_s:g} s"
        session = await self._p.bus.read(registry.SESSION, payload.session_id)
        if session is None:
            return f"session {payload.session_id} is unknown or has expired"
        if session.value.role is not SessionRole.TRADER:
            return f"session {payload.session_id} may look, not trade"
        return None

    async def _carry_out(self, command: Command) -> wire.Reply:
        try:
            answer = await self._p.dealer.handle(command)
        except (JournalAwayError, UnfitError) as error:
            raise TryAgainError(str(error)) from error
        self._log.info(
            "command.answered",
            command=type(command).__name__,
            command_id=answer.command_id,
            accepted=answer.accepted,
            reason=answer.reason,
            repeated=answer.repeated,
        )
        return requests.reply(answer, self._p.stamp.feed, self._p.stamp.wall.now())

    def _refuse(self, command_id: str, words: str) -> wire.Reply:
        self._log.warning("command.refused", command_id=command_id, words=words)
        return requests.refusal(command_id, words, self._p.stamp.feed, self._p.stamp.wall.now())

    def _reject(self, rejection: Rejection) -> wire.Reply:
        return self._refuse(rejection.command_id, rejection.reason)

    async def _watch_database(self) -> None:
        evidence = self._p.board.evidence
        while True:
            try:
                evidence.database_latency_ms = await self._p.ping_database() * 1000
            except JournalAwayError as away:
                evidence.database_latency_ms = None
                evidence.database_error = str(away)
            await asyncio.sleep(DATABASE_PING_S)


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
    )
