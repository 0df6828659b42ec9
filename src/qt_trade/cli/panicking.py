"""The work behind ``qtrade panic``: by the engine where it answers, else straight at the broker."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.markup import escape

from qt_trade import wiring
from qt_trade.cli import attach
from qt_trade.cli.console import print_json, say
from qt_trade.cli.errors import RefusalError
from qt_trade.cli.options import Target
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.errors import ContractError
from qt_trade.contract.payloads.commands import EmergencyAction, Reply
from qt_trade.contract.payloads.emergency import EmergencyState, EmergencyStatus
from qt_trade.kit.clock import SystemClock
from qt_trade.model.emergencies import Emergency
from qt_trade.roles.panic.flatten import Flattener, Outcome, Wanted
from qt_trade.roles.panic.notes import PanicNote, PanicNotes
from qt_trade.roles.up.session import user_name

_HOW = "qtrade panic"
_SETTLED = {EmergencyState.VERIFIED, EmergencyState.NEEDS_YOU, EmergencyState.WAITING}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    action: Emergency
    reason: str
    direct: bool
    wait_s: float
    patience_s: float


class _Result(msgspec.Struct, frozen=True):
    """What came of it, for programs."""

    command_id: str
    action: Emergency
    way: str
    verified: bool
    words: tuple[str, ...]


def panic(asked: Asked, target: Target, *, asks: bool, as_json: bool) -> None:
    """Carry it out; exit code 1 when the end is not proved."""
    if asks:
        _ask(asked.action)
    result = attach.run(lambda: _panic(asked, target, quiet=as_json))
    if as_json:
        print_json(result)
    if not result.verified:
        raise RefusalError("not proved: " + "; ".join(result.words))
    if not as_json:
        say(f"[green]✓[/] {escape('; '.join(result.words))}")


def _ask(action: Emergency) -> None:
    say(f"[bold red]{action}[/]: type [bold]YES[/] to go on")
    try:
        answer = input("> ")
    except EOFError:
        answer = ""
    if answer.strip() != "YES":
        raise RefusalError("nothing was done")


async def _panic(asked: Asked, target: Target, *, quiet: bool) -> _Result:
    now = SystemClock().now()
    command_id = attach.command_id("panic", now)
    note = PanicNote(
        command_id=command_id,
        action=asked.action,
        at=now,
        by=user_name(),
        how=_HOW,
        reason=asked.reason,
    )
    if not asked.direct:
        try:
            return await _by_engine(note, asked, target)
        except (ContractError, RefusalError) as silent:
            if not quiet:
                say(f"[yellow]![/] the engine does not answer: {escape(str(silent))}")
    settings = attach.settings_of(redis_url=target.redis_url)
    folder = attach.data_folder(target.data_dir, settings)
    return await past_engine(note, folder, asked.patience_s, quiet=quiet)


async def _by_engine(note: PanicNote, asked: Asked, target: Target) -> _Result:
    """Send it on the bus. Raises ContractError or RefusalError when nobody answers in time."""
    async with attach.attached(target) as bus, attach.trader_session(bus) as session:
        wanted = EmergencyAction(
            ts=note.at,
            source="cli",
            feed=await attach.feed_kind(bus),
            session_id=session.session_id,
            command_id=note.command_id,
            action=note.action,
            reason=note.reason,
            confirmed=True,
            how=note.how,
        )
        reply = await bus.send(registry.EMERGENCY_ACTIONS, wanted, timeout_s=asked.wait_s)
        if not reply.accepted:
            raise RefusalError(reply.reason)
        return await _follow(bus, note, reply, asked.patience_s)


async def _follow(bus: Bus, note: PanicNote, reply: Reply, patience_s: float) -> _Result:
    """Watch the engine carry it out."""
    settled: asyncio.Future[EmergencyStatus] = asyncio.get_running_loop().create_future()

    def hear(change: Change[EmergencyStatus]) -> None:
        told = change.value
        ours = told is not None and told.command_id == note.command_id
        if told is not None and ours and told.state in _SETTLED and not settled.done():
            settled.set_result(told)

    await bus.watch(registry.EMERGENCY_STATUS, hear)
    try:
        async with asyncio.timeout(patience_s):
            told = await settled
    except TimeoutError:
        words = ("the engine carries it out and has not proved it yet", reply.reason)
        return _Result(note.command_id, note.action, "engine", verified=False, words=words)
    verified = told.state is EmergencyState.VERIFIED
    return _Result(note.command_id, note.action, "engine", verified, (told.words,))


async def past_engine(note: PanicNote, folder: Path, patience_s: float, *, quiet: bool) -> _Result:
    """Leave word for the engine and do at the broker what can be done there."""
    left = _leave(folder, note)
    settings = attach.settings_of()
    broker = wiring.far_broker(settings)
    if broker is None:
        words = (
            "the paper broker lives in the engine, so nothing can move while that is dead",
            f"{left}; the engine stops and goes on with it before all else when it returns",
        )
        return _Result(note.command_id, note.action, "note", verified=False, words=words)
    if note.action is Emergency.STOP_ALL_TRADING:
        words = ("no engine answers, so nothing opens; open orders stay at the broker", left)
        return _Result(note.command_id, note.action, "note", verified=True, words=words)
    flattener = Flattener(
        broker,
        SystemClock(),
        asyncio.sleep,
        lambda words: None if quiet else say(escape(words)),
        apart_s=settings.emergency_apart_s,
        patience_s=patience_s,
    )
    wanted = Wanted(note.command_id, note.action, note.by, note.reason)
    outcome = await flattener.carry_out(wanted)
    done = outcome_words(outcome)
    _leave(folder, msgspec.structs.replace(note, outcome=done))
    return _Result(note.command_id, note.action, "broker", outcome.verified, done)


def outcome_words(outcome: Outcome) -> tuple[str, ...]:
    """Return what was done at a broker, in words."""
    done = f"{len(outcome.canceled)} orders canceled, {len(outcome.sent)} closing orders sent"
    counts = tuple(
        f"the broker said at {one.at:%H:%M:%S} UTC: {one.positions} positions, {one.orders} orders"
        for one in outcome.counts
    )
    return (done, *counts, *outcome.left)


def _leave(folder: Path, note: PanicNote) -> str:
    """Write the note; a folder that cannot be written to must not keep anybody from leaving."""
    try:
        path = PanicNotes(folder).leave(note)
    except OSError as error:
        return f"no word could be left for the engine ({error}): stop it by hand"
    return f"word was left in {path}"
