"""Why a control is off: one answer for all pages. Nothing here decides; Redis and the engine do."""

from datetime import datetime

from qt_trade.contract import registry
from qt_trade.contract.payloads.sessions import SessionRole
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import freshness

NO_LINK = "No connection to Redis"
LOOK_ONLY = "This desk may look, not trade"
OVER = "This desk's session is over"
ENGINE_SILENT = "Engine does not answer"
WORKER_SILENT = "Worker does not answer"
NO_STREAMER = "No streamer heard yet"


def session_objection(desk: Snapshot) -> str:
    """Return why this desk may send nothing at all, empty when it may."""
    if not desk.connected:
        return NO_LINK
    if desk.role is SessionRole.VIEWER:
        return LOOK_ONLY
    if desk.over is not None:
        return OVER
    return "" if desk.role is SessionRole.TRADER else "Asking Redis what this desk may do"


def objection(desk: Snapshot, wall: datetime) -> str:
    """Return why nothing that the engine must carry out may be asked for, empty when it may."""
    why = session_objection(desk)
    if why:
        return why
    if desk.market_status is None:
        return NO_STREAMER
    return ENGINE_SILENT if engine_is_silent(desk, wall) else ""


def worker_objection(desk: Snapshot) -> str:
    """Return why nothing that a worker must carry out may be asked for, empty when it may."""
    why = session_objection(desk)
    if why:
        return why
    if desk.market_status is None:
        return NO_STREAMER
    status = desk.system_status
    worker = None if status is None else status.roles.get("worker")
    return WORKER_SILENT if worker is not None and not worker.alive else ""


def engine_is_silent(desk: Snapshot, wall: datetime) -> bool:
    """Whether the engine was heard before, and should have written again long ago."""
    return freshness.is_silent(desk, registry.TRADING_STATUS, wall)
