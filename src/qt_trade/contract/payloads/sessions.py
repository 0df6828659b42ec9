"""Sessions: who is at the desk."""

from enum import StrEnum

import msgspec

from qt_trade.contract.payloads.base import Id, Moment


class SessionRole(StrEnum):
    VIEWER = "viewer"
    TRADER = "trader"


class Session(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One frontend. It dies 15 s after its last ``heartbeat``."""

    session_id: Id
    name: str
    user: str
    host: str
    role: SessionRole
    version: str
    opened_at: Moment
    heartbeat: Moment
