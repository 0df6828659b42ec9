"""The trial of a connection: nine steps, each with what was found and how to mend it.

For the Settings page and ``qtrade doctor``. Nothing is written to the server: what one may do is
asked with commands that cannot succeed, so that only the answer "no permission" tells a
difference.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from redis.exceptions import RedisError

from qt_trade.contract.payloads.sessions import SessionRole
from qt_trade.contract.probes import Found, Probe, StepError
from qt_trade.contract.target import TargetError, address_of
from qt_trade.contract.words import words_of
from qt_trade.kit.clock import Clock, monotonic

STEP_TIMEOUT_S = 5.0
"""A step that takes longer has failed."""


class StepName(StrEnum):
    """The steps in their order."""

    NAME = "name resolved"
    TCP = "connected"
    TLS = "TLS"
    LOGIN = "logged in"
    SERVER = "server"
    ROUND_TRIP = "round trip"
    RIGHTS = "rights"
    PUSHES = "pushes"
    BACKEND = "backend"


_FIXES = {
    StepName.NAME: "correct the host's name, or look at this machine's network",
    StepName.TCP: "start the server, or correct host and port; a firewall may stand between",
    StepName.TLS: "correct the certificates, or the port: servers speak TLS on one of its own",
    StepName.LOGIN: "correct user and password; `qtrade init` wrote them",
}
"""How to mend what breaks off in the middle of a step."""


@dataclass(frozen=True, slots=True)
class TrialStep:
    """How one step ended. ``ok`` is None when it was not tried, because one before it failed.

    ``fix`` says how to mend what failed; with ``ok`` it is advice, or empty. ``ms``: how long it
    took, in milliseconds. ``role``: what this user may be, with the step RIGHTS alone.
    """

    name: StepName
    ok: bool | None
    words: str
    fix: str = ""
    ms: float | None = None
    role: SessionRole | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """All nine steps."""

    steps: tuple[TrialStep, ...]

    @property
    def role(self) -> SessionRole | None:
        """What this user may be; None when that was not found out."""
        return next((step.role for step in self.steps if step.role is not None), None)

    @property
    def passed(self) -> int:
        """How many steps passed."""
        return sum(step.ok is True for step in self.steps)

    @property
    def failed(self) -> TrialStep | None:
        """The step that failed, None when all passed."""
        return next((step for step in self.steps if step.ok is False), None)


async def try_connection(url: str, clock: Clock) -> AsyncIterator[TrialStep]:
    """Yield the nine steps as they end; after the first that fails the others are not tried."""
    try:
        probe = Probe(address_of(url), clock)
    except TargetError as error:
        yield TrialStep(StepName.NAME, ok=False, words=str(error), fix="correct the address")
        for name in tuple(StepName)[1:]:
            yield _untried(name)
        return
    failed = False
    try:
        for name, work in _steps(probe):
            step = _untried(name) if failed else await _try(name, work, probe)
            failed = failed or step.ok is False
            yield step
    finally:
        await probe.close()


async def trial_of(url: str, clock: Clock) -> Trial:
    """Return the whole trial at once."""
    steps = tuple([step async for step in try_connection(url, clock)])
    return Trial(steps)


def _steps(probe: Probe) -> tuple[tuple[StepName, Callable[[], Awaitable[Found]]], ...]:
    return (
        (StepName.NAME, probe.name),
        (StepName.TCP, probe.tcp),
        (StepName.TLS, probe.tls),
        (StepName.LOGIN, probe.login),
        (StepName.SERVER, probe.server),
        (StepName.ROUND_TRIP, probe.round_trip),
        (StepName.RIGHTS, probe.rights),
        (StepName.PUSHES, probe.pushes),
        (StepName.BACKEND, probe.contract),
    )


async def _try(name: StepName, work: Callable[[], Awaitable[Found]], probe: Probe) -> TrialStep:
    started = monotonic()
    role = None
    try:
        async with asyncio.timeout(STEP_TIMEOUT_S):
            found = await work()
    except StepError as error:
        ok, words, fix = False, str(error), error.fix
    except (RedisError, OSError) as error:
        ok, words, fix = False, words_of(error, probe.place), _fix(name, error)
    else:
        ok, words, fix = True, found.words, found.advice
        role = probe.role if name is StepName.RIGHTS else None
    return TrialStep(name, ok, words, fix, (monotonic() - started) * 1000, role)


def _fix(name: StepName, error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "name the file of your own certificate authority (ssl_ca_certs), or the right host"
    return _FIXES.get(name, "look at the server's log")


def _untried(name: StepName) -> TrialStep:
    return TrialStep(name, ok=None, words="not tried")
