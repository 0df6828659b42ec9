"""AutoTrading's switch: the document ``autotrading:enabled`` becomes a start or a stop."""

import asyncio
from collections.abc import Callable

from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.errors import DisconnectedError
from qt_trade.contract.payloads.trading import AutoTradingConfig
from qt_trade.kit.logs import get_logger
from qt_trade.model.journal import JournalAwayError
from qt_trade.roles.engine import requests
from qt_trade.roles.engine.control import NextToken
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import SOURCE, Stamp
from qt_trade.roles.engine.sessions import SessionsDesk
from qt_trade.roles.engine.status import Board
from qt_trade.settings import RunSettings
from qt_trade.trading.commands import Command, StartAutoTrading, StopAutoTrading
from qt_trade.trading.events import TradingResumed
from qt_trade.trading.steps import Step

RETRY_S = 0.25
TROUBLE = "autotrading"


class AutoTradingDesk:
    """Takes the newest wish; an older one that was not carried out yet is nobody's wish.

    A configuration that cannot be traded with, and a missing one, stop what runs.
    """

    def __init__(
        self,
        bus: Bus,
        dealer: Dealer,
        sessions: SessionsDesk,
        next_token: NextToken,
        board: Board,
        stamp: Stamp,
        run: RunSettings,
        changed: Callable[[], None],
    ) -> None:
        self._bus = bus
        self._dealer = dealer
        self._sessions = sessions
        self._next_token = next_token
        self._board = board
        self._stamp = stamp
        self._run = run
        self._changed = changed
        self._wish: Change[AutoTradingConfig] | None = None
        self._decided = 0
        self._wished = asyncio.Event()
        self.settled = asyncio.Event()
        """Set once the first wish is carried out: until then nobody knows whether to trade."""
        self._log = get_logger()

    def on_config(self, change: Change[AutoTradingConfig]) -> None:
        """Note a new state of the document."""
        self._wish = change
        self._decided = self._dealer.core.account.control.token
        self._wished.set()

    def on_step(self, step: Step) -> None:
        """Forget a start that was refused because trading was stopped: it no longer is."""
        if any(isinstance(event, TradingResumed) for event in step.events):
            self._board.trouble(TROUBLE, None)

    async def run(self) -> None:
        """Carry out wishes until cancelled."""
        while True:
            await self._wished.wait()
            self._wished.clear()
            try:
                await self._carry_out()
            except (DisconnectedError, JournalAwayError) as away:
                self._log.warning("autotrading.postponed", words=str(away))
                await asyncio.sleep(RETRY_S)
                self._wished.set()

    async def _carry_out(self) -> None:
        change = self._wish
        if change is None:
            return
        if change.value is not None and change.value.enabled:
            await self._start(change.value, change.revision)
        elif change.value is not None:
            self._show(None)
            await self._stop("switched off", change.value.session_id)
        elif change.error is not None:
            words = f"the configuration is damaged: {change.error}"
            self._show(words)
            await self._stop(words, SOURCE)
        else:
            self._show(None)
            await self._stop("there is no configuration", SOURCE)
        self.settled.set()

    async def _start(self, config: AutoTradingConfig, revision: int) -> None:
        # Not the revision alone: it begins anew on a server that lost its data.
        command_id = f"auto-{self._run.id}-{revision}-{config.ts:%Y%m%dT%H%M%S%f}"
        known = self._dealer.core.account.answers.get(command_id)
        if known is not None:
            # Carried out before, for instance by this engine's earlier life. Whatever happened
            # since is newer than this wish.
            self._show(None)
            if not known.accepted and self._dealer.core.halted is not None:
                self._board.trouble(TROUBLE, known.reason)
            return
        if self._is_of_an_earlier_run(config):
            self._show(None)
            await self._stop("the configuration is from an earlier run", SOURCE)
            return
        objection = await self._objection(config)
        self._show(objection)
        if objection is not None:
            await self._stop(objection, SOURCE)
            return
        holds = self._dealer.core.account.control.holder == config.session_id
        await self._ask(
            StartAutoTrading(
                command_id=command_id,
                by=config.session_id,
                settings=requests.strategy_settings(config),
                decided=self._decided,
                token=0 if holds else await self._next_token(),
            )
        )

    async def _stop(self, reason: str, by: str) -> None:
        if self._dealer.core.account.auto is None:
            return
        # Each stop is one of its own: a second one does no harm, a forgotten one would.
        command_id = f"auto-{self._run.id}-stop-{self._stamp.wall.now():%Y%m%dT%H%M%S%f}"
        await self._ask(StopAutoTrading(command_id=command_id, by=by, reason=reason))

    async def _ask(self, command: Command) -> None:
        answer = await self._dealer.handle(command)
        self._board.trouble(TROUBLE, None if answer.accepted else answer.reason)
        self._changed()
        self._log.info(
            "autotrading.asked",
            command=type(command).__name__,
            accepted=answer.accepted,
            reason=answer.reason,
        )

    def _is_of_an_earlier_run(self, config: AutoTradingConfig) -> bool:
        return self._run.started is not None and config.ts < self._run.started

    async def _objection(self, config: AutoTradingConfig) -> str | None:
        if config.feed is not self._stamp.feed:
            return f"the configuration was made for {config.feed}, this run is {self._stamp.feed}"
        return await self._sessions.objection_to(config.session_id)

    def _show(self, config_error: str | None) -> None:
        self._board.config_error = config_error
        self._board.trouble(TROUBLE, None)
        self._changed()
