"""What the engine says of sessions and of the AutoTrading control, for a test's own desks."""

from datetime import timedelta

from tests.desktop.backend import stamp

from qt_trade.contract.payloads import sessions
from qt_trade.contract.payloads.sessions import Session
from qt_trade.kit.clock import SystemClock
from qt_trade.model.control import ControllerLoss

TAKE_OVER_S = 10


def living(*found: Session, holder: str = "") -> sessions.ActiveSessions:
    """Return ``sessions:active`` with these sessions."""
    now = SystemClock().now()
    return sessions.ActiveSessions(
        **stamp("engine"),
        sessions=tuple(
            sessions.ActiveSession(
                session_id=one.session_id,
                name=one.name,
                user=one.user,
                host=one.host,
                role=one.role,
                version=one.version,
                opened_at=one.opened_at,
                last_seen=now,
                delay_ms=one.delay_ms,
                controls=one.session_id == holder,
            )
            for one in found
        ),
        revoked=(),
    )


def controlled(
    holder: Session | None,
    *,
    token: int = 1,
    asks: Session | None = None,
    alive: bool = True,
    paused: bool = False,
) -> sessions.AutoTradingControl:
    """Return ``autotrading:control``; ``asks`` has just asked for it."""
    now = SystemClock().now()
    request = None
    if asks is not None:
        request = sessions.TakeoverRequest(
            session_id=asks.session_id,
            name=asks.name,
            asked_at=now,
            ends_at=now + timedelta(seconds=TAKE_OVER_S),
        )
    return sessions.AutoTradingControl(
        **stamp("engine"),
        holder=None if holder is None else holder.session_id,
        holder_name="" if holder is None else holder.name,
        token=token,
        since=now,
        alive=alive,
        on_loss=ControllerLoss.PAUSE_ENTRIES,
        entries_paused=paused,
        request=request,
        words="entries are paused: the controlling desk is gone" if paused else "",
    )


def on_loss(choice: ControllerLoss) -> sessions.SessionSettings:
    """Return ``frontend:session_settings`` as the engine writes its first version."""
    return sessions.SessionSettings(
        **stamp("engine"), session_id="engine", on_controller_loss=choice
    )
