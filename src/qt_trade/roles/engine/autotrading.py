"""AutoTrading's switch: the document ``autotrading:enabled`` becomes a start or a stop.

A start is for whoever controls AutoTrading; a stop is obeyed whoever asks for it. What is refused
gives way to the configuration in force, so that the document tells the truth.
"""

import asyncio
from collections.abc import Callable

from msgspec.structs import replace

from qt_trade.contract import registry
from qt_trade.contract.bus import Change
from qt_trade.contract.errors import ConflictError, ContractError, DisconnectedError
from qt_trade.contract.payloads.trading import AutoTradingConfig, AutoTradingStatus
from qt_trade.kit.logs import get_logger
from qt_trade.model.journal import JournalAwayError
from qt_trade.roles.engine import requests
from qt_trade.roles.engine.control import ControlDesk
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import SOURCE
from qt_trade.roles.engine.keeping import Keeping, decode_kept
from qt_trade.roles.engine.objections import Objection
from qt_trade.roles.engine.status import Board
from qt_trade.settings import RunSettings
from qt_trade.trading.commands import Command, CommandReply, StartAutoTrading, StopAutoTrading
from qt_trade.trading.events import (
    AutoTradingStopped,
    ControlReleased,
    ControlTaken,
    TradingResumed,
)
from qt_trade.trading.steps import Step

RETRY_S = 0.25
TROUBLE = "autotrading"
_DOCUMENT = registry.AUTOTRADING_ENABLED
_KEY = _DOCUMENT.key()


