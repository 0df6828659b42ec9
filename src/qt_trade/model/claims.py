"""One checkable statement about a price, sealed before anybody can know whether it is right."""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from qt_trade.model.symbols import Symbol

AI_PREFIX = "ai:"
"""Begins the model id of every AI: ``ai:grok-4.3``."""
_ID_MAX = 80
_NO_ID = re.compile(r"[^A-Za-z0-9._:-]")


def ai_model_id(name: str) -> str:
    """Return the model id of an AI, whatever it calls itself: ``ai:hf.co-someone-a-model``."""
    return f"{AI_PREFIX}{_NO_ID.sub('-', name)}"[:_ID_MAX]


@dataclass(frozen=True, slots=True)
class Claim:
    """What one model says at ``at`` (feed time) of one symbol's price ``horizon_min`` later.

    ``prob_up``: the probability that the price is higher then, 0.5 where the model has no opinion.
    ``expected_return``: a simple return as a fraction. ``low``/``high``: prices between which the
    price will lie with 80 % probability. ``quantiles``: (level, price) pairs, levels ascending.
    ``learnt_until``: the newest moment of what the model was trained on; a claim about a moment
    that its model has seen is none. None, or empty: the model does not say, or learnt nothing.

    A claim whose horizon ends after the session's close finds no price and is never scored.
    Raises ValueError when a figure is not finite or out of its range, or a time has no zone.
    """

    model_id: str
    symbol: Symbol
    at: datetime
    horizon_min: int
    base_price: float
    prob_up: float
    expected_return: float | None = None
    low: float | None = None
    high: float | None = None
    quantiles: tuple[tuple[float, float], ...] = ()
    learnt_until: datetime | None = None

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise ValueError(f"{self.model_id} {self.symbol} {self.at}: {problem}")

    @property
    def due_at(self) -> datetime:
        """When it can be seen whether the claim was right (feed time)."""
        return self.at + timedelta(minutes=self.horizon_min)

    def _problem(self) -> str:
        levels = [level for level, _ in self.quantiles]
        prices = [price for _, price in self.quantiles]
        band = [price for price in (self.low, self.high) if price is not None]
        sound = {
            "the time has no zone": self.at.tzinfo is not None,
            "the horizon is shorter than a minute": self.horizon_min >= 1,
            "a price is not finite and positive": all(
                math.isfinite(price) and price > 0 for price in (self.base_price, *band, *prices)
            ),
            "prob_up is not between 0 and 1": 0 <= self.prob_up <= 1,
            "the expected return is not finite": self.expected_return is None
            or math.isfinite(self.expected_return),
            "low and high are no band": band == sorted(band) and len(band) != 1,
            "the quantiles do not ascend": levels == sorted(set(levels))
            and prices == sorted(prices)
            and all(0 < level < 1 for level in levels),
        }
        return ", ".join(words for words, well in sound.items() if not well)


@dataclass(frozen=True, slots=True)
class ClaimScore:
    """How right one claim was. Returns are simple, as fractions of its base price.

    ``session``: the trading day of ``at``. ``realised``: the return from the base price to
    ``outcome_price``; both None when the claim cannot be scored, and ``words`` say why.
    ``hit`` and ``naive_hit``: 1 for the right direction, 0 for the wrong one, 0.5 for no opinion;
    None where the price did not move. ``brier``: the squared error of ``prob_up``. ``pinball_bp``:
    the mean pinball loss over the quantiles, in basis points. ``covered``: whether the price lay
    in the 80 % band. ``edge_bp``: after costs; None for a claim that was not worth acting on.
    """

    claim_id: int
    session: date
    settled_at: datetime
    outcome_price: float | None = None
    realised: float | None = None
    hit: float | None = None
    naive_hit: float | None = None
    brier: float | None = None
    pinball_bp: float | None = None
    covered: bool | None = None
    edge_bp: float | None = None
    words: str = ""
