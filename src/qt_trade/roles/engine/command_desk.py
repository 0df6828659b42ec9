"""What people and the schedule ask for on the bus becomes the dealer's commands, and is answered."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from msgspec.structs import replace

from qt_trade.contract import registry
from qt_trade.contract.bus import TryAgainError
from qt_trade.contract.consumer import Handler, Reject, Rejection
from qt_trade.contract.endpoints import Command as CommandKey
from qt_trade.contract.payloads import commands as wire
from qt_trade.contract.payloads.base import WORDS_LENGTH_MAX
from qt_trade.contract.payloads.sessions import (
    ReleaseControl,
    RevokeSession,
    SessionAction,
    TakeControl,
)
from qt_trade.kit.logs import get_logger
from qt_trade.model.journal import JournalAwayError
from qt_trade.roles.engine import requests
from qt_trade.roles.engine.control import NextToken
from qt_trade.roles.engine.dealer import Dealer, UnfitError
from qt_trade.roles.engine.documents import Stamp
from qt_trade.roles.engine.status import Board
from qt_trade.trading.commands import CloseAll, Command, RunCycle, StopAll

P = TypeVar("P", bound=wire.Asked | SessionAction)
T = TypeVar("T")

_MEANT_NOW = (wire.Emergency.CLOSE_ALL_POSITIONS, wire.Emergency.RESUME)
"""What trades or lets trade: not without a person's confirmation, and not an hour later."""


class Serving(Protocol):
    """Where commands come from; the bus is one."""

    def serve(self, command: CommandKey[T], handler: Handler[T], reject: Reject) -> None:
        """Have a key's commands carried out, each at least once."""
        ...


class Admission(Protocol):
    """Who knows the sessions."""

    async def objection_to(self, session_id: str) -> str | None:
        """Return why a session may not trade; None when it may."""
        ...

    async def objection_to_revoking(self, target: str) -> str | None:
        """Return why a session cannot be logged out; None when it can."""
        ...


class CommandDesk:
    """Serves every command key. A stop and a cancel are never too old."""

    def __init__(
        self,
        bus: Serving,
        dealer: Dealer,
        sessions: Admission,
        next_token: NextToken,
        board: Board,
        stamp: Stamp,
        command_age_max_s: float,
    ) -> None:
        self._bus = bus
        self._dealer = dealer
        self._sessions = sessions
        self._next_token = next_token
        self._board = board
        self._stamp = stamp
        self._age_max_s = command_age_max_s
        self._log = get_logger()

    def serve_people(self) -> None:
        """Begin with what people ask for; each key has a reader of its own."""
        self._bus.serve(registry.EMERGENCY_ACTIONS, self.on_emergency, self.reject)
        self._bus.serve(registry.MANUAL_ORDERS, self.on_manual, self.reject)
        self._bus.serve(registry.SESSION_ACTIONS, self.on_session_action, self.reject)

    def serve_schedule(self) -> None:
        """Begin with the trading cycles."""
        self._bus.serve(registry.TRADING_CYCLE, self.on_cycle, self.reject)

    async def on_emergency(self, payload: wire.EmergencyAction) -> wire.Reply:
        """Answer an emergency action."""
        meant_now = payload.action in _MEANT_NOW
        if meant_now and not payload.confirmed:
            words = f"{payload.action} has to be confirmed by a person"
            return self._refuse(payload.command_id, words)
        late = self._too_old(payload)
        if payload.action is wire.Emergency.CLOSE_ALL_POSITIONS and late is not None:
            # Nothing is sold on a wish of an hour ago, and nothing is bought after it either.
            reason = f"close all was {late}, so all trading is stopped instead; {payload.reason}"
            stop = wire.Emergency.STOP_ALL_TRADING
            payload = replace(payload, action=stop, reason=reason[:WORDS_LENGTH_MAX])
            meant_now = False
        return await self._answer(payload, requests.emergency, meant_now=meant_now)

    async def on_manual(self, payload: wire.ManualOrder) -> wire.Reply:
        """Answer a manual order or a cancel."""
        if payload.feed is not self._stamp.feed:
            words = f"the order was meant for {payload.feed}, this run is {self._stamp.feed}"
            return self._refuse(payload.command_id, words)
        submits = isinstance(payload, wire.SubmitOrder)
        return await self._answer(payload, requests.manual, meant_now=submits)

    async def on_session_action(self, payload: SessionAction) -> wire.Reply:
        """Answer who asks for the control, keeps it, hands it on, or logs another out."""
        known = payload.command_id in self._dealer.core.account.answers
        if isinstance(payload, RevokeSession) and not known:
            objection = await self._sessions.objection_to_revoking(payload.target)
            if objection is not None:
                return self._refuse(payload.command_id, objection)
        token = 0
        if isinstance(payload, TakeControl | ReleaseControl) and not known:
            try:
                token = await self._next_token()
            except JournalAwayError as away:
                raise TryAgainError(str(away)) from away
        return await self._answer(
            payload,
            lambda asked: requests.session_action(asked, token),
            meant_now=isinstance(payload, TakeControl),
        )

    async def on_cycle(self, payload: wire.TradingCycleRequest) -> wire.Reply:
        """Answer the schedule's call for a cycle."""
        if payload.feed is not self._stamp.feed:
            return self._refuse(payload.command_id, f"this run is {self._stamp.feed}")
        command = RunCycle(command_id=payload.command_id, by=payload.source, slot=payload.slot)
        return await self._carry_out(command)

    def reject(self, rejection: Rejection) -> wire.Reply:
        """Answer what cannot even be read."""
        return self._refuse(rejection.command_id, rejection.reason)

    async def _answer(
        self, payload: P, translate: Callable[[P], Command], *, meant_now: bool
    ) -> wire.Reply:
        if payload.command_id not in self._dealer.core.account.answers:
            objection = self._too_old(payload) if meant_now else None
            objection = objection or await self._sessions.objection_to(payload.session_id)
            if objection is not None:
                return self._refuse(payload.command_id, objection)
        command = translate(payload)
        if isinstance(command, StopAll | CloseAll):
            # Shut the gate now: what the dealer is doing must not send one more order.
            self._dealer.core.halt(command.command_id, command.reason)
        return await self._carry_out(command)

    def _too_old(self, payload: wire.Asked | SessionAction) -> str | None:
        age_s = (self._stamp.wall.now() - payload.ts).total_seconds()
        if age_s <= self._age_max_s:
            return None
        return f"sent {age_s:.0f} s ago; older than {self._age_max_s:g} s"

    async def _carry_out(self, command: Command) -> wire.Reply:
        try:
            answer = await self._dealer.handle(command)
        except (JournalAwayError, UnfitError) as error:
            # Not answered: it is delivered again, to this engine or to the one after it.
            raise TryAgainError(str(error)) from error
        self._log.info(
            "command.answered",
            command=type(command).__name__,
            command_id=answer.command_id,
            accepted=answer.accepted,
            reason=answer.reason,
            repeated=answer.repeated,
        )
        return requests.reply(answer, self._stamp.feed, self._stamp.wall.now())

    def _refuse(self, command_id: str, words: str) -> wire.Reply:
        self._log.warning("command.refused", command_id=command_id, words=words)
        return requests.refusal(command_id, words, self._stamp.feed, self._stamp.wall.now())
