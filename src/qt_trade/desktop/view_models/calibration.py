"""Calibration: how often a model was right where it said so and so, and what that means in words."""

from dataclasses import dataclass
from typing import Any

from qt_trade.contract.payloads.intelligence import Calibration, ScoreLine
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import words
from qt_trade.desktop.view_models.scorecard import is_ai, is_baseline, lines, missing, name_of
from qt_trade.model.predictions import HORIZONS_MIN
from qt_trade.model.scores import ModelState


@dataclass(frozen=True, slots=True)
class CalibrationView:
    """``points``: dicts of said, right, low, high (fractions) and cases, in words too.

    ``tone`` of ``means``: amber where the model is not as sure as it is right.
    """

    known: bool = False
    stale: bool = False
    note: str = ""
    note_tone: str = "faint"
    name: str = ""
    cases: str = ""
    horizon: int = 1
    off: tuple[int, ...] = ()
    points: tuple[Any, ...] = ()
    means: str = ""
    tone: str = "faint"
    empty: str = ""
    empty_words: str = ""


def shown_line(desk: Snapshot, chosen: ScoreLine | None, horizon_min: int) -> ScoreLine | None:
    """Return the line whose calibration is shown.

    At the horizon that was asked for: the selected model's own, else the one of the same name and
    version, else the first there is; what is in use comes first, then what has cases enough.
    """
    of = [line for line in lines(desk) if line.horizon_min == horizon_min]
    of.sort(key=_rank)
    if chosen is None:
        return of[0] if of else None
    if chosen.horizon_min == horizon_min:
        return chosen
    alike = [line for line in of if line.model_id == chosen.model_id or _same(line, chosen)]
    return next(iter(alike or of), None)


def _rank(line: ScoreLine) -> tuple[bool, bool, bool]:
    untrained = is_baseline(line) or is_ai(line)
    return untrained, line.state is not ModelState.IN_USE, not line.calibration


def horizon_of(desk: Snapshot, wanted: int) -> int:
    """Return the horizon that is shown: the wanted one where anything is scored at it.

    Else the middle one, else one that is in use.
    """
    if any(line.horizon_min == wanted for line in lines(desk)):
        return wanted
    found = [line.horizon_min for line in lines(desk) if line.state is ModelState.IN_USE]
    found = found or [line.horizon_min for line in lines(desk)]
    middle = HORIZONS_MIN[1]
    return middle if middle in found or not found else found[0]


def calibration_fields(desk: Snapshot, line: ScoreLine | None, horizon_min: int) -> dict[str, Any]:
    """Return what the card says of one line of the score-card."""
    present = {one.horizon_min for one in lines(desk)}
    fields: dict[str, Any] = {
        "horizon": HORIZONS_MIN.index(horizon_min) if horizon_min in HORIZONS_MIN else -1,
        "off": tuple(n for n, minutes in enumerate(HORIZONS_MIN) if minutes not in present),
        "name": "", "cases": "", "points": (), "means": "", "tone": fmt.FAINT,
    }  # fmt: skip
    if line is None:
        no = f"Nothing is scored {horizon_min} min ahead yet"
        return fields | {
            "empty": no,
            "empty_words": "A point needs predictions and their outcomes.",
        }
    fields |= {
        "name": f"{name_of(line)}, {line.horizon_min} min",
        "cases": words.count(line.cases, "case"),
    }
    if not line.calibration:
        return fields | {"empty": "Not enough data yet", "empty_words": missing(line)}
    means, tone = meaning(line.calibration)
    points = tuple(_point(one) for one in sorted(line.calibration, key=lambda one: one.said))
    return fields | {"points": points, "means": means, "tone": tone, "empty": "", "empty_words": ""}


def meaning(points: tuple[Calibration, ...]) -> tuple[str, str]:
    """Return in words whether a model is as sure as it is right, and the tone of that.

    Only what its interval excludes counts: of those points the one that is farthest off.
    """
    off = [one for one in points if not one.right.low <= one.said <= one.right.high]
    if not off:
        many = words.count(sum(one.cases for one in points), "case")
        return f"As sure as it is right: no point of {many} tells otherwise.", fmt.FAINT
    worst = max(off, key=lambda one: abs(one.said - one.right.value))
    said, right = words.plain_percent(worst.said), words.plain_percent(worst.right.value)
    too = "too sure of itself" if worst.said > worst.right.value else "not sure enough"
    return f"The model is {too}: at {said} it was right {right} of the time.", fmt.WARN


def _same(one: ScoreLine, other: ScoreLine) -> bool:
    return (one.model, one.version) == (other.model, other.version)


def _point(one: Calibration) -> dict[str, Any]:
    right = one.right
    around = f"{fmt.share(right.low)} to {fmt.share(right.high)}"
    return {
        "said": one.said,
        "right": right.value,
        "low": right.low,
        "high": right.high,
        "cases": f"{one.cases:,}",
        "words": f"said {fmt.share(one.said)}, right {fmt.share(right.value)} ({around}), "
        f"{words.count(one.cases, 'case')}",
    }
