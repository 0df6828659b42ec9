"""The work behind ``qtrade status --check``: does a role do its work? For health checks."""

import asyncio
import socket
from dataclasses import dataclass
from datetime import datetime

from qt_trade.cli import attach
from qt_trade.cli.errors import RefusalError
from qt_trade.cli.options import Target
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.health import RoleReport, RoleState
from qt_trade.contract.payloads.trading import SystemStatus
from qt_trade.kit.clock import SystemClock

REPORT_WAIT_S = 5.0
"""Reports come every other second."""
ENGINE = "engine"
FINE = (RoleState.WORKING, RoleState.IDLE, RoleState.STANDBY)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a role is fit, and what is known of it."""

    fit: bool
    words: str


def check(target: Target, role: str) -> str:
    """Return what the role does. Raises RefusalError, exit code 1, when it does not do its work.

    Where a process of the role runs on this host (in this container) it is that one that is meant.
    """
    verdict = attach.run(lambda: _ask(target, role))
    if not verdict.fit:
        raise RefusalError(f"{role}: {verdict.words}")
    return f"{role}: {verdict.words}"


async def _ask(target: Target, role: str) -> Verdict:
    async with attach.attached(target) as bus:
        status = await _fresh_status(bus)
        if status is not None:
            return judge(status, role, socket.gethostname())
        if role == ENGINE:
            return Verdict(fit=False, words="no engine has written system_status lately")
        return await _listen(bus, role)


async def _fresh_status(bus: Bus) -> SystemStatus | None:
    try:
        found = await bus.read(registry.SYSTEM_STATUS)
    except InvalidMessageError:
        return None
    limit_s = registry.SYSTEM_STATUS.stale_after_s
    if found is None or limit_s is None:
        return None
    return found.value if _age_s(found.value.ts) <= limit_s else None


def _age_s(at: datetime) -> float:
    return (SystemClock().now() - at).total_seconds()


def judge(status: SystemStatus, role: str, host: str) -> Verdict:
    """Return the engine's judgement of the role's process on a host, else of the whole role."""
    health = status.roles.get(role)
    if health is None:
        return Verdict(fit=False, words="it has never been heard of")
    here = [one for one in health.instances if one.host == host]
    best = next((one for one in here if one.state in FINE), here[0] if here else None)
    state = health.state if best is None else best.state
    words = health.words if best is None else best.words
    work = health.work if best is None else best.work
    return Verdict(state in FINE, "; ".join(part for part in (state.value, words, work) if part))


async def _listen(bus: Bus, role: str) -> Verdict:
    """Hear the role itself: without an engine nobody judges it."""
    reports: asyncio.Queue[RoleReport] = asyncio.Queue()
    await bus.subscribe(registry.ROLE_REPORTS, reports.put_nowait, "*")
    try:
        async with asyncio.timeout(REPORT_WAIT_S):
            while (report := await reports.get()).role != role:
                pass
    except TimeoutError:
        return Verdict(fit=False, words=f"not heard for {REPORT_WAIT_S:g} s")
    words = "it lives, and no engine judges its work"
    return Verdict(fit=True, words="; ".join(part for part in (words, report.work) if part))
