"""A line of the audit: who came and went, who controlled, who changed a setting or a model."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Audited(StrEnum):
    """What is worth a line."""

    SESSION_OPENED = "SESSION_OPENED"
    SESSION_CLOSED = "SESSION_CLOSED"
    SESSION_EXPIRED = "SESSION_EXPIRED"
    SESSION_REVOKED = "SESSION_REVOKED"
    CONTROL_TAKEN = "CONTROL_TAKEN"
    CONTROL_RELEASED = "CONTROL_RELEASED"
    TAKEOVER_ASKED = "TAKEOVER_ASKED"
    TAKEOVER_ENDED = "TAKEOVER_ENDED"
    CONTROLLER_LOST = "CONTROLLER_LOST"
    CONTROLLER_RETURNED = "CONTROLLER_RETURNED"
    SETTING_CHANGED = "SETTING_CHANGED"
    SETTING_REFUSED = "SETTING_REFUSED"
    MODEL_PROMOTED = "MODEL_PROMOTED"
    MODEL_DEMOTED = "MODEL_DEMOTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line. None, where a field does not belong to what happened or is not known.

    ``at`` is wall time. ``user``, ``host``, ``role`` and ``version`` are those of the session.
    ``by`` is the session that did it to another. ``key`` is the setting, ``before`` and ``after`` its JSON, ``token`` the control's.
    """

    at: datetime
    what: Audited
    account: str
    words: str
    session_id: str | None = None
    name: str | None = None
    user: str | None = None
    host: str | None = None
    role: str | None = None
    version: str | None = None
    by: str | None = None
    key: str | None = None
    before: str | None = None
    after: str | None = None
    token: int | None = None


@dataclass(frozen=True, slots=True)
class KeptSetting:
    """The accepted version of a setting: its key and its JSON, as it stands in Redis."""

    key: str
    body: str
