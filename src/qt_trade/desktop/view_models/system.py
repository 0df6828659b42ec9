"""The System page: what QML is given of the machine behind the figures, and what it may ask."""

from datetime import datetime

from PySide6.QtCore import Property, QObject, Signal, Slot

from qt_trade.contract.bus import Entry
from qt_trade.contract.payloads.commands import DeadLetter
from qt_trade.desktop.link import Answer
from qt_trade.desktop.models.system import (
    ConnectionsModel,
    LogModel,
    RejectedModel,
    RolesModel,
    SessionsModel,
)
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import rejected, roles, session_list
from qt_trade.desktop.view_models.canary import CanaryView, canary_view
from qt_trade.desktop.view_models.connections import broken_providers, connection_rows
from qt_trade.desktop.view_models.log_lines import LogReader, LogView
from qt_trade.desktop.view_models.state import ViewState, view_state

REVOKE = "revoke"
"""The name of the request whose answer this page shows."""


class System(QObject):
    """Views and tables of the page; they are said anew once a second and when something came."""

    revokeWanted = Signal(str, str)  # noqa: N815  # Qt's names
    """A session's id and the reason: a person confirmed that it should end."""

    def __init__(self, desk: Snapshot, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._states = {
            "roles": view_state(roles.RolesView(), self),
            "canary": view_state(CanaryView(), self),
            "sessions": view_state(session_list.SessionsView(), self),
            "rejected": view_state(rejected.RejectedView(), self),
            "log": view_state(LogView(), self),
        }
        self._roles = RolesModel(self)
        self._connections = ConnectionsModel(self)
        self._sessions = SessionsModel(self)
        self._rejected = RejectedModel(self)
        self._lines = LogModel(self)
        self._reader = LogReader()
        self._letter = ""
        self._revoking = ""
        self._shown: tuple[int, int] = (-1, 0)
        self._wall = desk.link.since
        self._letters_shown: tuple[Entry[DeadLetter], ...] | None = None
        self._lines_shown: object = None

    def forget(self) -> None:
        """Let go of what a person chose: another backend follows."""
        self._reader.hold(self._desk, on=False)
        self._letter, self._shown = "", (-1, 0)
        self._show_sessions(session_list.SessionsView())

    def show(self, wall: datetime) -> None:
        """Take over the snapshot; does nothing twice within a second unless something came."""
        moment = (self._desk.system.changes, int(wall.timestamp()))
        if moment != self._shown:
            self._shown = moment
            self.say(wall)

    def say(self, wall: datetime) -> None:
        """Say everything anew; only what differs reaches the screen."""
        desk, self._wall = self._desk, wall
        rows = roles.role_rows(desk, wall)
        self._roles.replace(rows)
        broken = broken_providers(desk)
        self._states["roles"].show(roles.roles_view(desk, wall, rows, broken))
        self._connections.replace(connection_rows(desk, wall))
        self._states["canary"].show(canary_view(desk, wall))
        self._sessions.replace(session_list.session_rows(desk, wall))
        self._show_sessions(session_list.sessions_view(self._session_view, desk, wall))
        self._show_rejected()
        self._show_log()

    def answered(self, answer: Answer) -> None:
        """Show how the log-out of a session ended."""
        self._show_sessions(session_list.answered(self._session_view, self._revoking, answer))

    # What the page reads

    @Property(QObject, constant=True)
    def roles(self) -> ViewState:
        return self._states["roles"]

    @Property(QObject, constant=True)
    def canary(self) -> ViewState:
        return self._states["canary"]

    @Property(QObject, constant=True)
    def sessions(self) -> ViewState:
        return self._states["sessions"]

    @Property(QObject, constant=True)
    def rejected(self) -> ViewState:
        return self._states["rejected"]

    @Property(QObject, constant=True)
    def log(self) -> ViewState:
        return self._states["log"]

    @Property(QObject, constant=True)
    def roleTable(self) -> RolesModel:  # noqa: N802  # Qt's names, here and below
        return self._roles

    @Property(QObject, constant=True)
    def connectionTable(self) -> ConnectionsModel:  # noqa: N802
        return self._connections

    @Property(QObject, constant=True)
    def sessionTable(self) -> SessionsModel:  # noqa: N802
        return self._sessions

    @Property(QObject, constant=True)
    def rejectedTable(self) -> RejectedModel:  # noqa: N802
        return self._rejected

    @Property(QObject, constant=True)
    def lines(self) -> LogModel:
        return self._lines

    # What the page asks for

    @Slot(str)
    def chooseSession(self, session_id: str) -> None:  # noqa: N802
        """Select a session; what was asked about another one is taken back."""
        self._change_sessions(selected=session_id, asking="", result="")

    @Slot()
    def askRevoke(self) -> None:  # noqa: N802
        """Ask whether the selected session should really end."""
        self._show_sessions(session_list.asked(self._session_view, self._desk))

    @Slot()
    def keepSession(self) -> None:  # noqa: N802
        """End nothing."""
        self._change_sessions(asking="")

    @Slot(str)
    def revoke(self, reason: str) -> None:
        """End the session that was asked about."""
        view = self._session_view
        if view.asking and view.can_revoke and not view.busy:
            self._revoking = view.verb.removeprefix(session_list.LOG_OUT)
            self.revokeWanted.emit(view.asking, reason.strip())
            self._change_sessions(asking="", busy=True)

    @Slot(str)
    def chooseLetter(self, key: str) -> None:  # noqa: N802
        """Show a refused message; the same one again closes it."""
        self._letter = "" if key == self._letter else key
        self._show_rejected()

    @Slot(int)
    def chooseLevel(self, level: int) -> None:  # noqa: N802
        """Show all lines, warnings and errors, or errors alone."""
        self._reader.level = level
        self._show_log()

    @Slot(str)
    def filterLog(self, text: str) -> None:  # noqa: N802
        """Show the lines that hold a text."""
        self._reader.text = text
        self._show_log()

    @Slot()
    def holdLog(self) -> None:  # noqa: N802
        """Let the log stand still, or go on."""
        self._reader.hold(self._desk, on=self._reader.held is None)
        self._show_log()

    # Inside

    @property
    def _session_view(self) -> session_list.SessionsView:
        view = self._states["sessions"].view
        assert isinstance(view, session_list.SessionsView)  # noqa: S101  # it shows nothing else
        return view

    def _change_sessions(self, **fields: object) -> None:
        self._show_sessions(
            session_list.changed(self._session_view, self._desk, self._wall, **fields)
        )

    def _show_sessions(self, view: session_list.SessionsView) -> None:
        self._states["sessions"].show(view)

    def _show_rejected(self) -> None:
        letters = tuple(self._desk.system.letters)
        if letters != self._letters_shown:
            self._letters_shown = letters
            self._rejected.replace(rejected.rejected_rows(letters))
        self._states["rejected"].show(rejected.rejected_view(self._desk, self._letter))

    def _show_log(self) -> None:
        lines = self._desk.system.lines
        newest = lines[-1].entry_id if lines else ""
        wanted = (newest, len(lines), self._reader.level, self._reader.text, self._reader.held)
        if wanted != self._lines_shown:
            self._lines_shown = wanted
            self._lines.replace(self._reader.rows(self._desk))
        self._states["log"].show(self._reader.view(self._desk, self._lines.rowCount()))
