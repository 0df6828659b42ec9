"""Sessions: who is at the desk, who controls AutoTrading, and what one may ask of the other."""

from enum import StrEnum
from typing import Annotated

import msgspec

from qt_trade.contract.payloads.base import Backend, Count, Frontend, Id, Moment, Words
from qt_trade.model.control import ControllerLoss

VIEWER_PREFIX = "viewer-"
"""How the id of a viewer's session begins: Redis lets the viewers' user write no other."""

DelayMs = Annotated[float, msgspec.Meta(ge=0)]


class SessionRole(StrEnum):
    VIEWER = "viewer"
    TRADER = "trader"


class Session(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One frontend. It dies 15 s after its last heartbeat, which is ``ts``.

    ``source``: the program. ``canary``: the last canary it has shown, and ``delay_ms``: how long
    after its start that was; None where it shows none.
    """

    ts: Moment
    source: str
    session_id: Id
    name: str
    user: str
    host: str
    role: SessionRole
    version: str
    opened_at: Moment
    canary: Count | None
    delay_ms: DelayMs | None


class ActiveSession(msgspec.Struct, frozen=True, kw_only=True):
    """One living session as the engine sees it. ``controls``: it holds the AutoTrading control."""

    session_id: Id
    name: str
    user: str
    host: str
    role: SessionRole
    version: str
    opened_at: Moment
    last_seen: Moment
    delay_ms: DelayMs | None
    controls: bool


class RevokedSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that was logged out by another; its id is never valid again."""

    session_id: Id
    at: Moment
    by: Id
    reason: Words


class ActiveSessions(Backend, frozen=True, kw_only=True):
    """All living sessions, and those revoked in the last hour."""

    sessions: tuple[ActiveSession, ...]
    revoked: tuple[RevokedSession, ...]


class SessionSettings(Frontend, frozen=True, kw_only=True):
    """How sessions are treated."""

    on_controller_loss: ControllerLoss


class TakeoverRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asks for the control; at ``ends_at`` it passes unless the holder declines."""

    session_id: Id
    name: str
    asked_at: Moment
    ends_at: Moment


class AutoTradingControl(Backend, frozen=True, kw_only=True):
    """Who controls AutoTrading. Every change of ``holder`` raises ``token``: the fencing token.

    ``alive``: the holder's session lives. ``entries_paused``: its death paused new positions.
    """

    holder: Id | None
    holder_name: str
    token: Count
    since: Moment | None
    alive: bool
    on_loss: ControllerLoss
    entries_paused: bool
    request: TakeoverRequest | None
    words: Words


class TakeControl(Frontend, frozen=True, kw_only=True, tag_field="action", tag="take"):
    """Ask for the control: at once when nobody living holds it, else the holder is asked."""

    command_id: Id


class ReleaseControl(Frontend, frozen=True, kw_only=True, tag_field="action", tag="release"):
    """Hand the control over to whoever asks for it, or to nobody."""

    command_id: Id


class DeclineTakeover(Frontend, frozen=True, kw_only=True, tag_field="action", tag="decline"):
    """Keep the control: the holder's answer to a request."""

    command_id: Id


class RevokeSession(Frontend, frozen=True, kw_only=True, tag_field="action", tag="revoke"):
    """Log another session out at once."""

    command_id: Id
    target: Id
    reason: Words


SessionAction = TakeControl | ReleaseControl | DeclineTakeover | RevokeSession
