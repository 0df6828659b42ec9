"""The floor of ``bench ml``: what a plain script with polars and LightGBM does, and no more.

It computes the same figures from whole histories, without a care for missing bars, prices that cannot
be, or half days; it fits one booster a horizon, without any judgement.
"""

from collections.abc import Sequence

import lightgbm
import numpy as np
import numpy.typing as npt
import polars as pl

from qt_trade.bench.ml_bars import HORIZONS_MIN, SEED
from qt_trade.intelligence.features import BAR_MIN, MARKET

ROUNDS = 60
_SESSIONS = 22
_CLOSE = pl.col("close")
_STRENGTHS = (4, 26)


def plain_features(bars: pl.DataFrame) -> pl.DataFrame:
    """Return the features of every row of bars that are whole and in order."""
    log, change = _CLOSE.log(), _CLOSE.diff()
    square = (log - log.shift(1)) ** 2
    gain, loss = (one.clip(0.0).ewm_mean(alpha=1 / 14) for one in (change, -change))
    macd = _CLOSE.ewm_mean(span=12) - _CLOSE.ewm_mean(span=26)
    volume = pl.col("volume").log1p()
    own = bars.with_columns(
        *((log - log.shift(n)).over("symbol").alias(f"return_{n}") for n in (1, 2, 4, 8, 26)),
        *(square.rolling_mean(n).sqrt().over("symbol").alias(f"volatility_{n}") for n in (8, 130)),
        rsi=(100 * gain / (gain + loss)).over("symbol"),
        macd=((macd - macd.ewm_mean(span=9)) / _CLOSE).over("symbol"),
        bollinger=((_CLOSE - _CLOSE.rolling_mean(20)) / _CLOSE.rolling_std(20)).over("symbol"),
        volume_z=(
            (volume - volume.shift(1).rolling_mean(20)) / volume.shift(1).rolling_std(20)
        ).over("symbol", "minute"),
        gap=(pl.col("open").log() - log.shift(1)).first().over("symbol", "session"),
        passed=pl.col("minute") / pl.col("session_minutes"),
    )
    returns = {n: pl.col(f"return_{n}") for n in _STRENGTHS}
    market = pl.col("symbol") == MARKET
    return own.with_columns(
        *((one - one.mean().over("at", "sector")).alias(f"by_{n}") for n, one in returns.items()),
        *(
            (one - one.filter(market).first().over("at")).alias(f"of_{n}")
            for n, one in returns.items()
        ),
    )


def plain_columns(frame: pl.DataFrame) -> list[str]:
    """Return which columns of ``plain_features`` are features."""
    own = frame.columns[frame.columns.index("return_1") :]
    return [name for name in own if not name.startswith("target")]


def plain_train(bars: pl.DataFrame) -> list[lightgbm.Booster]:
    """Fit one booster a horizon on all rows."""
    frame = plain_features(bars)
    names = plain_columns(frame)
    boosters = []
    for horizon_min in HORIZONS_MIN:
        later = _CLOSE.shift(-horizon_min // BAR_MIN).over("symbol", "session")
        known = frame.with_columns(up=(later > _CLOSE)).drop_nulls("up")
        rows = known.select(names).to_numpy()
        boosters.append(_fit(rows, known["up"].cast(pl.Float64).to_numpy()))
    return boosters


def _fit(rows: npt.NDArray[np.float64], wanted: npt.NDArray[np.float64]) -> lightgbm.Booster:
    settings = {
        "objective": "binary",
        "num_leaves": 15,
        "learning_rate": 0.05,
        "max_bin": 63,
        "seed": SEED,
        "num_threads": 1,
        "verbosity": -1,
    }
    return lightgbm.train(settings, lightgbm.Dataset(rows, wanted), num_boost_round=ROUNDS)


def plain_predict(bars: pl.DataFrame, boosters: Sequence[lightgbm.Booster]) -> int:
    """Make features of the newest moment and ask every booster; return how many answers there are."""
    sessions = bars["session"].unique().sort()
    near = bars.filter(pl.col("session") >= sessions[-_SESSIONS])
    frame = plain_features(near).filter(pl.col("at") == bars["at"].max())
    rows = frame.select(plain_columns(frame)).to_numpy()
    return sum(len(np.asarray(one.predict(rows, num_threads=1))) for one in boosters)
