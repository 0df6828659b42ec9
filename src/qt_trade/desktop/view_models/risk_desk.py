"""The Risk page: what QML is given of limits and receipts, and what a person may change there."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from PySide6.QtCore import Property, QObject, Slot

from qt_trade.contract import registry
from qt_trade.contract.payloads.base import SymbolText
from qt_trade.desktop.link import Answer, DeskLink
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import form_words, receipts, risk, words
from qt_trade.desktop.view_models.connection_form import ConnectionForm
from qt_trade.desktop.view_models.limit_changes import (
    EXCLUDED,
    LOOSE_AFTER_S,
    Setting,
    document_with,
    is_looser,
    setting_of,
    typed_value,
)
from qt_trade.desktop.view_models.receipts import ReceiptView
from qt_trade.desktop.view_models.risk import RiskView
from qt_trade.desktop.view_models.rows_model import RowsModel
from qt_trade.desktop.view_models.state import ViewState, view_state
from qt_trade.kit.clock import Clock

LIMIT = "limit"
"""The name of the request whose answer this page shows."""
UNGUARDED = "LOOSEN"
"""What is typed instead of a password where the connection has none."""
_WAITS = f"It is in force {LOOSE_AFTER_S} s after it was written."
_SYMBOL = msgspec.json.Decoder(SymbolText)


class RiskDesk(QObject):
    """A tighter limit is written at once; a looser one after the password was typed again."""

    def __init__(
        self, link: DeskLink, desk: Snapshot, form: ConnectionForm, clock: Clock, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._link, self._desk, self._form, self._clock = link, desk, form, clock
        self._setting: Setting | None = None
        self._chosen, self._password = "", ""
        self._state = view_state(RiskView(), self)
        self._receipt = view_state(ReceiptView(), self)
        self._limits, self._breakers, self._waits = (RowsModel(self) for _ in range(3))
        self._receipts, self._sold = RowsModel(self), RowsModel(self)

    @Property(QObject, constant=True)
    def view(self) -> ViewState:
        return self._state

    @Property(QObject, constant=True)
    def receipt(self) -> ViewState:
        return self._receipt

    @Property(QObject, constant=True)
    def limits(self) -> RowsModel:
        return self._limits

    @Property(QObject, constant=True)
    def breakers(self) -> RowsModel:
        return self._breakers

    @Property(QObject, constant=True)
    def waits(self) -> RowsModel:
        return self._waits

    @Property(QObject, constant=True)
    def receipts(self) -> RowsModel:
        return self._receipts

    @Property(QObject, constant=True)
    def sold(self) -> RowsModel:
        return self._sold

    def show(self, wall: datetime) -> None:
        """Take over the snapshot."""
        desk = self._desk
        view = replace(self._view, **risk.risk_fields(desk, wall))
        view = replace(view, **self._asked(view))
        self._state.show(view)
        self._limits.show(risk.limit_rows(desk, view.asking))
        self._breakers.show(risk.breaker_rows(desk))
        self._waits.show(risk.wait_rows(desk, wall))
        shown = receipts.chosen(desk, self._chosen)
        self._receipt.show(receipts.receipt_view(shown, desk))
        self._sold.show(receipts.sold_rows(shown))
        self._receipts.show(receipts.receipt_rows(desk, "" if shown is None else shown.command_id))

    def answered(self, answer: Answer) -> None:
        """Show how a write ended."""
        if answer.request == LIMIT:
            refused = form_words.refused(answer.error)
            told = refused or self._view.result
            self._change(busy=False, result=told, result_tone="crit" if refused else "ok")

    # What the page asks for

    @Slot(str)
    def chooseReceipt(self, command_id: str) -> None:  # noqa: N802  # Qt's names, here and below
        """Show the receipt of a past action."""
        self._chosen = command_id
        self.show(self._clock.now())

    @Slot(str)
    def askLimit(self, name: str) -> None:  # noqa: N802
        """Begin to change a limit; ``name`` is its document's key and its field."""
        key, _, field = name.partition("|")
        self._setting = setting_of(self._desk, key, field)
        if self._setting is None:
            return
        rows = [row for row in self._limits.rows if row["name"] == name]
        title = rows[0]["title"] if rows else field
        self._begin(asking=name, ask_title=title, ask_value=True, typed=self._setting.text)

    @Slot(str)
    def askRemove(self, symbol: str) -> None:  # noqa: N802
        """Begin to let an excluded symbol in again: that holds less back."""
        self._setting = None
        self._begin(asking=symbol, ask_title=f"Let {symbol} be opened again", looser=True)

    @Slot()
    def askExclude(self) -> None:  # noqa: N802
        """Begin to exclude a symbol."""
        self._setting = None
        self._begin(excluding=True)

    @Slot()
    def keep(self) -> None:
        """Change nothing."""
        self._begin()

    @Slot(str)
    def type(self, text: str) -> None:
        """Take over what stands in the field of the new value."""
        self._change(typed=text, result="")

    @Slot(str)
    def typePassword(self, password: str) -> None:  # noqa: N802
        """Take over the password typed again; it goes nowhere."""
        self._password = password
        self._change(result="")

    @Slot()
    def apply(self) -> None:
        """Write what is asked about on top of the revision it was read from."""
        view, setting = self._view, self._setting
        if not view.asking or not view.can_apply:
            return
        if setting is None:
            symbols = [one for one in self._excluded() if one != view.asking]
            told = f"{view.asking} may be opened again. {_WAITS}"
            self._write_symbols(symbols, told)
            return
        value = typed_value(setting, view.typed)
        told = (
            f"{view.ask_title}: {setting.text} → {view.typed}{setting.unit and ' '}{setting.unit}."
        )
        told = f"{told} {_WAITS}" if view.looser else f"{told} In force at once."
        self._write(setting.key, {setting.field: value}, setting.revision, told)

    @Slot(str)
    def exclude(self, text: str) -> None:
        """Open a symbol no more: that is tighter, and in force at once."""
        symbol = text.strip().upper()
        try:
            _SYMBOL.decode(msgspec.json.encode(symbol))
        except msgspec.ValidationError:
            self._change(
                result=f"{symbol or 'That'} is no symbol, such as AAPL.", result_tone="crit"
            )
            return
        if symbol in self._excluded():
            self._change(result=f"{symbol} is excluded already.", result_tone="warn")
            return
        self._write_symbols([*self._excluded(), symbol], f"{symbol} is opened no more.")

    # Inside

    @property
    def _view(self) -> RiskView:
        view = self._state.view
        assert isinstance(view, RiskView)  # noqa: S101  # it shows nothing else
        return view

    def _begin(self, **fields: Any) -> None:
        fresh = {
            "asking": "", "ask_title": "", "ask_value": False, "typed": "", "looser": False,
            "excluding": False, "result": "",
        }  # fmt: skip
        self._password = ""
        self._change(**fresh | fields)

    def _change(self, **fields: Any) -> None:
        self._state.show(replace(self._view, **fields))
        self.show(self._clock.now())

    def _asked(self, view: RiskView) -> dict[str, Any]:
        """Return what the question says of what was typed so far."""
        if not view.asking:
            return {"can_apply": False, "ask_words": ""}
        looser, objection = view.looser, view.change_hint
        fields: dict[str, Any] = {"unit": "", "apply_verb": "Let it in"}
        if self._setting is not None:
            value = typed_value(self._setting, view.typed)
            wrong = value if isinstance(value, str) else ""
            same = not wrong and value == self._setting.value
            looser = not isinstance(value, str) and is_looser(self._setting, value)
            objection = objection or wrong or ("Nothing is changed yet" if same else "")
            verb = "Loosen" if looser else "Tighten"
            fields |= {"unit": self._setting.unit, "apply_verb": verb}
        ask = f"Looser. {_WAITS}" if looser else "Tighter. It is in force at once."
        if looser and self._form.password_file:
            ask = f"{ask} The password stands in {self._form.password_file}."
        objection = objection or (self._password_objection() if looser else "")
        guarded = self._form.is_guarded
        return fields | {
            "looser": looser,
            "ask_words": ask if not objection or looser else objection,
            "password_name": "Password of this desk" if guarded else f"Type {UNGUARDED}",
            "can_apply": not objection and not view.busy,
            "apply_hint": objection,
        }

    def _password_objection(self) -> str:
        if not self._form.is_guarded:
            wanted = f"No password guards this connection: type {UNGUARDED}"
            return "" if self._password == UNGUARDED else wanted
        if not self._password:
            return "Type the password of this desk's connection again"
        right = self._form.is_password(self._password)
        return "" if right else "That is not the password of this desk's connection"

    def _excluded(self) -> tuple[str, ...]:
        given = self._desk.portfolio_settings
        return () if given is None else given.excluded_symbols

    def _write_symbols(self, symbols: list[str], told: str) -> None:
        key = registry.PORTFOLIO_SETTINGS.key()
        revision = self._desk.revisions.get(key, 0)
        self._write(key, {EXCLUDED: tuple(symbols)}, revision, told)

    def _write(self, key: str, changes: dict[str, Any], revision: int, told: str) -> None:
        made = document_with(self._desk, key, changes, self._clock.now())
        if isinstance(made, str):
            self._change(result=words.sentence(made), result_tone="crit")
            return
        document, value = made
        self._begin(busy=True)
        self._change(result=told, result_tone="ok")
        self._link.write(LIMIT, document, value, revision)
