"""From a frozen dataclass of words to a QObject that QML binds to."""

from dataclasses import Field, fields
from functools import cache
from typing import Any, ClassVar, Protocol

from PySide6.QtCore import Property, QObject, Signal


class View(Protocol):
    """Any dataclass instance."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


class ViewState(QObject):
    """Shows one view; tells QML only about the fields that changed."""

    def __init__(self, view: View, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view = view

    def show(self, view: View) -> None:
        """Take over a newer view."""
        before, self.view = self.view, view
        if before == view:
            return
        for field in fields(view):
            if getattr(before, field.name) != getattr(view, field.name):
                getattr(self, f"{_camel(field.name)}Changed").emit()


def view_state(view: View, parent: QObject) -> ViewState:
    """Return a state with one notifying property per field of ``view``, named as QML names.

    The view's type must be one that can be made without arguments.
    """
    return _state_type(type(view))(view, parent)


@cache
def _state_type(view: type[View]) -> type[ViewState]:
    # One type for ever: QML remembers types by their address, so a type made anew where a forgotten
    # one had been would have the forgotten one's properties (seen with 6.11.3).
    return type(f"{view.__name__}State", (ViewState,), _members(view()))


def _members(view: View) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for field in fields(view):
        name = _camel(field.name)
        members[f"{name}Changed"] = signal = Signal()
        members[name] = Property(
            _kind(getattr(view, field.name)), _getter(field.name), notify=signal
        )
    return members


def _kind(value: object) -> Any:
    # PySide takes Qt's type names, its stubs only classes.
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "double"
    if isinstance(value, dict):
        return "QVariantMap"
    return "QString" if isinstance(value, str) else "QVariantList"


def _getter(name: str) -> Any:
    def read(self: ViewState) -> Any:
        value = getattr(self.view, name)
        return list(value) if isinstance(value, tuple) else value

    return read


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
