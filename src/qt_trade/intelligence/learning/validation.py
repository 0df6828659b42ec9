"""Judge on later sessions alone: purged and embargoed walk-forward.

M. Lopez de Prado, "Advances in Financial Machine Learning" (2018), chapter 7: a row whose outcome
reaches into the sessions judged on knows something of them; it is left out of the training (purged),
and so are rows that end within an embargo before. Folds are whole sessions, each judged by a model
that learnt from earlier ones only. Folds that also learn from later sessions, as in his 7.4, would
judge on noise a little below chance: what is up in the fold makes the rest look down.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from qt_trade.intelligence.learning.cases import Flags, Integers

LEARNT_FIRST = 0.4
"""The share of sessions learnt from before the first is judged."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Which rows are learnt from and which are judged. ``number`` from 1."""

    number: int
    learnt: Flags
    judged: Flags


def walk_forward(
    moment: Integers, session: Integers, horizon: timedelta, embargo: timedelta, folds: int
) -> Iterator[Fold]:
    """Yield the folds, oldest first.

    ``moment``: of decision, in microseconds. ``session``: their number, rising with time. A row is
    learnt from when its horizon ended an embargo before the first moment judged.
    """
    count = int(session.max()) + 1
    edges = np.linspace(int(count * LEARNT_FIRST), count, folds + 1).round().astype(np.int64)
    reach = (horizon + embargo) // timedelta(microseconds=1)
    for number in range(folds):
        judged = (session >= edges[number]) & (session < edges[number + 1])
        learnt = moment + reach <= moment[judged].min()
        yield Fold(number + 1, learnt, judged)
