"""How forms say what others changed, and why a write did not happen."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from qt_trade.contract.errors import (
    ConflictError,
    ContractError,
    DisconnectedError,
    InvalidMessageError,
)
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import freshness, words
from qt_trade.desktop.view_models.form import Form, Theirs

Labels = Mapping[str, tuple[str, str]]
"""The label and the unit of each field."""
DECIDE = "Decide about the fields in amber first"


def conflict_rows(
    form: Form, labels: Labels, desk: Snapshot, wall: datetime
) -> list[dict[str, Any]]:
    """Return one row of words for each field that waits for a decision."""
    return [
        _conflict(name, theirs, form.typed[name], labels, ago(theirs.at, desk, wall))
        for name, theirs in form.undecided.items()
    ]


def _conflict(name: str, theirs: Theirs, mine: str, labels: Labels, since: str) -> dict[str, Any]:
    label, unit = labels[name]
    title = f"{label} changed {since} ago by {theirs.by}: {words.prose(theirs.value)}{unit}."
    return {"name": name, "title": title, "words": f"Yours: {words.prose(mine)}{unit}."}


def mark_words(marks: Mapping[str, Theirs], labels: Labels, desk: Snapshot, wall: datetime) -> str:
    """Return which fields another changed a moment ago."""
    if not marks:
        return ""
    newest = max(marks.values(), key=lambda theirs: theirs.at)
    names = ", ".join(labels[name][0] for name in marks)
    return f"{names}: changed {ago(newest.at, desk, wall)} ago by {newest.by}"


def ago(at: datetime, desk: Snapshot, wall: datetime) -> str:
    """Return how long ago something was written."""
    return words.span(freshness.age_s(at, desk, wall))


def refused(error: ContractError | None) -> str:
    """Return in words why a setting was not written; nothing when it was."""
    if error is None:
        return ""
    if isinstance(error, ConflictError):
        who = error.writer or "another desk"
        return f"Not written: {who} wrote meanwhile. Look at what changed, then apply again."
    if isinstance(error, DisconnectedError):
        return "Not written: no connection to Redis."
    if isinstance(error, InvalidMessageError):
        return f"Not written: {error.path.removeprefix('$.')}: {error.reason}."
    return f"Not written: {error}"
