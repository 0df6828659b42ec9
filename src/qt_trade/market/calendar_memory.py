"""The exchange calendar kept in a file: the library that knows it takes two seconds to ask."""

import os
import tempfile
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import msgspec

from qt_trade.market.calendar import Session, Sessions, load_sessions


@dataclass(frozen=True, slots=True)
class _Kept:
    sessions: tuple[Session, ...]
    holidays: dict[date, str]


def remembered_sessions(first: date, last: date, folder: Path) -> Sessions:
    """Return the same as ``load_sessions``, from the second time on without asking the library.

    A file belongs to one version of the library, so that an update's new holidays are seen.
    """
    file = folder / f"xnys-{version('exchange_calendars')}-{first}-{last}.json"
    try:
        kept = msgspec.json.decode(file.read_bytes(), type=_Kept)
    except (FileNotFoundError, msgspec.MsgspecError):
        sessions = load_sessions(first, last)
        _keep(file, _Kept(sessions.all, dict(sessions.holidays)))
        return sessions
    return Sessions(kept.sessions, kept.holidays)


def _keep(file: Path, kept: _Kept) -> None:
    # Written aside and moved into place: two roles may do this at the same time.
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(descriptor, "wb") as out:
        out.write(msgspec.json.encode(kept))
    Path(name).replace(file)
