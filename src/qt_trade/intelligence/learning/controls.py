"""Two trainings that must find nothing: on shuffled labels, and on labels moved by a day.

Whatever beats naive where nothing can be known comes from the way of judging, not from the features.
"""

import numpy as np

from qt_trade.intelligence.learning.cases import Cases, Floats, Integers


def shuffled(cases: Cases, seed: int) -> Floats:
    """Return each session's outcomes taken from another, a rotation later, for other symbols.

    Whole moments move together, so that symbols rise and fall together as they did; what belongs to
    a session, a time of day or a symbol is torn from it. NaN where there is nothing to take.
    """
    random = np.random.default_rng(seed)
    grid, place = _grid(cases)
    sessions, moments, symbols = grid.shape
    order = random.permutation(sessions)
    # Every session takes from the next of a random circle: none keeps its own.
    source = np.empty(sessions, dtype=np.int64)
    source[order] = np.roll(order, 1)
    mixed = np.empty_like(grid)
    for session in range(sessions):
        turned = np.roll(grid[source[session]], int(random.integers(moments)), axis=0)
        mixed[session] = turned[:, random.permutation(symbols)]
    return mixed[cases.session, place, cases.symbol]


def moved(cases: Cases) -> Floats:
    """Return each row's outcome of the same moment one session later, NaN in the last session."""
    grid, place = _grid(cases)
    later = np.full_like(grid, np.nan)
    later[:-1] = grid[1:]
    return later[cases.session, place, cases.symbol]


def _grid(cases: Cases) -> tuple[Floats, Integers]:
    """Return outcomes by session, moment within it and symbol; and each row's moment within it."""
    begins = np.full(len(cases.sessions), np.iinfo(np.int64).max)
    np.minimum.at(begins, cases.session, cases.moment)
    # A session without its first bar begins a place late: one row in thousands, of a control.
    _, place = np.unique(cases.moment - begins[cases.session], return_inverse=True)
    shape = len(cases.sessions), int(place.max()) + 1, len(cases.symbols)
    grid = np.full(shape, np.nan)
    grid[cases.session, place, cases.symbol] = cases.wanted
    return grid, place.astype(np.int64)
