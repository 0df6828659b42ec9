"""The configuration's form: what a person types, decides and applies."""

from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import Property, QObject, Slot

from qt_trade.contract import registry
from qt_trade.desktop.link import Answer, DeskLink
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import config, control, form_words, rights
from qt_trade.desktop.view_models import form as forms
from qt_trade.desktop.view_models.config import Asked, ConfigView, Wrong
from qt_trade.desktop.view_models.form import Form
from qt_trade.desktop.view_models.rows_model import RowsModel
from qt_trade.desktop.view_models.state import ViewState, view_state
from qt_trade.kit.clock import Clock

REQUEST = "config"
SWITCH = "switch"


class ConfigDesk(QObject):
    """Nothing typed is lost until it is applied or discarded."""

    def __init__(self, link: DeskLink, desk: Snapshot, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._link, self._desk, self._clock = link, desk, clock
        self._asked = Asked()
        self._state = view_state(ConfigView(), self)
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
        given = config.source(desk)
        if given is not None:
            self._asked = replace(self._asked, form=forms.rebased(self._asked.form, given))
        objection = rights.objection(desk, wall) or control.objection_of(desk)
        self._state.show(config.config_view(desk, wall, self._asked, objection))
        self._conflicts.show(form_words.conflict_rows(self._asked.form, config.LABELS, desk, wall))

    def answered(self, answer: Answer) -> None:
        """Show how a write ended."""
        if answer.request in (REQUEST, SWITCH):
            self._asked = replace(
                self._asked, error=form_words.refused(answer.error), at="", busy=False
            )

    # What the page asks for

    @Slot(str, str)
    def type(self, name: str, text: str) -> None:
        """Take over what stands in a field."""
        self._take(forms.typed(self._asked.form, name, text))

    @Slot(int)
    def choose(self, index: int) -> None:
        """Fill in a strategy's starting values."""
        form = self._asked.form
        for name, text in config.preset_texts(index).items():
            form = forms.typed(form, name, text)
        self._take(form)

    @Slot(int)
    def choosePolicy(self, index: int) -> None:  # noqa: N802  # Qt's names
        """Choose what AutoTrading may do."""
        self.type(config.POLICY, config.POLICIES[index].value)

    @Slot(str, bool)
    def tick(self, name: str, chosen: bool) -> None:  # noqa: FBT001
        """Choose for or against something."""
        self.type(name, config.yes_or_no(chosen=chosen))

    @Slot(str)
    def keepMine(self, name: str) -> None:  # noqa: N802  # Qt's names
        """Decide a conflict for what was typed here."""
        self._take(forms.keep_mine(self._asked.form, name))

    @Slot(str)
    def takeTheirs(self, name: str) -> None:  # noqa: N802
        """Decide a conflict for what another wrote."""
        self._take(forms.take_theirs(self._asked.form, name))

    @Slot()
    def discard(self) -> None:
        """Forget what was typed."""
        self._take(forms.discarded(self._asked.form))

    @Slot()
    def apply(self) -> None:
        """Write the form on top of the revision it stands on; on or off stays as it is."""
        desk, form = self._desk, self._asked.form
        status = desk.trading_status
        enabled = status is not None and status.active
        wanted = config.config_of(form.values, desk, self._clock.now(), enabled=enabled)
        if isinstance(wanted, Wrong):
            self._asked = replace(self._asked, error=wanted.words, at=wanted.at)
        elif not form.undecided:
            self._asked = replace(self._asked, error="", at="", busy=True)
            self._link.write(REQUEST, registry.AUTOTRADING_ENABLED, wanted, form.revision)
        self.show(self._clock.now())

    def _take(self, form: Form) -> None:
        self._asked = replace(self._asked, form=form, error="", at="")
        self.show(self._clock.now())
