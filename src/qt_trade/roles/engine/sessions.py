"""Who may trade: a frontend's session as it stands in Redis at this moment."""

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import InvalidMessageError, RefusedError
from qt_trade.contract.payloads.sessions import SessionRole


async def objection_to(bus: Bus, session_id: str) -> str | None:
    """Return why a session may not trade, None when it may. Raises DisconnectedError."""
    try:
        session = await bus.read(registry.SESSION, session_id)
    except (InvalidMessageError, RefusedError) as damaged:
        return f"session {session_id} cannot be read: {damaged}"
    if session is None:
        return f"session {session_id} is unknown or has expired"
    if session.value.role is not SessionRole.TRADER:
        return f"session {session_id} may look, not trade"
    return None
