"""The rows a training learns from and is judged on, as columns of numbers in order of time."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from qt_trade.intelligence.learning.trained import NotEnoughDataError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Inputs = npt.NDArray[np.float32]

SESSIONS_MIN = 25
"""With fewer, no ten sessions are left to judge by, and less makes no interval."""
ROWS_MIN = 500


@dataclass(frozen=True, slots=True)
class Cases:
    """One row per symbol and moment of decision, sorted by moment, then symbol.

    ``inputs``: features, NaN for what is not known. ``wanted``: log return to the horizon's end.
    ``volatility`` of one bar. ``moment``: microseconds since 1970. ``session`` and ``symbol``: their
    places in ``sessions`` and ``symbols``.
    """

    inputs: Inputs
    wanted: Floats
    volatility: Floats
    moment: Integers
    session: Integers
    symbol: Integers
    sessions: tuple[date, ...]
    symbols: tuple[str, ...]
    first: datetime
    last: datetime

    def __len__(self) -> int:
        return len(self.wanted)

    def hash(self) -> str:
        """Return the sha256 of every number in it, in hex."""
        state = hashlib.sha256("\n".join(self.symbols).encode())
        for column in (self.symbol, self.moment, self.inputs, self.wanted, self.volatility):
            state.update(np.ascontiguousarray(column).data)
        return state.hexdigest()


def gather(
    frame: pl.DataFrame, target: str, features: tuple[str, ...], volatility: tuple[str, ...]
) -> Cases:
    """Return the rows of a feature frame whose target and volatility are known.

    Raises NotEnoughDataError below SESSIONS_MIN sessions or ROWS_MIN rows.
    """
    rows = frame.filter(pl.col(target).is_finite() & (volatility_of(volatility) > 0)).sort(
        "at", "symbol"
    )
    sessions, symbols = (rows[name].unique().sort() for name in ("session", "symbol"))
    if len(sessions) < SESSIONS_MIN:
        raise NotEnoughDataError(
            f"not enough data yet: {len(sessions)} of {SESSIONS_MIN} sessions with a known outcome"
        )
    if len(rows) < ROWS_MIN:
        raise NotEnoughDataError(f"not enough data yet: {len(rows)} of {ROWS_MIN} rows")
    return Cases(
        inputs=matrix(rows, features),
        wanted=_floats(rows, pl.col(target)),
        volatility=_floats(rows, volatility_of(volatility)),
        moment=rows["at"].dt.epoch("us").to_numpy(),
        session=sessions.search_sorted(rows["session"]).cast(pl.Int64).to_numpy(),
        symbol=symbols.search_sorted(rows["symbol"]).cast(pl.Int64).to_numpy(),
        sessions=tuple(sessions),
        symbols=tuple(symbols),
        first=rows["at"][0],
        last=rows["at"][-1],
    )


def volatility_of(columns: tuple[str, ...]) -> pl.Expr:
    """Return the geometric mean of the known volatilities of a row, null where none is.

    A short and a long one together told the spread of real and of simulated returns better than
    either alone (docs/guide/intelligence-method.md has the figures).
    """
    known = (pl.col(name).cast(pl.Float64) for name in columns)
    # Not a number is above zero to polars.
    sound = (pl.when((one > 0) & one.is_finite()).then(one.log()) for one in known)
    return pl.mean_horizontal(sound).exp()


def matrix(rows: pl.DataFrame, features: tuple[str, ...]) -> Inputs:
    """Return the features as LightGBM takes them: one column each, NaN for what is not known."""
    columns = rows.select(pl.col(name).cast(pl.Float32) for name in features)
    return np.ascontiguousarray(columns.to_numpy())


def _floats(rows: pl.DataFrame, column: pl.Expr) -> Floats:
    return rows.select(column.cast(pl.Float64)).to_series().to_numpy()
