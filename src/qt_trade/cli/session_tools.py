"""The work behind ``qtrade sessions``."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec
from rich.markup import escape

from qt_trade.cli import attach
from qt_trade.cli.console import print_json, print_table, say
from qt_trade.cli.errors import RefusalError
from qt_trade.cli.options import Target
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.errors import ContractError, NoReplyError
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.payloads.sessions import (
    ActiveSession,
    ActiveSessions,
    AutoTradingControl,
    ReleaseControl,
    RevokeSession,
    Session,
    SessionAction,
    TakeControl,
)
from qt_trade.kit.clock import SystemClock
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.up.session import user_name

_UNKNOWN = "no engine answers: nothing is known to have happened; look at `qtrade status`"


def show(target: Target, *, as_json: bool) -> None:
    """Print the living sessions and who controls AutoTrading."""

    async def look() -> tuple[ActiveSessions, AutoTradingControl]:
        async with attach.attached(target) as bus:
            found = await bus.read(registry.SESSIONS_ACTIVE)
            if found is None:
                raise RefusalError("no engine has written sessions:active yet; does one run?")
            return found.value, await _control(bus)

    active, control = attach.run(look)
    if as_json:
        print_json({"sessions": active, "control": control})
        return
    now = SystemClock().now()
    columns = ("Session", "Name", "User", "Host", "Role", "Version", "#Seen s ago", "#Delay ms", "")
    print_table("Sessions", columns, [_row(one, now) for one in active.sessions], "Session")
    say(escape(f"{control.words} ({control.feed}, token {control.token})"))
    for gone in active.revoked:
        words = f"{gone.session_id} was logged out by {gone.by} at {gone.at:%H:%M:%S} UTC"
        say(escape(f"{words}: {gone.reason}"))


def _row(one: ActiveSession, now: datetime) -> tuple[str, ...]:
    seen_s = max(0.0, (now - one.last_seen).total_seconds())
    return (
        one.session_id,
        one.name,
        one.user,
        one.host,
        one.role,
        one.version,
        f"{seen_s:.0f}",
        "" if one.delay_ms is None else f"{one.delay_ms:.0f}",
        "controls AutoTrading" if one.controls else "",
    )


def revoke(session_id: str, reason: str, target: Target, *, as_json: bool) -> None:
    """Log another session out; exit code 1 when that is refused."""

    async def work() -> Reply:
        async with attach.attached(target) as bus, attach.trader_session(bus) as session:
            now, feed = SystemClock().now(), (await _control(bus)).feed
            wish = RevokeSession(
                ts=now,
                source="cli",
                feed=feed,
                session_id=session.session_id,
                command_id=attach.command_id("revoke", now),
                target=session_id,
                reason=reason,
            )
            return await _sent(bus, wish)

    _show(attach.run(work), as_json=as_json)


def release_control(target: Target, *, as_json: bool) -> None:
    """Give back what a session of this user on this machine holds."""

    async def work() -> Reply:
        async with attach.attached(target) as bus:
            control = await _control(bus)
            found = await bus.read(registry.SESSIONS_ACTIVE)
            living = () if found is None else found.value.sessions
            holder = next((one for one in living if one.controls), None)
            if holder is None:
                raise RefusalError(f"there is nothing to give back: {control.words}")
            if (holder.user, holder.host) != (user_name(), socket.gethostname()):
                whose = f"{holder.name} of {holder.user} on {holder.host}"
                raise RefusalError(
                    f"{whose} controls AutoTrading: ask there, or take over with "
                    "`qtrade sessions take-control`"
                )
            return await _sent(bus, _release(holder.session_id, control.feed))

    _show(attach.run(work), as_json=as_json)


def take_control(target: Target, *, as_json: bool) -> None:
    """Hold the control until a signal ends this command. Raises RefusalError when it is lost."""

    async def work() -> None:
        async with attach.attached(target) as bus, _living_session(bus) as session:
            feed = (await _control(bus)).feed
            holding = _Holding(bus, session, feed)
            now = SystemClock().now()
            wish = TakeControl(
                ts=now,
                source="cli",
                feed=feed,
                session_id=session.session_id,
                command_id=attach.command_id("take", now),
            )
            _show(await _sent(bus, wish), as_json=as_json)
            await holding.until_signal(as_json=as_json)

    attach.run(work)


class _Holding:
    """The control in the hand of this command."""

    def __init__(self, bus: Bus, session: Session, feed: FeedKind) -> None:
        self._bus = bus
        self._session = session
        self._feed = feed
        self._asked = False
        self._held = False
        self._news = asyncio.Event()
        self._over: str | None = None
        self._control: AutoTradingControl | None = None

    async def until_signal(self, *, as_json: bool) -> None:
        """Say when the control is ours; give it back at a signal.

        Raises RefusalError when it is declined, or taken over.
        """
        loop = asyncio.get_running_loop()
        asked_to_end = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, asked_to_end.set)
        await self._bus.watch(registry.AUTOTRADING_CONTROL, self._on_control)
        ending = asyncio.create_task(asked_to_end.wait())
        try:
            while not ending.done():
                await self._tell(as_json=as_json)
                if self._over is not None:
                    raise RefusalError(self._over)
                self._news.clear()
                news = asyncio.create_task(self._news.wait())
                await asyncio.wait((ending, news), return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
            await self._give_back(as_json=as_json)
        finally:
            ending.cancel()

    def _on_control(self, change: Change[AutoTradingControl]) -> None:
        control, mine = change.value, self._session.session_id
        if control is None:
            return
        self._control = control
        asks = control.request is not None and control.request.session_id == mine
        if self._held and control.holder != mine:
            self._over = f"the control is lost: {control.words}"
        elif self._asked and not asks and control.holder != mine:
            self._over = f"the control is not handed over: {control.words}"
        self._asked = self._asked or asks
        self._news.set()

    async def _tell(self, *, as_json: bool) -> None:
        control = self._control
        if control is None or control.holder != self._session.session_id or self._held:
            return
        self._held = True
        if as_json:
            print_json(control)
        else:
            words = f"you control AutoTrading ({control.feed}, token {control.token})"
            say(f"[green]{escape(words)}[/]; Ctrl-C gives it back")

    async def _give_back(self, *, as_json: bool) -> None:
        release = _release(self._session.session_id, self._feed)
        with contextlib.suppress(ContractError):
            _show(await self._bus.send(registry.SESSION_ACTIONS, release), as_json=as_json)


def _release(session_id: str, feed: FeedKind) -> ReleaseControl:
    now = SystemClock().now()
    return ReleaseControl(
        ts=now,
        source="cli",
        feed=feed,
        session_id=session_id,
        command_id=attach.command_id("release", now),
    )


@asynccontextmanager
async def _living_session(bus: Bus) -> AsyncIterator[Session]:
    """Open a session and keep it alive for the block."""

    async def beat(session: Session) -> None:
        while True:
            await asyncio.sleep(registry.HEARTBEAT_S)
            now = SystemClock().now()
            # The server is away: the next heartbeat brings the session back.
            with contextlib.suppress(ContractError):
                fresh = msgspec.structs.replace(session, ts=now)
                await bus.write(registry.SESSION, fresh, session.session_id)

    async with attach.trader_session(bus) as session:
        beating = asyncio.create_task(beat(session))
        try:
            yield session
        finally:
            beating.cancel()


async def _control(bus: Bus) -> AutoTradingControl:
    found = await bus.read(registry.AUTOTRADING_CONTROL)
    if found is None:
        raise RefusalError("no engine has written autotrading:control yet; does one run?")
    return found.value


async def _sent(bus: Bus, wish: SessionAction) -> Reply:
    try:
        return await bus.send(registry.SESSION_ACTIONS, wish)
    except NoReplyError as error:
        raise RefusalError(f"{error}: {_UNKNOWN}") from error


def _show(reply: Reply, *, as_json: bool) -> None:
    if as_json:
        print_json(reply)
    if not reply.accepted:
        raise RefusalError(f"refused ({reply.feed}): {reply.reason}")
    if not as_json:
        say(f"[green]accepted[/] ({reply.feed}): {escape(reply.reason)}")
