"""What is predicted of one symbol, in words: by whom, with which skill, until when."""

from dataclasses import dataclass
from datetime import datetime

from qt_trade.contract.payloads.predictions import Horizon, SymbolPrediction
from qt_trade.desktop.models import cells, rows
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.skills import MARKS, MEANINGS
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import words
from qt_trade.desktop.view_models.scorecard import NOT_YET, missing
from qt_trade.model.predictions import HORIZONS_MIN, Skill

GRACE_S = 10.0
"""So long (wall) the next prediction may take to be made before the last one counts as expired."""
DRAWN_MAX_MIN = 15
"""On charts of longer bars an hour ahead is too narrow to be seen."""
PROVEN = "proven"


@dataclass(frozen=True, slots=True)
class OutlookWords:
    """What the chart's legend says of the prediction; ``band``: what is drawn, empty for none."""

    band: str = ""
    words: str = ""
    tone: str = "faint"
    proven: bool = False


def outlook_words(desk: Snapshot, wall: datetime, symbol: str, minutes: int) -> OutlookWords:
    """Return the prediction of a symbol for a chart of bars of so many minutes."""
    made = _of(desk, symbol)
    horizons = [] if made is None else [one for _, one in predicted(made)]
    if made is None or not horizons:
        return OutlookWords(words=f"no prediction: {unpredicted(desk, made) or 'no signal'}")
    if minutes > DRAWN_MAX_MIN:
        return OutlookWords(words="prediction: drawn on the intervals up to 15m")
    halves = any(one.low_50 is not None for one in horizons)
    until, tone = _until(desk, wall)
    # Who it is comes last: where there is no room, the names are cut and not the time it ends.
    parts = (_skills(made), until, authors(made))
    return OutlookWords(
        band="50% and 90% band" if halves else "90% band",
        words=" · ".join(part for part in parts if part),
        tone=tone,
        proven=not is_old(desk, wall) and any(one.skill is Skill.PROVEN for one in horizons),
    )


def is_old(desk: Snapshot, wall: datetime) -> bool:
    """Return whether what was predicted has expired, or nothing newer can come: colours go."""
    if not desk.connected:
        return True
    now, current, status = desk.feed_now(wall), desk.predictions, desk.market_status
    if now is None or current is None or status is None:
        return False
    return (now - current.next_feed_ts).total_seconds() > GRACE_S * status.clock.speed


def unpredicted(desk: Snapshot, made: SymbolPrediction | None) -> str:
    """Return why a horizon of a symbol is missing; empty where nobody says."""
    if made is not None:
        return made.words
    if desk.predictions is None:
        return "none has been made yet"
    return "this symbol was not predicted"


def authors(made: SymbolPrediction) -> str:
    """Return who predicts a symbol, the nearest horizon's first."""
    return ", ".join(dict.fromkeys(one.model for _, one in predicted(made)))


def predicted(made: SymbolPrediction) -> list[tuple[int, Horizon]]:
    """Return the horizons there are, by their minutes; one that nobody agreed on is none."""
    every = ((minutes, made.horizons.get(str(minutes))) for minutes in HORIZONS_MIN)
    return [(minutes, one) for minutes, one in every if one is not None]


def details(desk: Snapshot, minutes: int, horizon: Horizon) -> tuple[tuple[str, str], ...]:
    """Return what is to be known of one horizon beside its move."""
    low, high = horizon.low_50, horizon.high_50
    half = "" if low is None or high is None else f"{words.money(low)} to {words.money(high)}"
    shown = (
        ("50% band", half),
        ("90% band", f"{words.money(horizon.low)} to {words.money(horizon.high)}"),
        ("Confidence", words.plain_percent(horizon.confidence, places=0)),
        ("Skill", MEANINGS[horizon.skill]),
        ("Score", _score(desk, minutes, horizon.model)),
    )
    return tuple(pair for pair in shown if pair[1])


def _score(desk: Snapshot, minutes: int, model: str) -> str:
    """Return what a model has shown at a horizon; empty where it was not scored."""
    lines = () if desk.scorecard is None else desk.scorecard.lines
    line = next(
        (one for one in lines if one.horizon_min == minutes and one.model_id == model), None
    )
    if line is None:
        return ""
    if line.hit_rate is None or line.naive_hit_rate is None or line.difference is None:
        return f"{NOT_YET}, {missing(line)}"
    points = line.difference
    return (
        f"{line.hit_rate:.1%} right, {line.naive_hit_rate:.1%} by doing nothing: "
        f"{fmt.signed(points.value, 1)} points ({fmt.number(points.low, 1)} to "
        f"{fmt.number(points.high, 1)}), {words.count(line.cases, 'case')}"
    )


def horizons_of(made: SymbolPrediction | None) -> rows.Horizons:
    """Return what is predicted after 15, 30 and 60 minutes, as the tables take it."""
    first, second, third = (_row(made, minutes) for minutes in HORIZONS_MIN)
    return first, second, third


def horizon_cells(desk: Snapshot, symbol: str) -> tuple[dict[str, str], ...]:
    """Return what a cell shows of each horizon: move, confidence, mark, words, tone."""
    made = _of(desk, symbol)
    why = unpredicted(desk, made)
    return tuple(cells.prediction_parts(one, why) for one in horizons_of(made))


def _of(desk: Snapshot, symbol: str) -> SymbolPrediction | None:
    return None if desk.predictions is None else desk.predictions.symbols.get(symbol)


def _row(made: SymbolPrediction | None, minutes: int) -> rows.Horizon | None:
    one = None if made is None else made.horizons.get(str(minutes))
    return None if one is None else rows.Horizon(one.change_pct / 100, one.confidence, one.skill)


def _skills(made: SymbolPrediction) -> str:
    """Return each skill with its horizons; one that all share is said once."""
    by_skill: dict[str, list[str]] = {}
    for minutes, one in predicted(made):
        by_skill.setdefault(_skill(one), []).append(str(minutes))
    if len(by_skill) == 1:
        return next(iter(by_skill))
    return ", ".join(f"{skill} at {_listed(at)} min" for skill, at in by_skill.items())


def _skill(horizon: Horizon) -> str:
    return MARKS[horizon.skill] or PROVEN


def _listed(minutes: list[str]) -> str:
    *most, last = minutes
    return f"{', '.join(most)} and {last}" if most else last


def _until(desk: Snapshot, wall: datetime) -> tuple[str, str]:
    current = desk.predictions
    if current is None:
        return "", "faint"
    if not desk.connected:
        return f"stale since {words.clock(desk.stale_at)}", "warn"
    until = words.minute(current.next_feed_ts)
    if is_old(desk, wall):
        return f"expired {until}, none has come since", "warn"
    return f"until {until}", "faint"
