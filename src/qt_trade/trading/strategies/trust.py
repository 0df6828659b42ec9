"""Whose predictions are acted on: those of models that have shown skill."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from qt_trade.model.predictions import HorizonPrediction, Prediction, Skill
from qt_trade.model.symbols import Symbol


@dataclass(frozen=True, slots=True)
class Trust:
    """``unproven``: act on models without proven skill, too, which is for simulated money alone.

    ``way_out``: what a person may do to have that, in words; empty where nothing may be done.
    ``withdrawn``: ids of models that were taken out of use: what they said last still stands in
    the predictions until the next ones, and counts no more.
    """

    unproven: bool = False
    way_out: str = ""
    withdrawn: frozenset[str] = frozenset()

    def objection_to(self, horizon: HorizonPrediction) -> str | None:
        """Return why a prediction is not acted on; None when it is."""
        if horizon.model in self.withdrawn:
            return f"{horizon.model} was taken out of use"
        if self.unproven or horizon.skill is Skill.PROVEN:
            return None
        words = f"the model has not shown skill at {horizon.horizon_min} min: {horizon.skill.words}"
        return f"{words} ({self.way_out})" if self.way_out else words

    def trusted(self, predictions: Mapping[Symbol, Prediction]) -> Mapping[Symbol, Prediction]:
        """Return what of the predictions is acted on."""
        if self.unproven and not self.withdrawn:
            return predictions
        return dict(self._acted_on(predictions))

    def _acted_on(
        self, predictions: Mapping[Symbol, Prediction]
    ) -> Iterator[tuple[Symbol, Prediction]]:
        for symbol, prediction in predictions.items():
            kept = tuple(one for one in prediction.horizons if self.objection_to(one) is None)
            if kept:
                yield symbol, replace(prediction, horizons=kept)


PROVEN_ALONE = Trust()
"""What holds where nobody said otherwise: only proven models are traded on."""
