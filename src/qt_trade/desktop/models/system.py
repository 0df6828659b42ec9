"""The System page's tables: roles, connections, sessions, refused messages, the log."""

from PySide6.QtCore import QObject

from qt_trade.desktop.models import cells
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.cells import Cell, Column
from qt_trade.desktop.models.system_rows import (
    ConnectionRow,
    LogRow,
    RejectedRow,
    RoleRow,
    SessionRow,
    State,
)
from qt_trade.desktop.models.table import TableModel

SPARK_ROOM = 40
"""Points that half an hour has; fewer stand at the right end of a line."""


def _chip(state: State) -> Cell:
    return Cell(state.word, state.tone, state.icon)


def _muted(text: str) -> Cell:
    return cells.plain(text or fmt.MISSING, fmt.MUTED)


def _count(value: int | None) -> Cell:
    return cells.plain(fmt.number(value, 0), fmt.MUTED)


def _queue(row: RoleRow) -> Cell:
    return cells.plain(fmt.number(row.queue, 0), fmt.WARN if row.queue else fmt.MUTED)


def _per_minute(row: RoleRow) -> Cell:
    value = row.per_minute
    places = 1 if value is not None and 0 < value < 1 else 0
    return cells.plain(fmt.number(value, places), fmt.MUTED)


def _ago(row: RoleRow) -> Cell:
    return cells.plain(fmt.age(row.ago_s), "crit" if row.idle else fmt.NORMAL)


def _work(row: RoleRow) -> Cell:
    """Return what was done last; what is wrong goes before it."""
    text = row.reason or row.work or fmt.MISSING
    return Cell(text, fmt.MUTED, row.work if row.reason else "")


def _ms(value: float | None) -> Cell:
    return cells.plain(fmt.milliseconds(value))


ROLE_COLUMNS: tuple[Column[RoleRow], ...] = (
    Column("Role", cells.TEXT, lambda row: Cell(row.role, extra=row.where), lambda row: row.role),
    Column("State", cells.CHIP, lambda row: _chip(row.state), lambda row: row.state.word),
    Column(
        "Heartbeat",
        cells.NUMBER,
        lambda row: cells.plain(fmt.age(row.heartbeat_s), fmt.MUTED),
        lambda row: row.heartbeat_s,
        "role/{key}/heartbeat",
    ),
    Column("Last useful work", cells.TEXT, _work, lambda row: row.work),
    Column("Ago", cells.NUMBER, _ago, lambda row: row.ago_s, "role/{key}/work"),
    Column("Queue", cells.NUMBER, _queue, lambda row: row.queue, "role/{key}/queue"),
    Column(
        "Per min", cells.NUMBER, _per_minute, lambda row: row.per_minute, "role/{key}/per_minute"
    ),
    Column(
        "Restarts",
        cells.NUMBER,
        lambda row: _count(row.restarts),
        lambda row: row.restarts,
        "role/{key}/restarts",
    ),
)


def _spark(row: ConnectionRow) -> Cell:
    extra = {"points": list(row.spark), "reference": None, "ink": "text2", "room": SPARK_ROOM}
    return Cell("", fmt.NORMAL, extra)


def _left(row: ConnectionRow) -> Cell:
    return Cell(row.left, row.left_tone, {"share": row.left_share, "hint": row.left_hint})


CONNECTION_COLUMNS: tuple[Column[ConnectionRow], ...] = (
    Column("To", cells.TEXT, lambda row: Cell(row.to, extra=row.via), lambda row: row.to),
    Column("State", cells.CHIP, lambda row: _chip(row.state), lambda row: row.state.word),
    Column("Detail", cells.TEXT, lambda row: _muted(row.detail), lambda row: row.detail),
    Column("30 min", cells.SPARK, _spark, lambda row: row.latency_ms, "line/{key}/spark"),
    Column(
        "Latency",
        cells.NUMBER,
        lambda row: _ms(row.latency_ms),
        lambda row: row.latency_ms,
        "line/{key}/latency",
    ),
    Column(
        "Left",
        cells.METER,
        _left,
        lambda row: row.left_share if row.left_share >= 0 else None,
    ),
    Column(
        "Lost", cells.NUMBER, lambda row: _count(row.lost), lambda row: row.lost, "line/{key}/lost"
    ),
)


def _seen(row: SessionRow) -> Cell:
    now = row.seen_s is not None and row.seen_s < fmt.NOW_S
    return cells.plain("now" if now else fmt.age(row.seen_s), fmt.MUTED)


SESSION_COLUMNS: tuple[Column[SessionRow], ...] = (
    Column("Name", cells.TEXT, lambda row: Cell(row.name), lambda row: row.name),
    Column("Where", cells.TEXT, lambda row: _muted(row.where), lambda row: row.where),
    Column("Version", cells.TEXT, lambda row: _muted(row.version), lambda row: row.version),
    Column(
        "Delay",
        cells.NUMBER,
        lambda row: _ms(row.delay_ms),
        lambda row: row.delay_ms,
        "session/{key}/delay",
    ),
    Column("Right", cells.CHIP, lambda row: _chip(row.right), lambda row: row.right.word),
    Column("Seen", cells.NUMBER, _seen, lambda row: row.seen_s, "session/{key}/seen"),
)

REJECTED_COLUMNS: tuple[Column[RejectedRow], ...] = (
    Column(
        "Time",
        cells.TEXT,
        lambda row: Cell(fmt.clock(row.at), fmt.MUTED),
        lambda row: row.at.timestamp(),
    ),
    Column("Key", cells.TEXT, lambda row: Cell(row.name), lambda row: row.name),
    Column("Read by", cells.TEXT, lambda row: Cell(row.source), lambda row: row.source),
    Column("Field", cells.TEXT, lambda row: Cell(row.field, "crit"), lambda row: row.field),
    Column("Value", cells.TEXT, lambda row: _muted(row.value), lambda row: row.value),
    Column("Why", cells.TEXT, lambda row: _muted(row.why), lambda row: row.why),
    Column(
        "Times",
        cells.NUMBER,
        lambda row: cells.plain(fmt.number(row.times, 0)),
        lambda row: row.times,
        "letter/{key}/times",
    ),
    Column("", cells.TEXT, lambda _: Cell("Show", "accent"), lambda _: None),
)


def _line(row: LogRow) -> Cell:
    parts = {
        "time": fmt.clock(row.at),
        "level": row.level,
        "source": row.source,
        "words": row.words,
    }
    return Cell(" ".join(parts.values()), row.tone, parts)


LOG_COLUMNS: tuple[Column[LogRow], ...] = (
    Column("Line", cells.TEXT, _line, lambda row: row.at.timestamp()),
)


class RolesModel(TableModel[RoleRow]):
    """Columns: role, state, heartbeat, last useful work, ago, queue, per minute, restarts."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(ROLE_COLUMNS, parent)


class ConnectionsModel(TableModel[ConnectionRow]):
    """Columns: to, state, detail, 30 min, latency, left, lost."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(CONNECTION_COLUMNS, parent)


class SessionsModel(TableModel[SessionRow]):
    """Columns: name, where, version, delay, right, seen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(SESSION_COLUMNS, parent)


class RejectedModel(TableModel[RejectedRow]):
    """Columns: time, key, read by, field, value, why, times, show."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(REJECTED_COLUMNS, parent)


class LogModel(TableModel[LogRow]):
    """One column; ``extra`` has the line in parts: time, level, source, words."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(LOG_COLUMNS, parent)
