"""The words under a candle chart: sessions first, then round times. Pure numbers, no Qt."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from qt_trade.desktop.items.aggregation import CLOSE_MIN, DAY_MIN, OPEN_MIN
from qt_trade.desktop.items.frame import Frame
from qt_trade.desktop.items.study import Study

_STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 240)
_APART_PX = 72
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on the axis and its word; ``session``: a new one (or a new month) begins there."""

    slot: float
    text: str
    session: bool


def ticks(drawn: Study, seen: Frame) -> list[Tick]:
    """Return what could be written; the painter leaves out what has no room."""
    if not len(drawn):
        return []
    if drawn.minutes == DAY_MIN:
        return list(_months(drawn, seen))
    return [*_sessions(drawn, seen), *_times(drawn, seen), *_times_to_come(drawn, seen)]


def moment_words(local_s: float, minutes: int) -> str:
    """Return a bar's start for the crosshair: ``23 Nov 11:15``, or ``Mon 23 Nov 2026`` of days."""
    at = datetime.fromtimestamp(local_s, UTC)
    return f"{at:%a} {at.day} {at:%b %Y}" if minutes == DAY_MIN else f"{at.day} {at:%b %H:%M}"


def _sessions(drawn: Study, seen: Frame) -> Iterator[Tick]:
    for index in drawn.begins:
        if seen.first <= index < seen.end:
            at = datetime.fromtimestamp(int(drawn.local_s[index]), UTC)
            yield Tick(float(drawn.slot[index]), f"{at:%a} {at.day}", session=True)


def _months(drawn: Study, seen: Frame) -> Iterator[Tick]:
    months = drawn.local_s.astype("datetime64[s]").astype("datetime64[M]")
    for index in np.flatnonzero(np.append(False, np.diff(months).astype(np.int64) != 0)):
        if seen.first <= index < seen.end:
            at = datetime.fromtimestamp(int(drawn.local_s[index]), UTC)
            text = f"{at:%Y}" if at.month == 1 else f"{at:%b}"
            yield Tick(float(drawn.slot[index]), text, session=True)


def _times(drawn: Study, seen: Frame) -> Iterator[Tick]:
    if not _has_room(drawn, seen):
        return
    step, start = _step(drawn, seen)
    minute = drawn.local_s[seen.first : seen.end] % _DAY_S // 60
    for index in np.flatnonzero((minute - start) % step == 0):
        place = seen.first + int(index)
        yield Tick(float(drawn.slot[place]) + 0.5, _clock(int(minute[index])), session=False)


def _times_to_come(drawn: Study, seen: Frame) -> Iterator[Tick]:
    """Yield the rest of the last session's times: the ground the prediction lies on."""
    step, start = _step(drawn, seen)
    last, end = int(drawn.local_s[-1]) % _DAY_S // 60, drawn.slots - 1
    for minute in range(last + drawn.minutes, CLOSE_MIN + 1, drawn.minutes):
        slot = end + (minute - last) / drawn.minutes
        if (minute - start) % step == 0 and slot < seen.view.right:
            yield Tick(slot + 0.5, _clock(minute), session=False)


def _has_room(drawn: Study, seen: Frame) -> bool:
    """Whether a session is wide enough for times inside it."""
    wide = (CLOSE_MIN - OPEN_MIN) / drawn.minutes * seen.slot_px
    return wide >= _APART_PX * seen.unit


def _step(drawn: Study, seen: Frame) -> tuple[int, int]:
    """Return minutes from tick to tick, and the minute of the day they are counted from."""
    least = _APART_PX * seen.unit / seen.slot_px * drawn.minutes
    step = next((s for s in _STEPS_MIN if s >= max(least, drawn.minutes)), _STEPS_MIN[-1])
    return step, OPEN_MIN if step % 60 == 0 and drawn.minutes == 60 else 0  # noqa: PLR2004  # hours begin at the half


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
