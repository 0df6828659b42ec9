"""Cells and columns: how one value of a row becomes text, tone and what a delegate draws."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.rows import Horizon, Horizons, Row
from qt_trade.desktop.models.skills import MARKS, MEANINGS
from qt_trade.model.predictions import HORIZONS_MIN, Skill

R = TypeVar("R", bound=Row)

SortKey = float | str | None
"""What a column sorts by; None is last in both directions."""

TEXT, NUMBER, DELTA, SPARK, PREDICTION, WEIGHT, CHIP, NAMED, METER, REMOVE = (
    "text",
    "number",
    "delta",
    "spark",
    "prediction",
    "weight",
    "chip",
    "named",
    "meter",
    "remove",
)
TOLD, INTERVAL, ACTION = "told", "interval", "action"
"""The kinds of column, for a DelegateChooser (role ``kind``). What ``extra`` holds:

text: the second, fainter word (a name) or ""; number, chip: "";
delta: the signed text without the triangle, for a delegate that draws its own;
spark: {points: [numbers], reference: number or null}; weight: share of the cap 0..1 or null;
prediction: {move: text without the triangle, confidence: text, mark: of a skill that is not proven,
words: what all of it means, or why there is none, tone};
named: {words: what stands beside the name, tone: its tone}; meter: {share: what is left from 0 to
1, below 0 for no meter, hint: more words}; remove: whether the row may be taken out;
told: more words, for the tip; interval: {known, zero, value, low, high: places from 0 to 1, words, around}, or where nothing is
known {waiting: why, share: of the cases it takes, below 0 for no bar, of: the same in words};
action: {on: whether it may be done, hint: why not}.
"""
_TO_THE_LEFT = {TEXT, CHIP, NAMED, METER, REMOVE, TOLD, INTERVAL}


class Cell(NamedTuple):
    """One finished cell."""

    text: str
    tone: str = fmt.NORMAL
    extra: object = ""


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column: its title, its kind, and how to read it off a row.

    ``source``: the subject of its values' age and source, ``{key}`` standing for the row's key.
    """

    title: str
    kind: str
    cell: Callable[[R], Cell]
    sort: Callable[[R], SortKey]
    source: str = ""

    @property
    def numeric(self) -> bool:
        """Whether the column is right-aligned and sorts from the largest first."""
        return self.kind not in _TO_THE_LEFT


def sort_number(value: fmt.Number | None) -> float | None:
    """Return what an amount sorts by."""
    return None if value is None or fmt.is_missing(value) else float(value)


def plain(text: str, tone: str = fmt.NORMAL) -> Cell:
    """Return a text; a missing one is grey."""
    return Cell(text, fmt.OFF if text == fmt.MISSING else tone)


def gain(value: fmt.Number | None) -> Cell:
    """Return an amount gained or lost: sign and colour."""
    text = fmt.signed(value)
    return Cell(text, fmt.tone(value), text)


def change(fraction: fmt.Number | None) -> Cell:
    """Return a change as a percentage: triangle, sign and colour."""
    text, tone = fmt.percent(fraction), fmt.percent_tone(fraction)
    return Cell(fmt.with_triangle(text, tone), tone, text)


def prediction(horizon: Horizon | None, why: str) -> Cell:
    """Return a predicted move, its confidence and its mark; without one: no signal, and why."""
    drawn = prediction_parts(horizon, why)
    tone = drawn["tone"]
    parts = (fmt.with_triangle(drawn["move"], tone), drawn["confidence"], drawn["mark"])
    return Cell("  ".join(part for part in parts if part), tone, drawn)


def prediction_parts(horizon: Horizon | None, why: str) -> dict[str, str]:
    """Return what a delegate draws of a prediction, and its tone.

    A move nobody has shown any skill at is neither a gain nor a loss: sign and figure, no colour.
    """
    if horizon is None:
        words = f"{fmt.NO_SIGNAL}: {why}" if why else fmt.NO_SIGNAL
        return _parts(fmt.NO_SIGNAL, "", "", words, fmt.FAINT)
    text, confidence = fmt.percent(horizon.move), fmt.share(horizon.confidence, 0)
    proven = horizon.skill is Skill.PROVEN
    tone = fmt.percent_tone(horizon.move) if proven else fmt.FAINT
    words = f"confidence {confidence}, {MEANINGS[horizon.skill]}"
    return _parts(text, confidence, MARKS[horizon.skill], words, tone)


def _parts(move: str, confidence: str, mark: str, words: str, tone: str) -> dict[str, str]:
    return {"move": move, "confidence": confidence, "mark": mark, "words": words, "tone": tone}


def moment(at: datetime) -> Cell:
    """Return a New York time of day."""
    return Cell(fmt.clock(at), fmt.FAINT)


def horizon_columns(
    read: Callable[[R], Horizons], why: Callable[[R], str]
) -> tuple[Column[R], ...]:
    """Return the columns of the predictions after 15, 30 and 60 minutes; ``why`` one is missing."""
    return tuple(
        _horizon_column(read, why, place, title) for place, title in enumerate(_HORIZON_TITLES)
    )


_HORIZON_TITLES = ("15 min", "30 min", "60 min")


def _horizon_column(
    read: Callable[[R], Horizons], why: Callable[[R], str], place: int, title: str
) -> Column[R]:
    def cell(row: R) -> Cell:
        return prediction(read(row)[place], why(row))

    def sort(row: R) -> SortKey:
        horizon = read(row)[place]
        return None if horizon is None else sort_number(horizon.move)

    return Column(title, PREDICTION, cell, sort, f"prediction/{{key}}/{HORIZONS_MIN[place]}")
