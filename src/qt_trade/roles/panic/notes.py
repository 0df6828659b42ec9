"""Word that a panic leaves for the engine: it stops, and goes on with it, before it does all else."""

import os
from datetime import datetime
from pathlib import Path

import msgspec

from qt_trade.model.emergencies import Emergency

FOLDER = "panic"
_TAKEN = ".taken"


class PanicNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was called for without the engine, and what came of it in words."""

    command_id: str
    action: Emergency
    at: datetime
    by: str
    how: str
    reason: str
    outcome: tuple[str, ...] = ()


class UnreadableNoteError(ValueError):
    """A note that somebody damaged: what it asked for is not guessed."""


class PanicNotes:
    """The notes in the data folder of a run."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER

    def leave(self, note: PanicNote) -> Path:
        """Write a note, whole or not at all; the same command's note takes the place of its first.

        Raises OSError.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{note.command_id}.json"
        half = path.with_suffix(".half")
        half.write_bytes(msgspec.json.format(msgspec.json.encode(note)))
        half.replace(path)
        return path

    def waiting(self) -> list[PanicNote]:
        """Return the notes nobody has taken, oldest first. Raises UnreadableNoteError, OSError."""
        notes = []
        for path in sorted(self._folder.glob("*.json"), key=os.path.getmtime):
            try:
                notes.append(msgspec.json.decode(path.read_bytes(), type=PanicNote))
            except msgspec.DecodeError as error:
                raise UnreadableNoteError(f"{path}: {error}") from error
        return notes

    def taken(self, note: PanicNote) -> None:
        """Put a note aside: the engine has journalled what it asks for. Raises OSError."""
        path = self._folder / f"{note.command_id}.json"
        path.replace(path.with_suffix(_TAKEN))