class AutoTradingDesk:
    """Takes the newest wish; an older one that was not carried out yet is nobody's wish.

    A configuration that cannot be read, and a missing one, stop what runs; one that its server
    lost with all its data is written again.
    """

    def __init__(
        self,
        keeping: Keeping,
        dealer: Dealer,
        control: ControlDesk,
        board: Board,
        run: RunSettings,
        changed: Callable[[], None],
    ) -> None:
        self._k = keeping
        self._dealer = dealer
        self._control = control
        self._board = board
        self._run = run
        self._changed = changed
        self._in_force: AutoTradingConfig | None = None
        self._wish: Change[AutoTradingConfig] | None = None
        self._decided = 0
        self._losses = control.losses
        self._stands: Change[AutoTradingConfig] | None = None
        self._removed = False
        self._word: Change[AutoTradingStatus] | None = None
        self._word_stops = False
        self._off: str | None = None
        self._wished = asyncio.Event()
        self.settled = asyncio.Event()
        """Set once the first wish is carried out: until then nobody knows whether to trade."""
        self._log = get_logger()

    def begin(self, kept: str | None) -> None:
        """Take over the configuration that an earlier engine accepted last."""
        self._in_force = decode_kept(_DOCUMENT, kept)

    def on_config(self, change: Change[AutoTradingConfig]) -> None:
        """Note a new state of the document."""
        self._wish = change
        self._decided = self._dealer.core.account.control.token
        self._word_stops = False
        self._wished.set()

    def on_word(self, change: Change[AutoTradingStatus]) -> None:
        """Note the word of ``autotrading:status``: STOPPED stops, whoever wrote it."""
        self._word = change
        self._word_stops = change.value is AutoTradingStatus.STOPPED
        if self._word_stops:
            self._wished.set()

    def on_step(self, step: Step) -> None:
        """Hear what became of AutoTrading and of who may start it."""
        for event in step.events:
            match event:
                case TradingResumed() | ControlTaken() | ControlReleased():
                    # What was refused because of it would no longer be.
                    self._board.trouble(TROUBLE, None)
                    self._k.objections.clear(_KEY)
                case AutoTradingStopped(reason=reason):
                    self._off = reason
                    self._wished.set()
                case _:
                    pass

    def lost(self) -> None:
        """Hear that the server lost its data."""
        self.on_config(Change(_KEY, None, 0, None))

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
            except ContractError as refused:
                self._log.error("autotrading.stuck", words=str(refused))

    async def _carry_out(self) -> None:
        if self._word_stops:
            await self._stop("autotrading:status says STOPPED", "a frontend")
            self._word_stops = False
        change = self._wish
        if change is not None:
            await self._hold_to(change)
            self._stands = change
            if self._wish is change:
                self._wish = None
        if self._stands is not None:
            await self._tell_off(self._stands)
            self.settled.set()

    async def _hold_to(self, change: Change[AutoTradingConfig]) -> None:
        if change.value is not None:
            await self._take(change.value, change.revision)
        elif change.error is not None:
            words = f"the configuration is damaged: {change.error}"
            self._show(words)
            self._k.objections.object(
                _KEY, Objection(change.error.path, change.error.reason), passing=False
            )
            self._forget("what stands there cannot be read")
            await self._stop(words, SOURCE)
        else:
            await self._miss(change.revision)

    # A configuration is there.

    async def _take(self, config: AutoTradingConfig, revision: int) -> None:
        self._losses, self._removed = self._control.losses, False
        if config.enabled and self._is_of_an_earlier_run(config):
            self._show(None)
            await self._stop("the configuration is from an earlier run", SOURCE)
        elif config == self._in_force:
            return
        elif config.enabled:
            await self._start(config, revision)
        else:
            self._show(None)
            self._accept(config)
            await self._stop("switched off", config.session_id)

    async def _start(self, config: AutoTradingConfig, revision: int) -> None:
        # Not the revision alone: it begins anew on a server that lost its data.
        command_id = f"auto-{self._run.id}-{revision}-{config.ts:%Y%m%dT%H%M%S%f}"
        known = self._dealer.core.account.answers.get(command_id)
        if known is not None:
            # Carried out before, by this engine's earlier life. Whatever happened since is newer
            # than this wish.
            self._show(None)
            if known.accepted:
                self._accept(config)
            elif self._dealer.core.halted is not None:
                self._board.trouble(TROUBLE, known.reason)
            return
        objection = await self._objection(config)
        if objection is not None:
            await self._refuse(config, objection, revision)
            return
        answer = await self._ask(await self._command(command_id, config))
        if answer.accepted:
            self._show(None)
            self._accept(config)
            await self._write_word()
        elif self._dealer.core.halted is None:
            # Another controls AutoTrading: the document goes back to what is in force.
            await self._put_right(config, Objection("$.session_id", answer.reason), revision)
        else:
            self._show(None)
            self._board.trouble(TROUBLE, answer.reason)

    async def _command(self, command_id: str, config: AutoTradingConfig) -> StartAutoTrading:
        holds = self._dealer.core.account.control.holder == config.session_id
        return StartAutoTrading(
            command_id=command_id,
            by=config.session_id,
            settings=requests.strategy_settings(config),
            decided=self._decided,
            token=0 if holds else await self._control.next_token(),
        )

    async def _objection(self, config: AutoTradingConfig) -> Objection | None:
        words = await self._k.people.objection_to(config.session_id)
        if words is not None:
            return Objection("$.session_id", words, config.session_id)
        feed = self._k.stamp.feed
        if config.feed is not feed:
            words = f"the configuration was made for {config.feed}, this run is {feed}"
            return Objection("$.feed", words, config.session_id)
        known = self._dealer.core.outlook.strategies
        if config.own_strategy and config.own_strategy not in known:
            there = ", ".join(sorted(known)) or "none"
            words = f"there is no strategy {config.own_strategy!r} here; there is {there}"
            return Objection("$.own_strategy", words, config.session_id)
        return None

    async def _refuse(self, config: AutoTradingConfig, why: Objection, revision: int) -> None:
        account = self._dealer.core.account
        if account.auto is not None and account.control.holder != config.session_id:
            # Whose wish it was does not matter to what runs.
            await self._put_right(config, why, revision)
            return
        self._show(why.words)
        self._k.refuse(_DOCUMENT, config, why, passing=False)
        await self._stop(why.words, SOURCE)

    async def _put_right(self, config: AutoTradingConfig, why: Objection, revision: int) -> None:
        why = Objection(why.path, why.words, config.session_id)
        self._board.trouble(TROUBLE, why.words)
        self._k.refuse(_DOCUMENT, config, why, passing=True)
        self._changed()
        if self._in_force is not None:
            await self._write(self._in_force, revision)
            return
        found = await self._k.bus.read(_DOCUMENT)
        if found is not None and found.revision == revision:
            self._removed = True
            await self._k.bus.delete(_DOCUMENT)

    # None is there.

    async def _miss(self, revision: int) -> None:
        removed, self._removed = self._removed, False
        if removed:
            return
        # A deletion leaves its revision behind; what was lost with everything else does not.
        if revision == 0 and await self._control.lost_since(self._losses):
            if self._in_force is not None and not self._is_of_an_earlier_run(self._in_force):
                await self._write(self._in_force, revision)
            return
        self._show(None)
        self._forget("it was deleted")
        await self._stop("there is no configuration", SOURCE)

    # What all share.

    async def _tell_off(self, change: Change[AutoTradingConfig]) -> None:
        """Say in the document that AutoTrading is off, where something else switched it off."""
        reason, self._off = self._off, None
        config = self._in_force
        if reason is None or config is None or not config.enabled:
            return
        if self._dealer.core.account.auto is not None:
            return
        off = replace(config, ts=self._k.stamp.wall.now(), enabled=False, source=SOURCE)
        self._accept(off, reason)
        if change.value is not None:
            await self._write(off, change.revision)

    async def _write(self, config: AutoTradingConfig, revision: int) -> None:
        try:
            await self._k.bus.write(_DOCUMENT, config, expect=revision)
        except ConflictError:
            return  # somebody wrote meanwhile, and the watch tells what
        self._log.info("autotrading.written", enabled=config.enabled, session=config.session_id)

    async def _write_word(self) -> None:
        word = self._word
        if word is None or word.value is not AutoTradingStatus.STOPPED:
            return
        try:
            await self._k.bus.write(
                registry.AUTOTRADING_STATUS, AutoTradingStatus.ACTIVE, expect=word.revision
            )
        except ConflictError:
            return  # somebody wrote meanwhile, and the watch tells what

    def _accept(self, config: AutoTradingConfig, words: str = "") -> None:
        before, self._in_force = self._in_force, config
        self._k.objections.clear(_KEY)
        self._k.keep(_DOCUMENT, before, config, words)

    def _forget(self, words: str) -> None:
        if self._in_force is not None:
            before, self._in_force = self._in_force, None
            self._k.keep(_DOCUMENT, before, None, words)

    async def _stop(self, reason: str, by: str) -> None:
        if self._dealer.core.account.auto is None:
            return
        # Each stop is one of its own: a second one does no harm, a forgotten one would.
        command_id = f"auto-{self._run.id}-stop-{self._k.stamp.wall.now():%Y%m%dT%H%M%S%f}"
        await self._ask(StopAutoTrading(command_id=command_id, by=by, reason=reason))

    async def _ask(self, command: Command) -> CommandReply:
        answer = await self._dealer.handle(command)
        self._board.trouble(TROUBLE, None if answer.accepted else answer.reason)
        self._changed()
        self._log.info(
            "autotrading.asked",
            command=type(command).__name__,
            accepted=answer.accepted,
            reason=answer.reason,
        )
        return answer

    def _is_of_an_earlier_run(self, config: AutoTradingConfig) -> bool:
        return self._run.started is not None and config.ts < self._run.started

    def _show(self, config_error: str | None) -> None:
        self._board.config_error = config_error
        self._board.trouble(TROUBLE, None)
        if config_error is None:
            self._k.objections.clear(_KEY)
        self._changed()
