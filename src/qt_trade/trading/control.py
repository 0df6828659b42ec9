"""Who controls AutoTrading: one session at a time, handed on by asking for it.

The rules: nobody takes the control from a living holder who declines; what a dead or absent
holder left is free at once; each change of holder raises the token, so that what was decided
under an earlier one is recognised. Pure: what lives and what time it is is handed in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from qt_trade.model.control import ControllerLoss
from qt_trade.trading import events as e
from qt_trade.trading.commands import Now

TAKEOVER_AFTER = timedelta(seconds=10)
"""How long a living holder has to decline."""


@dataclass(frozen=True, slots=True)
class Takeover:
    """Somebody asks for the control; at ``ends_at`` (wall time) it passes unless declined."""

    session_id: str
    name: str
    asked_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Control:
    """Who controls AutoTrading. ``token`` grows at every change of ``holder``.

    ``lost``: the holder's session died, and what the policy asks for was done; ``paused``: that
    was to open nothing more.
    """

    holder: str | None = None
    name: str = ""
    token: int = 0
    since: datetime | None = None
    lost: bool = False
    paused: bool = False
    request: Takeover | None = None


NOBODY = Control()


@dataclass(frozen=True, slots=True)
class Scene:
    """The moment something is asked. ``living``: the names of the living traders' sessions.

    ``token``: the one a new holder gets, drawn from a source that never goes back.
    """

    now: Now
    living: Mapping[str, str]
    token: int

    @property
    def _at(self) -> dict[str, datetime]:
        return {"at": self.now.wall, "feed_at": self.now.feed}

    def taken(self, control: Control, session_id: str, words: str) -> e.ControlTaken:
        """Return the event by which a session gets the control."""
        return e.ControlTaken(
            **self._at,
            session_id=session_id,
            name=self.living.get(session_id, session_id),
            token=max(self.token, control.token + 1),
            words=words,
        )

    def released(self, session_id: str, words: str) -> e.ControlReleased:
        """Return the event by which nobody holds the control any more."""
        return e.ControlReleased(**self._at, session_id=session_id, words=words)

    def asked(self, session_id: str) -> e.TakeoverAsked:
        """Return the event by which the holder is asked."""
        name = self.living.get(session_id, session_id)
        ends_at = self.now.wall + TAKEOVER_AFTER
        return e.TakeoverAsked(**self._at, session_id=session_id, name=name, ends_at=ends_at)

    def not_passed(self, request: Takeover, words: str) -> e.TakeoverEnded:
        """Return the event by which a request comes to nothing."""
        return e.TakeoverEnded(**self._at, session_id=request.session_id, words=words)

    def lost(self, control: Control, policy: ControllerLoss, *, paused: bool) -> e.ControllerLost:
        """Return the event of the holder's death."""
        return e.ControllerLost(
            **self._at, session_id=control.holder or "", policy=policy, paused=paused
        )

    def returned(self, control: Control) -> e.ControllerReturned:
        """Return the event of the holder's return."""
        return e.ControllerReturned(**self._at, session_id=control.holder or "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish: the answer in words, and what happened."""

    accepted: bool
    words: str
    events: tuple[e.Event, ...] = ()


def take(control: Control, by: str, scene: Scene) -> Outcome:
    """Ask for the control: it passes at once unless a living session holds it."""
    if control.holder == by:
        return Outcome(accepted=True, words="you control AutoTrading already")
    if free := _free(control, scene):
        return Outcome(accepted=True, words=free, events=(scene.taken(control, by, free),))
    request = control.request
    if request is not None and request.session_id != by and request.session_id in scene.living:
        words = f"{request.name} has asked for it already; ask again after {_clock(request)}"
        return Outcome(accepted=False, words=words)
    asked = scene.asked(by)
    if request is not None and request.session_id == by:
        return Outcome(accepted=True, words=_waits(control, request.ends_at))
    return Outcome(accepted=True, words=_waits(control, asked.ends_at), events=(asked,))


def release(control: Control, by: str, scene: Scene) -> Outcome:
    """Hand the control to whoever asks for it, or to nobody; or take one's own request back."""
    request = control.request
    if control.holder != by:
        if request is not None and request.session_id == by:
            gone = scene.not_passed(request, "it was taken back")
            return Outcome(accepted=True, words="your request is taken back", events=(gone,))
        return Outcome(accepted=False, words=_not_yours(control))
    if request is not None and request.session_id in scene.living:
        words = f"{control.name} handed it over"
        passed = scene.taken(control, request.session_id, words)
        return Outcome(accepted=True, words=f"{request.name} has it now", events=(passed,))
    words = f"{control.name} gave it back"
    released = scene.released(by, words)
    return Outcome(accepted=True, words="nobody controls AutoTrading now", events=(released,))


def decline(control: Control, by: str, scene: Scene) -> Outcome:
    """Keep the control against a request."""
    if control.holder != by:
        return Outcome(accepted=False, words=_not_yours(control))
    request = control.request
    if request is None:
        return Outcome(accepted=False, words="nobody asks for the control")
    gone = scene.not_passed(request, f"{control.name} keeps it")
    return Outcome(accepted=True, words=f"{request.name} does not get it", events=(gone,))


def start(control: Control, by: str, decided: int | None, scene: Scene) -> Outcome:
    """Say whether a session may start AutoTrading or change it; what nobody holds it gets.

    ``decided``: the token in force when the wish was written; None where nobody knows. A wish
    from before a change of holder is nobody's any more.
    """
    if control.holder == by:
        back = (scene.returned(control),) if control.lost else ()
        return Outcome(accepted=True, words="", events=back)
    free = _free(control, scene)
    if not free:
        words = f"{control.name} controls AutoTrading; take over first"
        return Outcome(accepted=False, words=words)
    if decided is not None and decided != control.token:
        words = "AutoTrading's control changed hands after this was asked; ask again"
        return Outcome(accepted=False, words=words)
    return Outcome(accepted=True, words=free, events=(scene.taken(control, by, free),))


def mind(
    control: Control, scene: Scene, policy: ControllerLoss | None, *, trades: bool
) -> tuple[e.Event, ...]:
    """Return what time and the comings and goings of sessions make of the control.

    ``policy``: what a dead holder means; None while that is not certain yet. ``trades``:
    AutoTrading is on.
    """
    request = control.request
    if request is not None and request.session_id not in scene.living:
        return (scene.not_passed(request, f"the session of {request.name} has ended"),)
    if request is not None and (free := _free(control, scene)):
        return (scene.taken(control, request.session_id, free),)
    if request is not None and scene.now.wall >= request.ends_at:
        words = f"{control.name} did not decline"
        return (scene.taken(control, request.session_id, words),)
    return _mind_holder(control, scene, policy, trades=trades)


def _mind_holder(
    control: Control, scene: Scene, policy: ControllerLoss | None, *, trades: bool
) -> tuple[e.Event, ...]:
    if control.holder in scene.living:
        return (scene.returned(control),) if control.lost else ()
    if control.holder is None or control.lost or policy is None:
        return ()
    lost = scene.lost(control, policy, paused=trades and policy is ControllerLoss.PAUSE_ENTRIES)
    if not trades or policy is not ControllerLoss.STOP:
        return (lost,)
    words = f"the session of {control.name}, who controlled it, has ended"
    now = scene.now
    stopped = e.AutoTradingStopped(at=now.wall, feed_at=now.feed, reason=words, by=lost.session_id)
    return (lost, stopped)


def pause_words(control: Control) -> str | None:
    """Return why AutoTrading opens nothing and what ends that; None when it is not paused."""
    if not control.paused:
        return None
    return (
        f"entries are paused: the session of {control.name}, who controls AutoTrading, has ended; "
        "they go on when it returns or another session takes over"
    )


def _free(control: Control, scene: Scene) -> str:
    """Return why the control may be taken at once; "" when a living session holds it."""
    if control.holder is None:
        return "nobody controlled AutoTrading"
    if control.holder not in scene.living:
        return f"the session of {control.name}, who controlled AutoTrading, has ended"
    return ""


def _not_yours(control: Control) -> str:
    if control.holder is None:
        return "nobody controls AutoTrading"
    return f"{control.name} controls AutoTrading, not you"


def _waits(control: Control, ends_at: datetime) -> str:
    return f"{control.name} is asked; unless they decline it is yours at {ends_at:%H:%M:%S} UTC"


def _clock(request: Takeover) -> str:
    return f"{request.ends_at:%H:%M:%S} UTC"


# The state as a fold over its events.


def _taken(_control: Control, event: e.ControlTaken) -> Control:
    return Control(event.session_id, event.name, event.token, event.at)


def _released(control: Control, _event: e.ControlReleased) -> Control:
    return Control(token=control.token)


def _asked(control: Control, event: e.TakeoverAsked) -> Control:
    request = Takeover(event.session_id, event.name, event.at, event.ends_at)
    return replace(control, request=request)


def _ended(control: Control, _event: e.TakeoverEnded) -> Control:
    return replace(control, request=None)


def _lost(control: Control, event: e.ControllerLost) -> Control:
    return replace(control, lost=True, paused=event.paused)


def _returned(control: Control, _event: e.ControllerReturned) -> Control:
    return replace(control, lost=False, paused=False)


def _stopped(control: Control, _event: e.AutoTradingStopped) -> Control:
    return replace(control, paused=False)


FOLDS: Mapping[type, Callable[[Control, Any], Control]] = MappingProxyType(
    {
        e.ControlTaken: _taken,
        e.ControlReleased: _released,
        e.TakeoverAsked: _asked,
        e.TakeoverEnded: _ended,
        e.ControllerLost: _lost,
        e.ControllerReturned: _returned,
        e.AutoTradingStopped: _stopped,
    }
)
"""What each event that concerns the control makes of it."""
