"""The limits' form: what a person types, decides and, asked once more, applies."""

from datetime import datetime

from PySide6.QtCore import Property, QObject, Slot

from qt_trade.contract import registry
from qt_trade.desktop.link import Answer, DeskLink
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import form as forms
from qt_trade.desktop.view_models import form_words, limits, rights
from qt_trade.desktop.view_models.form import Form
from qt_trade.desktop.view_models.limits import LimitsView
from qt_trade.desktop.view_models.rows_model import RowsModel
from qt_trade.desktop.view_models.state import ViewState, view_state
from qt_trade.kit.clock import Clock

REQUEST = "limits"


class LimitsDesk(QObject):
    """Limits are every trader's: they hold whoever controls AutoTrading."""

    def __init__(self, link: DeskLink, desk: Snapshot, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._link, self._desk, self._clock = link, desk, clock
        self._form = Form()
        self._error, self._busy = "", False
        self._state = view_state(LimitsView(), self)
        self._conflicts = RowsModel(self)

    @Property(QObject, constant=True)
    def view(self) -> ViewState:
        return self._state

    @Property(QObject, constant=True)
    def conflicts(self) -> RowsModel:
        return self._conflicts

    def show(self, wall: datetime) -> None:
        """Take over the snapshot; the form goes on on top of a newer document."""
        desk = self._desk
        given = limits.source(desk)
        if given is not None:
            self._form = forms.rebased(self._form, given)
        self._state.show(
            limits.limits_view(
                desk,
                wall,
                self._form,
                objection=rights.objection(desk, wall),
                error=self._error,
                busy=self._busy,
            )
        )
        self._conflicts.show(form_words.conflict_rows(self._form, limits.LABELS, desk, wall))

    def answered(self, answer: Answer) -> None:
        """Show how a write ended."""
        if answer.request == REQUEST:
            self._error, self._busy = form_words.refused(answer.error), False

    # What the page asks for

    @Slot(str, str)
    def type(self, name: str, text: str) -> None:
        """Take over what stands in a field."""
        self._take(forms.typed(self._form, name, text))

    @Slot(str)
    def keepMine(self, name: str) -> None:  # noqa: N802  # Qt's names
        """Decide a conflict for what was typed here."""
        self._take(forms.keep_mine(self._form, name))

    @Slot(str)
    def takeTheirs(self, name: str) -> None:  # noqa: N802
        """Decide a conflict for what another wrote."""
        self._take(forms.take_theirs(self._form, name))

    @Slot()
    def discard(self) -> None:
        """Forget what was typed."""
        self._take(forms.discarded(self._form))

    @Slot()
    def apply(self) -> None:
        """Write the limits on top of the revision the form stands on."""
        wanted = limits.settings_of(self._form.values, self._desk, self._clock.now())
        if isinstance(wanted, str):
            self._error = wanted
        elif self._form.typed and not self._form.undecided:
            self._error, self._busy = "", True
            self._link.write(REQUEST, registry.RISK_SETTINGS, wanted, self._form.revision)
        self.show(self._clock.now())

    def _take(self, form: Form) -> None:
        self._form, self._error = form, ""
        self.show(self._clock.now())
