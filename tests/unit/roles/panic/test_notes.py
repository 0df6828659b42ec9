"""Word of a panic outlives whoever left it."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from qt_trade.model.emergencies import Emergency
from qt_trade.roles.panic.notes import PanicNote, PanicNotes, UnreadableNoteError


def note(command_id: str = "p-1", action: Emergency = Emergency.CLOSE_ALL_POSITIONS) -> PanicNote:
    return PanicNote(
        command_id=command_id, action=action, at=datetime(2026, 11, 23, tzinfo=UTC), by="me",
        how="qtrade panic", reason="fire",
    )  # fmt: skip


def test_a_note_waits_until_it_is_taken(tmp_path: Path) -> None:
    notes = PanicNotes(tmp_path)
    assert notes.waiting() == []
    notes.leave(note())
    notes.leave(msgspec.structs.replace(note(), outcome=("done",)))
    assert [one.outcome for one in notes.waiting()] == [("done",)]
    notes.taken(note())
    assert PanicNotes(tmp_path).waiting() == []


def test_a_damaged_note_is_named(tmp_path: Path) -> None:
    path = PanicNotes(tmp_path).leave(note())
    path.write_text('{"command_id": "p-1"}')
    with pytest.raises(UnreadableNoteError, match=r"p-1\.json.*missing required field `action`"):
        PanicNotes(tmp_path).waiting()
