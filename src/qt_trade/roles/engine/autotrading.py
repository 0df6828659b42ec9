"""AutoTrading's switch: the document ``autotrading:enabled`` becomes a start or a stop."""

import asyncio

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.errors import DisconnectedError
from qt_trade.contract.payloads.sessions import SessionRole
from qt_trade.contract.payloads.trading import AutoTradingConfig
from qt_trade.kit.logs import get_logger
from qt_trade.model.journal import JournalAwayError
from qt_trade.roles.engine import requests
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import SOURCE, Stamp
from qt_trade.roles.engine.status import Board
from qt_trade.settings import Settings
from qt_trade.trading.commands import Command, StartAutoTrading, StopAutoTrading

RETRY_S = 0.5


class AutoTradingDesk:
    """Takes the newest wish; an older one that was not carried out yet is nobody's wish."""

    def __init__(
        self, bus: Bus, dealer: Dealer, board: Board, stamp: Stamp, settings: Settings
    ) -> None:
        self._bus = bus
        self._dealer = dealer
        self._board = board
        self._stamp = stamp
        self._settings = settings
        self._wish: Change[AutoTradingConfig] | None = None
        self._wished = asyncio.Event()
        self._log = get_logger()

    def on_config(self, change: Change[AutoTradingConfig]) -> None:
        """Note a new state of the document."""
        self._wish = change
        self._wished.set()

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
        command = await self._command(change)
        self._board.config_error = None if change.error is None else str(change.error)
        if command is None:
            return
        answer = await self._dealer.handle(command)
        if not answer.accepted:
            self._board.config_error = answer.reason
        self._log.info(
            "autotrading.asked",
            command=type(command).__name__,
            accepted=answer.accepted,
            reason=answer.reason,
        )

    async def _command(self, change: Change[AutoTradingConfig]) -> Command | None:
        config = change.value
        command_id = f"auto-{self._settings.run.id}-{change.revision}"
        if config is not None and config.enabled:
            # The same configuration again, for instance after a restart of this engine.
            command_id += f"-{config.ts:%Y%m%dT%H%M%S%f}"
            if command_id in self._dealer.core.account.answers:
                return None
            objection = await self._objection(config)
            if objection is None:
                settings = requests.strategy_settings(config)
                return StartAutoTrading(
                    command_id=command_id, by=config.session_id, settings=settings
                )
            reason, by = objection, SOURCE
        elif config is not None:
            reason, by = "switched off", config.session_id
        elif change.error is not None:
            reason, by = f"the configuration is damaged: {change.error}", SOURCE
        else:
            reason, by = "there is no configuration", SOURCE
        if self._dealer.core.account.auto is None:
            return None
        return StopAutoTrading(command_id=f"{command_id}-stop", by=by, reason=reason)

    async def _objection(self, config: AutoTradingConfig) -> str | None:
        started = self._settings.run.started
        if config.feed is not self._stamp.feed:
            return f"the configuration was made for {config.feed}"
        if started is not None and config.ts < started:
            return "the configuration is from an earlier run; start AutoTrading again"
        session = await self._bus.read(registry.SESSION, config.session_id)
        if session is None or session.value.role is not SessionRole.TRADER:
            return f"session {config.session_id} is unknown, expired or may not trade"
        return None
