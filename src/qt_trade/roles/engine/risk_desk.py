"""Minds the account's losses and the breakers, and shows the limits with their use."""

import asyncio
import contextlib
from collections.abc import Callable

from qt_trade.contract import registry
from qt_trade.contract.errors import ContractError, DisconnectedError
from qt_trade.kit.logs import get_logger
from qt_trade.model.journal import JournalAwayError
from qt_trade.roles.engine.books_desk import Publishing
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import SOURCE, Stamp
from qt_trade.roles.engine.limits import LimitsDesk
from qt_trade.roles.engine.risk_documents import risk_state
from qt_trade.trading.commands import Command, MindRisk
from qt_trade.trading.risk.breakers import emergencies
from qt_trade.trading.risk.case import Standing
from qt_trade.trading.steps import Step
from qt_trade.wiring import JournalRefusesError

LOOK_S = 0.5
"""Between two looks while prices move."""
HEARTBEAT_S = 5.0


class RiskDesk:
    """Looks at the account at most twice a second while something moves.

    What a breaker asks for is commanded under an id of the day and the breaker, so that it
    happens once, however often the engine is started meanwhile.
    """

    def __init__(
        self,
        bus: Publishing,
        dealer: Dealer,
        limits: LimitsDesk,
        stamp: Stamp,
        changed: Callable[[], None],
    ) -> None:
        self._bus = bus
        self._dealer = dealer
        self._limits = limits
        self._stamp = stamp
        self._changed = changed
        self._due = asyncio.Event()
        self._log = get_logger()

    def on_step(self, step: Step) -> None:
        """Hear of a step that is in the journal."""
        if step.events:
            self._due.set()

    def on_change(self) -> None:
        """Hear that prices, limits or anything else to reckon with have changed."""
        self._due.set()

    async def run(self) -> None:
        """Look until cancelled."""
        self._bus.on_doubt(self._due.set)
        while True:
            try:
                await self._mind()
            except JournalAwayError as away:
                self._log.warning("risk.postponed", words=str(away))
            except JournalRefusesError as known:
                # A breaker's command of today that is longer ago than answers are remembered.
                self._log.warning("risk.repeated", words=str(known))
            await self._write()
            await asyncio.sleep(LOOK_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_S - LOOK_S):
                    await self._due.wait()
            self._due.clear()

    async def _mind(self) -> None:
        now = self._dealer.now()
        mind = MindRisk(command_id=f"risk-{now.wall:%Y%m%dT%H%M%S%f}", by=SOURCE)
        await self._dealer.handle(mind)
        for command in self._emergencies():
            answer = await self._dealer.handle(command)
            self._log.error(
                "breaker.opened",
                command=type(command).__name__,
                command_id=command.command_id,
                accepted=answer.accepted,
                words=answer.reason,
            )
            self._changed()

    def _emergencies(self) -> tuple[Command, ...]:
        standing = self.standing()
        return () if standing is None else emergencies(standing)

    def standing(self) -> Standing | None:
        """Return the account before the limits; None while nobody has set any."""
        core = self._dealer.core
        limits = core.limits
        return None if limits is None else Standing(core.book(self._dealer.now()), limits)

    async def _write(self) -> None:
        document = risk_state(self._stamp, self.standing(), self._limits.in_force)
        try:
            await self._bus.write(registry.RISK_STATE, document)
        except DisconnectedError:
            return  # the link tells when it is back, and then all is written anew
        except ContractError as refused:
            self._log.error("risk.not_written", words=str(refused))
