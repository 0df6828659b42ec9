"""What the journal says of sessions and control, as lines of the audit."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from qt_trade.contract.payloads.sessions import RevokedSession, Session
from qt_trade.model.audit import Audited, AuditEntry
from qt_trade.trading import events as e

_LINES: Mapping[type, tuple[Audited, Callable[[Any], str]]] = MappingProxyType(
    {
        e.ControlTaken: (Audited.CONTROL_TAKEN, lambda event: event.words),
        e.ControlReleased: (Audited.CONTROL_RELEASED, lambda event: event.words),
        e.TakeoverAsked: (
            Audited.TAKEOVER_ASKED,
            lambda event: f"it passes at {event.ends_at:%H:%M:%S} UTC unless it is declined",
        ),
        e.TakeoverEnded: (Audited.TAKEOVER_ENDED, lambda event: event.words),
        e.ControllerLost: (Audited.CONTROLLER_LOST, lambda event: event.policy.value),
        e.ControllerReturned: (Audited.CONTROLLER_RETURNED, lambda _event: ""),
    }
)


def line_of(
    event: Any, account: str, session_of: Callable[[str], Session | None]
) -> AuditEntry | None:
    """Return the line of an event that concerns the control; None for any other."""
    kind = _LINES.get(type(event))
    if kind is None:
        return None
    what, words = kind
    session = session_of(event.session_id)
    who: dict[str, str] = {}
    if session is not None:
        who = {name: getattr(session, name) for name in ("name", "user", "host", "role", "version")}
    return AuditEntry(
        at=event.at,
        what=what,
        account=account,
        words=words(event),
        session_id=event.session_id,
        token=event.token if isinstance(event, e.ControlTaken) else None,
        **who,
    )


def revocations(
    lines: Iterable[AuditEntry], journalled: Mapping[str, e.SessionRevoked]
) -> list[RevokedSession]:
    """Return every session that was ever logged out, by this account's journal or another's."""
    told = [
        RevokedSession(
            session_id=one.session_id, at=one.at, by=one.by or "unknown", reason=one.words
        )
        for one in lines
        if one.session_id is not None
    ]
    ours = [
        RevokedSession(session_id=one.session_id, at=one.at, by=one.by, reason=one.reason)
        for one in journalled.values()
    ]
    return [*told, *ours]
