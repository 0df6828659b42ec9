"""AutoTrading's control at work: time and sessions are minded, and all see who holds it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import ContractError, DisconnectedError
from qt_trade.contract.link import Link
from qt_trade.contract.payloads.sessions import (
    AutoTradingControl,
    RevokedSession,
    TakeoverRequest,
)
from qt_trade.kit.logs import get_logger
from qt_trade.model.control import ControllerLoss
from qt_trade.model.journal import JournalAwayError
from qt_trade.roles.engine.archive import Archive
from qt_trade.roles.engine.audit_lines import line_of
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.engine.documents import SOURCE, Stamp
from qt_trade.roles.engine.sessions import SessionsDesk
from qt_trade.trading.commands import MindControl
from qt_trade.trading.control import Control, Scene, mind, pause_words
from qt_trade.trading.events import ControlTaken, SessionRevoked
from qt_trade.trading.steps import Step

HEARTBEAT_S = 2.5
RETRY_S = 0.25

NextToken = Callable[[], Awaitable[int]]


class ControlDesk:
    """Lets the control pass when its time has come, and writes it with the list of sessions."""

    def __init__(
        self,
        bus: Bus,
        dealer: Dealer,
        sessions: SessionsDesk,
        archive: Archive,
        next_token: NextToken,
        stamp: Stamp,
        changed: Callable[[], None],
    ) -> None:
        self._bus = bus
        self._dealer = dealer
        self._sessions = sessions
        self._archive = archive
        self.next_token = next_token
        """Draws a token for a new holder."""
        self._stamp = stamp
        self._changed = changed
        self._policy = ControllerLoss.PAUSE_ENTRIES
        self._word: str | None = ""
        self._revision = 0
        self.losses = 0
        """How often the server was found to have lost its data."""
        self._loss_listeners: list[Callable[[], None]] = []
        self._writing = asyncio.Lock()
        self._due = asyncio.Event()
        self._log = get_logger()

    def on_policy(self, policy: ControllerLoss) -> None:
        """Take the setting of what a dead holder means."""
        self._policy = policy
        self.look()

    def on_loss(self, listener: Callable[[], None]) -> None:
        """Tell ``listener`` when the server turns out to have lost its data."""
        self._loss_listeners.append(listener)

    async def lost_since(self, losses: int) -> bool:
        """Tell whether the server has lost its data since that count of ``losses``.

        A document of ours that is always there is not, or began anew. Raises DisconnectedError.
        """
        async with self._writing:
            there = await self._bus.read(registry.AUTOTRADING_CONTROL) is not None
            return not there or self.losses != losses

    def on_step(self, step: Step) -> None:
        """Hear of a step that is in the journal."""
        for event in step.events:
            line = line_of(event, self._stamp.account, self._sessions.session)
            if line is not None:
                self._archive.note(line)
            if isinstance(event, SessionRevoked):
                self._sessions.revoke(
                    RevokedSession(
                        session_id=event.session_id, at=event.at, by=event.by, reason=event.reason
                    )
                )
        if step.events:
            self.look()

    def on_sessions(self) -> None:
        """Hear that somebody came or went."""
        self._dealer.core.on_sessions(self._sessions.traders)
        self.look()

    def look(self) -> None:
        """Look at everything anew, soon."""
        self._due.set()

    async def run(self) -> None:
        """Mind the control and write it until cancelled."""
        self._bus.on_link(self._on_link)
        while True:
            self._due.clear()
            try:
                await self._mind()
            except JournalAwayError:
                await asyncio.sleep(RETRY_S)
                self._due.set()
            await self._write()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._rest_s()):
                    await self._due.wait()

    def _on_link(self, link: Link) -> None:
        if link.connected:
            self._word = ""
            self.look()

    def _rest_s(self) -> float:
        request = self._dealer.core.account.control.request
        if request is None:
            return HEARTBEAT_S
        left_s = (request.ends_at - self._stamp.wall.now()).total_seconds()
        return min(HEARTBEAT_S, max(left_s, 0.0))

    async def _mind(self) -> None:
        while True:
            account = self._dealer.core.account
            control, now = account.control, self._dealer.now()
            gone = control.holder is not None and self._sessions.is_gone(control.holder)
            policy = self._policy if gone else None
            scene = Scene(now, self._sessions.traders, 0)
            events = mind(control, scene, policy, trades=account.auto is not None)
            if not events:
                return
            passes = any(isinstance(event, ControlTaken) for event in events)
            await self._dealer.handle(
                MindControl(
                    command_id=f"control-{now.wall:%Y%m%dT%H%M%S%f}",
                    by=SOURCE,
                    policy=policy,
                    token=await self.next_token() if passes else 0,
                )
            )
            self._changed()

    async def _write(self) -> None:
        control = self._dealer.core.account.control
        try:
            async with self._writing:
                document = self._document(control)
                self._count(await self._bus.write(registry.AUTOTRADING_CONTROL, document))
            await self._bus.write(registry.SESSIONS_ACTIVE, self._sessions.active(control.holder))
            if control.holder != self._word:
                await self._write_word(control.holder)
                self._word = control.holder
        except DisconnectedError:
            return  # the link tells when it is back
        except ContractError as refused:
            self._log.error("control.not_written", words=str(refused))

    def _count(self, revision: int) -> None:
        """Notice a counter that began anew: an emptied server says nothing by itself."""
        lost = revision <= self._revision or revision == 1
        self._revision = revision
        if lost:
            self.losses += 1
            self._word = ""
            for listener in self._loss_listeners:
                listener()

    async def _write_word(self, holder: str | None) -> None:
        if holder is None:
            await self._bus.delete(registry.AUTOTRADING_SESSION_ACTIVE)
        else:
            await self._bus.write(registry.AUTOTRADING_SESSION_ACTIVE, holder)

    def _document(self, control: Control) -> AutoTradingControl:
        request = control.request
        return AutoTradingControl(
            ts=self._stamp.wall.now(),
            source=SOURCE,
            feed=self._stamp.feed,
            holder=control.holder,
            holder_name=control.name,
            token=control.token,
            since=control.since,
            alive=control.holder in self._sessions.traders,
            on_loss=self._policy,
            entries_paused=control.paused,
            request=None
            if request is None
            else TakeoverRequest(
                session_id=request.session_id,
                name=request.name,
                asked_at=request.asked_at,
                ends_at=request.ends_at,
            ),
            words=self._words(control),
        )

    def _words(self, control: Control) -> str:
        if control.holder is None:
            return "nobody controls AutoTrading; whoever starts it does"
        if control.request is not None:
            until = f"{control.request.ends_at:%H:%M:%S} UTC"
            return f"{control.request.name} asks {control.name} for the control until {until}"
        if (paused := pause_words(control)) is not None:
            return paused
        if control.holder not in self._sessions.traders:
            return f"the session of {control.name}, who controlled AutoTrading, has ended"
        return f"{control.name} controls AutoTrading"
