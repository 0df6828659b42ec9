"""Decides from signs of life whether the engine is gone; a decision needs evidence, not silence."""

from dataclasses import dataclass


@dataclass(slots=True)
class Life:
    """What was seen of the engine and of its servers, in seconds of a monotonic clock.

    ``alive_at``: the engine's last sign of life, None before the first. ``answered_at``: when a
    server last answered, whatever it said. ``token``: the fencing token of the last engine seen.
    """

    alive_at: float | None = None
    answered_at: float | None = None
    token: int = 0

    def saw_engine(self, now: float, token: int = 0) -> None:
        """Note a sign of life; a server that tells of one has answered."""
        self.alive_at = self.answered_at = now
        self.token = max(self.token, token)

    def saw_server(self, now: float) -> None:
        """Note that a server answered, and knows of no living engine."""
        self.answered_at = now


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the engine may be gone while a server says so, and while none answers at all."""

    gone_s: float
    unreachable_s: float


@dataclass(frozen=True, slots=True)
class Finding:
    """``act``: the engine counts as gone. ``words`` say what was found."""

    act: bool
    words: str


def find(life: Life, patience: Patience, now: float) -> Finding:
    """Return what the signs say.

    A watchdog that has never seen the engine waits: it cannot tell a dead one from none. While no
    server answers the engine may well be alive and only this line cut, so that takes longer.
    """
    if life.alive_at is None or life.answered_at is None:
        return Finding(act=False, words="not armed: no engine was seen yet")
    gone_s, silent_s = now - life.alive_at, now - life.answered_at
    if silent_s > patience.gone_s / 2:
        left_s = patience.unreachable_s - silent_s
        words = f"neither Redis nor PostgreSQL has answered for {silent_s:.0f} s"
    else:
        left_s = patience.gone_s - gone_s
        words = f"no sign of the engine for {gone_s:.0f} s"
    if left_s <= 0:
        return Finding(act=True, words=words)
    if gone_s < patience.gone_s / 2:
        return Finding(act=False, words="the engine is alive")
    return Finding(act=False, words=f"{words}; acts in {left_s:.0f} s")


def command_id(life: Life, action: str) -> str:
    """Return the id under which every watchdog of this engine's life acts: none acts twice."""
    return f"watchdog-{life.token}-{action.lower()}"
