"""Sessions and the AutoTrading control: what the pages show of them, and what may be asked."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from PySide6.QtCore import Property, QObject, Slot

from qt_trade.contract import registry
from qt_trade.contract.errors import ConflictError, DisconnectedError, NoReplyError
from qt_trade.contract.payloads.sessions import AutoTradingControl, SessionSettings
from qt_trade.desktop.link import Answer, DeskLink
from qt_trade.desktop.models.system import SessionsModel
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import control as controlling
from qt_trade.desktop.view_models import form as forms
from qt_trade.desktop.view_models import form_words, rights, words
from qt_trade.desktop.view_models.control import LOSSES, ControlView, News
from qt_trade.desktop.view_models.form import Form, Source
from qt_trade.desktop.view_models.requests import Requests
from qt_trade.desktop.view_models.session_list import session_rows
from qt_trade.desktop.view_models.state import ViewState, view_state
from qt_trade.kit.clock import Clock
from qt_trade.model.control import ControllerLoss

_NAMES = {"take": "Take-over", "release": "Hand-over", "decline": "Keeping the control"}
_SETTING = "session-settings"
_FIELD = "on_controller_loss"
_LOSS_WORDS = {
    ControllerLoss.KEEP_TRADING: "keep trading",
    ControllerLoss.PAUSE_ENTRIES: "pause entries",
    ControllerLoss.STOP: "stop",
}


class SessionDesk(QObject):
    """Everything goes through the engine; here it is only asked for, and its answer shown."""

    def __init__(
        self, link: DeskLink, desk: Snapshot, requests: Requests, clock: Clock, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._link, self._desk, self._requests, self._clock = link, desk, requests, clock
        self._before: AutoTradingControl | None = None
        self._news: News | None = None
        self._form = Form()
        self._state = view_state(ControlView(), self)
        # A table of its own: the System page looks at other rows of the same sessions.
        self._table = SessionsModel(self)

    @Property(QObject, constant=True)
    def view(self) -> ViewState:
        return self._state

    @Property(QObject, constant=True)
    def table(self) -> SessionsModel:
        return self._table

    def show(self, wall: datetime) -> None:
        """Take over the snapshot."""
        desk = self._desk
        self._news = controlling.changed(desk, self._before, wall) or self._news
        self._before = desk.control or self._before
        given = _source(desk)
        if given is not None:
            self._form = forms.rebased(self._form, given)
        view = controlling.control_view(desk, wall, self._news)
        self._state.show(replace(view, **_setting(self._form, desk, wall)))
        self._table.replace(session_rows(desk, wall))

    def answered(self, answer: Answer) -> None:
        """Show a refusal; what was accepted shows itself in the documents."""
        if answer.request == _SETTING:
            if answer.error is not None and not isinstance(answer.error, ConflictError):
                self._form = forms.discarded(self._form)
                self._tell(f"Not written: {answer.error}.", "crit")
        elif answer.request in _NAMES:
            self._tell(*_ending(_NAMES[answer.request], answer))
        self.show(self._clock.now())

    # What the pages ask for

    @Slot()
    def take(self) -> None:
        """Ask for the control; the one who has it may keep it."""
        self._send("take", self._requests.take(self._clock.now()))

    @Slot()
    def handOver(self) -> None:  # noqa: N802  # Qt's names
        """Let the control go, to who asks for it or to nobody."""
        self._send("release", self._requests.release(self._clock.now()))

    @Slot()
    def keep(self) -> None:
        """Keep the control that another asks for."""
        self._send("decline", self._requests.decline(self._clock.now()))

    @Slot()
    def logOut(self) -> None:  # noqa: N802
        """End this desk's session; it goes on looking."""
        self._desk.log_out(self._clock.now())
        self._link.log_out()

    @Slot()
    def newSession(self) -> None:  # noqa: N802
        """Begin again with a session of another id."""
        self._link.new_session()

    @Slot(int)
    def chooseLoss(self, index: int) -> None:  # noqa: N802
        """Set what happens when the desk that controls is gone."""
        self._form = forms.typed(self._form, _FIELD, LOSSES[index].value)
        self._write_setting()

    @Slot()
    def keepMine(self) -> None:  # noqa: N802
        """Write the own choice on top of what another wrote meanwhile."""
        self._form = forms.keep_mine(self._form, _FIELD)
        self._write_setting()

    @Slot()
    def takeTheirs(self) -> None:  # noqa: N802
        """Let another's choice stand."""
        self._form = forms.take_theirs(self._form, _FIELD)
        self.show(self._clock.now())

    # Inside

    def _send(self, request: str, wish: Any) -> None:
        if wish is not None:
            self._news = None
            self._link.send(request, registry.SESSION_ACTIONS, wish)
        self.show(self._clock.now())

    def _write_setting(self) -> None:
        status, form = self._desk.market_status, self._form
        if status is not None and form.typed and not form.undecided:
            setting = SessionSettings(
                ts=self._clock.now(),
                source="desktop",
                feed=status.feed,
                session_id=self._desk.session_id,
                on_controller_loss=ControllerLoss(form.typed[_FIELD]),
            )
            self._link.write(_SETTING, registry.SESSION_SETTINGS, setting, form.revision)
        self.show(self._clock.now())

    def _tell(self, text: str, tone: str) -> None:
        if text:
            self._news = News(text, tone, self._clock.now())


def _ending(name: str, answer: Answer) -> tuple[str, str]:
    reply = answer.reply
    if reply is not None:
        reason = words.sentence(words.prose(reply.reason))
        return ("", "") if reply.accepted else (f"{name} refused: {reason}", "crit")
    if isinstance(answer.error, NoReplyError):
        return f"{name}: UNKNOWN, the engine has not answered.", "warn"
    if isinstance(answer.error, DisconnectedError):
        return f"{name}: not sent, no connection to Redis.", "crit"
    return f"{name}: not sent, {answer.error}.", "crit"


def _source(desk: Snapshot) -> Source | None:
    given = desk.session_settings
    if given is None:
        return None
    key = registry.SESSION_SETTINGS.key()
    return Source(
        values={_FIELD: given.on_controller_loss.value},
        revision=desk.revisions[key],
        by=desk.name_of(given.session_id),
        at=given.ts,
        arrived=desk.provenances[key].arrived,
        own=given.session_id == desk.session_id,
    )


def _setting(form: Form, desk: Snapshot, wall: datetime) -> dict[str, Any]:
    value = form.values.get(_FIELD)
    if value is None:
        return {"loss_hint": rights.objection(desk, wall) or "The engine has not said yet"}
    view: dict[str, Any] = {
        "loss_known": True,
        "loss_index": LOSSES.index(ControllerLoss(value)),
        "loss_hint": rights.objection(desk, wall),
    }
    mark = forms.marked(form, wall).get(_FIELD)
    if mark is not None:
        view["loss_mark"] = f"changed {form_words.ago(mark.at, desk, wall)} ago by {mark.by}"
    theirs = form.undecided.get(_FIELD)
    if theirs is None:
        return view
    other = _LOSS_WORDS[ControllerLoss(theirs.value)]
    return view | {
        "loss_title": f"Changed {form_words.ago(theirs.at, desk, wall)} ago by {theirs.by}: {other}.",
        "loss_words": f"Yours: {_LOSS_WORDS[ControllerLoss(value)]}.",
    }
