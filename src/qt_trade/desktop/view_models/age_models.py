"""Where the figures of models and of the trainer come from."""

from dataclasses import replace

from qt_trade.contract import registry
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import words
from qt_trade.desktop.view_models.age_machine import of_document
from qt_trade.desktop.view_models.age_told import Told

_SCORE = {
    "hit_rate": "how often the predicted direction came, when the horizon had passed",
    "naive": "how often the baseline's direction came, on the same cases",
    "difference": "hit rate less the baseline's, in points, with its 95% interval",
    "cases": "predictions sealed before their outcome, whose horizon has passed",
    "brier": "mean square of probability less outcome; 0.25 is a coin's",
}


def score(desk: Snapshot, _part: str, figure: str) -> Told:
    """Return where a figure of the score-card comes from, and the chain that seals it."""
    told = desk.scorecard
    how = _SCORE.get(figure, "scored when each prediction's horizon has passed")
    found = of_document(desk, registry.ML_SCORECARD, how)
    if told is None:
        return found
    details = (
        ("Scored", f"{told.scored:,} of {told.sealed:,} sealed predictions"),
        ("Chain ends", told.head[:16] or words.NONE),
    )
    return replace(found, details=details)


def training(desk: Snapshot, _part: str, _figure: str) -> Told:
    """Return where the words of the trainer come from."""
    return of_document(desk, registry.ML_TRAINING_STATUS, "as the trainer says of itself")
