"""Who is at the desk when it is a command and not a window."""

import getpass
import os
import socket
from datetime import datetime

from qt_trade import __version__
from qt_trade.contract.payloads.sessions import Session, SessionRole


def new_session(session_id: str, name: str, now: datetime) -> Session:
    """Return a session with the right to trade, of the user and machine this process runs on."""
    return Session(
        session_id=session_id,
        name=name,
        user=user_name(),
        host=socket.gethostname(),
        role=SessionRole.TRADER,
        version=__version__,
        opened_at=now,
        ts=now,
        source="qtrade",
        canary=None,
        delay_ms=None,
    )


def user_name() -> str:
    """Return the user's name; in a container the user may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
