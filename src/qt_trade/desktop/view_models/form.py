"""A form over a document that others may change, too: nothing typed is lost, nothing overwritten.

A field that was not touched takes over what another wrote, and is marked for a while. One that was
typed in keeps its text, and the person decides: keep mine, or take theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

T = TypeVar("T")

MARKED_S = 10.0
"""So long a field that another changed is marked."""


@dataclass(frozen=True, slots=True)
class Source:
    """A state of the document: its fields as text, who wrote it and when.

    ``at`` is the writer's time, ``arrived`` this desk's. ``own``: this desk wrote it.
    """

    values: Mapping[str, str]
    revision: int
    by: str
    at: datetime
    arrived: datetime
    own: bool = False


@dataclass(frozen=True, slots=True)
class Theirs:
    """What another wrote into a field."""

    value: str
    by: str
    at: datetime
    arrived: datetime


@dataclass(frozen=True, slots=True)
class Form:
    """``base``: the values the form stands on, at ``revision``. ``typed``: what differs from them.

    ``undecided``: fields that were typed in here and changed by another meanwhile.
    """

    base: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0
    typed: Mapping[str, str] = field(default_factory=dict)
    undecided: Mapping[str, Theirs] = field(default_factory=dict)
    marks: Mapping[str, Theirs] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, str]:
        """What stands in the fields."""
        return {**self.base, **self.typed}


def typed(form: Form, name: str, text: str) -> Form:
    """Return the form after a person wrote into a field; the base's own text is no change."""
    rest = _without(form.typed, name)
    if text == form.base.get(name):
        return replace(form, typed=rest, undecided=_without(form.undecided, name))
    return replace(form, typed=rest | {name: text}, marks=_without(form.marks, name))


def rebased(form: Form, source: Source) -> Form:
    """Return the form on top of a newer state of the document."""
    if source.revision == form.revision and source.values == form.base:
        return form
    theirs = {
        name: Theirs(value, source.by, source.at, source.arrived)
        for name, value in source.values.items()
        if form.base.get(name) != value
    }
    kept = {
        name: text for name, text in form.typed.items() if source.values.get(name, text) != text
    }
    undecided = {
        name: known for name, known in {**form.undecided, **theirs}.items() if name in kept
    }
    known_before = bool(form.base) and not source.own
    marks = {name: known for name, known in theirs.items() if name not in form.typed}
    return Form(
        base=dict(source.values),
        revision=source.revision,
        typed=kept,
        undecided=undecided,
        marks={**form.marks, **marks} if known_before else form.marks,
    )


def keep_mine(form: Form, name: str) -> Form:
    """Return the form with a conflict decided for what was typed here."""
    return replace(form, undecided=_without(form.undecided, name))


def take_theirs(form: Form, name: str) -> Form:
    """Return the form with a conflict decided for what the other wrote."""
    return replace(form, typed=_without(form.typed, name), undecided=_without(form.undecided, name))


def discarded(form: Form) -> Form:
    """Return the form with nothing typed."""
    return replace(form, typed={}, undecided={})


def marked(form: Form, now: datetime) -> dict[str, Theirs]:
    """Return what others changed a moment ago."""
    return {
        name: theirs
        for name, theirs in form.marks.items()
        if (now - theirs.arrived).total_seconds() <= MARKED_S
    }


def _without(known: Mapping[str, T], name: str) -> dict[str, T]:
    return {key: value for key, value in known.items() if key != name}
