"""What a model sees of a moment: figures of stored 15-minute bars, known when the last of them ended.

One function serves training, predictions and backtests. Every figure of a moment comes from bars
that had ended by then, none carries a price's level, and what the history does not hold is null.
Time is the exchange's: the bar before a session's first is the last of the session before.

They are computed in 64 bits and handed out in 32: LightGBM sorts each into at most 255 bins, so that
seven digits are more than it can use, and training needs half the memory.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import polars as pl

BAR_MIN = 15
"""Minutes of a bar, and between two moments of a session."""
MARKET = "SPY"
"""Whose return is the market's; where it has none, the mean of all symbols stands for it."""

RETURN_BARS = (1, 2, 4, 8, 26)
VOLATILITY_BARS = (8, 130)
STRENGTH_BARS = (4, 26)
RSI_BARS = 14
MACD_FAST, MACD_SLOW, MACD_SIGNAL = 12, 26, 9
BOLLINGER_BARS = 20
VOLUME_SESSIONS = 20
VOLUME_SESSIONS_MIN = 5

FEATURES: tuple[str, ...] = (
    *(f"return_{bars}" for bars in RETURN_BARS),
    *(f"volatility_{bars}" for bars in VOLATILITY_BARS),
    f"rsi_{RSI_BARS}",
    "macd_histogram",
    f"bollinger_{BOLLINGER_BARS}",
    "volume_z",
    "session_time",
    "gap",
    *(f"market_strength_{bars}" for bars in STRENGTH_BARS),
    *(f"sector_strength_{bars}" for bars in STRENGTH_BARS),
    "dispersion",
)
"""Their fixed order.

- ``return_n``: log return over n bars, nights included.
- ``volatility_n``: root of the mean square of the last n bars' log returns, nights left out; of at
  least three quarters of them (Andersen & Bollerslev, "Answering the Skeptics", 1998).
- ``rsi_14``: Wilder's relative strength index, 0 to 100 ("New Concepts in Technical Trading
  Systems", 1978).
- ``macd_histogram``: Appel's 12, 26, 9, divided by the price.
- ``bollinger_20``: distance from the mean of 20 closes in half widths of Bollinger's band (two
  standard deviations).
- ``volume_z``: log volume against those of the same quarter of an hour of the 20 sessions before,
  of at least 5, in standard deviations.
- ``session_time``: which share of the session has passed, 1 at its close.
- ``gap``: log return of the night before the session.
- ``market_strength_n``, ``sector_strength_n``: log return over n bars less the market's, and less
  the mean of the sector's other symbols.
- ``dispersion``: how far the sources' closes were apart, relative to the price.
"""

WARM_UP_SESSIONS = 21
"""Sessions before a moment's own that its figures look back upon; what is older changes no digit."""

_RECENT_SESSIONS = 6
"""Enough for the longest window, 130 bars, of which a half day may hold 14 instead of 26."""
_FADING_SESSIONS = 16
"""After 400 bars the slowest average keeps (25/27)^400 of what was before: nothing of 32 bits."""
_SHARE_MIN = 0.75
_FLAT = 1e-7
"""A spread of closes below this share of the price is rounding: there is no band to stand in."""
_BAR = timedelta(minutes=BAR_MIN)
_SECONDS_MAX = 1 << 40
"""Of a moment, since 1970."""
_PRICES = ("open", "high", "low", "close")
_CLOSE, _VOLUME, _MINUTE = pl.col("close"), pl.col("volume"), pl.col("minute")
_LOG = _CLOSE.log()


def feature_frame(bars: pl.DataFrame) -> pl.DataFrame:
    """Return the features of every moment at which a bar ended, sorted by moment and symbol.

    ``bars``: 15-minute bars adjusted for splits, one row per symbol and start, in any order:
    symbol, at (start, UTC), open, high, low, close, volume, session (date), minute (from the open to
    the bar's start), session_minutes, sector (null: unknown), dispersion (null: one source). A row
    without a close says that the bar is missing; so does no row within a session.

    Returns symbol, at (the bar's end: when all of it was known), session, price (the close) and
    ``FEATURES``.
    """
    grid = _grid(_sound(bars))
    own = grid.with_columns(**_recent(), **_fading(), **_same_time())
    return _finished(own.filter(_CLOSE.is_not_null()))


def features_at(bars: pl.DataFrame, moments: Collection[datetime]) -> pl.DataFrame:
    """Return the rows of ``feature_frame`` at these moments, quicker: for one after the other.

    A frame that holds ``WARM_UP_SESSIONS`` before the first of them is enough.
    """
    wanted = pl.col("at").is_in([moment - _BAR for moment in moments])
    there = _sound(bars.filter(wanted)).filter(_CLOSE.is_not_null())
    if there.is_empty():
        return feature_frame(bars.clear())
    sessions = bars["session"].unique().sort()
    first = sessions.index_of(there["session"].min()) or 0

    def back_to(count: int) -> pl.Expr:
        begun = sessions[max(0, first - count)]
        return pl.col("session").is_between(begun, there["session"].max())

    known = _sound(bars.filter(back_to(WARM_UP_SESSIONS)))
    fading = known.filter(back_to(_FADING_SESSIONS)).select("symbol", "at", "close")
    minutes = there["minute"].unique().to_list()
    parts = [
        _grid(known.filter(back_to(_RECENT_SESSIONS))).with_columns(**_recent()),
        _in_order(fading).select("at", "close", **_fading()),
        _grid(known, minutes).select("at", "close", **_same_time()),
    ]
    rows = [part.filter(wanted, _CLOSE.is_not_null()) for part in parts]
    own = pl.concat([rows[0], *(row.drop("at", "close") for row in rows[1:])], how="horizontal")
    return _finished(own)


def _sound(bars: pl.DataFrame) -> pl.DataFrame:
    """Take what cannot be a price, a volume or a spread for missing."""
    names = pl.Enum(bars["symbol"].unique().sort())  # numbers in the order of the names
    return bars.select(
        pl.col("symbol").cast(names),
        "at",
        "session",
        pl.col("minute", "session_minutes").cast(pl.Int32),
        "sector",
        *(_if(pl.col(name), pl.col(name) > 0).alias(name) for name in _PRICES),
        _if(_VOLUME, _VOLUME >= 0).alias("volume"),
        _if(pl.col("dispersion"), pl.col("dispersion") >= 0).alias("dispersion"),
    )


def _if(figure: pl.Expr, sound: pl.Expr) -> pl.Expr:
    figure = figure.cast(pl.Float64)
    return pl.when(figure.is_finite() & sound).then(figure)


def _grid(bars: pl.DataFrame, minutes: Collection[int] | None = None) -> pl.DataFrame:
    """Return one row for every bar of each symbol's sessions, so that rows count trading time.

    By symbol and time. Each symbol has the sessions that it has bars in: who else is there changes
    nothing. ``minutes``: only the bars that begin at these.
    """
    days = bars.select("symbol", "session", "session_minutes").unique(["symbol", "session"])
    length = pl.col("session_minutes")
    every = pl.int_ranges(0, length, BAR_MIN, dtype=pl.Int32)
    if minutes is not None:
        every = pl.lit(sorted(minutes), pl.List(pl.Int32))
        bars = bars.filter(_MINUTE.is_in(minutes))
    places = (
        days.sort("symbol", "session")
        .with_columns(minute=every)
        .explode("minute", empty_as_null=False)
        .filter(length > _MINUTE)
    )
    known = bars.drop("session_minutes")
    place = ["symbol", "session", "minute"]
    return places.join(known, on=place, how="left", maintain_order="left")


def _in_order(bars: pl.DataFrame) -> pl.DataFrame:
    """Return bars by symbol and time; looking is quicker than sorting what is sorted already."""
    place = pl.col("symbol").to_physical().cast(pl.Int64) * _SECONDS_MAX + pl.col("at").dt.epoch(
        "s"
    )
    ordered = bars.select(place.diff().gt(0).all()).item()
    return bars if ordered else bars.sort("symbol", "at")


def _recent() -> dict[str, pl.Expr]:
    """Return what looks back a fixed number of a symbol's bars."""
    figures = {
        **{f"return_{bars}": _LOG - _LOG.shift(bars) for bars in RETURN_BARS},
        **{f"volatility_{bars}": _volatility(bars) for bars in VOLATILITY_BARS},
        f"bollinger_{BOLLINGER_BARS}": _bollinger(),
        "gap": _gap(),
    }
    passed = (_MINUTE + BAR_MIN) / pl.col("session_minutes")
    return {name: one.over("symbol") for name, one in figures.items()} | {"session_time": passed}


def _fading() -> dict[str, pl.Expr]:
    """Return what never quite forgets a symbol's bars, and passes over those that are missing."""
    macd = _ewm(_CLOSE, MACD_FAST, MACD_SLOW) - _ewm(_CLOSE, MACD_SLOW, MACD_SLOW)
    histogram = (macd - _ewm(macd, MACD_SIGNAL, MACD_SIGNAL)) / _CLOSE
    return {
        f"rsi_{RSI_BARS}": _rsi().over("symbol"),
        "macd_histogram": histogram.over("symbol"),
    }


def _same_time() -> dict[str, pl.Expr]:
    """Return what looks at the same quarter of an hour of the sessions before."""
    return {"volume_z": _volume_z().over("symbol", "minute")}


def _ewm(figure: pl.Expr, span: int, at_least: int) -> pl.Expr:
    return figure.ewm_mean(span=span, min_samples=at_least, ignore_nulls=True)


def _volatility(bars: int) -> pl.Expr:
    # A session's first bar counts from its open: the night is the gap's.
    before = pl.when(_MINUTE == 0).then(pl.col("open").log()).otherwise(_LOG.shift(1))
    square = (_LOG - before) ** 2
    # Rolling sums leave rounding behind, which may be below zero.
    return square.rolling_mean(bars, min_samples=int(bars * _SHARE_MIN)).clip(0.0).sqrt()


def _rsi() -> pl.Expr:
    change = _CLOSE - _CLOSE.forward_fill().shift(1)
    gain, loss = (
        side.clip(0.0).ewm_mean(alpha=1 / RSI_BARS, min_samples=RSI_BARS, ignore_nulls=True)
        for side in (change, -change)
    )
    return 100.0 * gain / (gain + loss)


def _bollinger() -> pl.Expr:
    mean, spread = _CLOSE.rolling_mean(BOLLINGER_BARS), _CLOSE.rolling_std(BOLLINGER_BARS, ddof=0)
    return pl.when(spread > _FLAT * mean).then((_CLOSE - mean) / (2.0 * spread))


def _gap() -> pl.Expr:
    night = pl.col("open").log() - _LOG.shift(1)
    # Not a number holds the place of a night nobody knows, or yesterday's would be carried on.
    opened = pl.when(_MINUTE == 0).then(night.fill_null(float("nan")))
    return opened.forward_fill()


def _volume_z() -> pl.Expr:
    log = _VOLUME.log1p()
    earlier = log.shift(1)
    mean = earlier.rolling_mean(VOLUME_SESSIONS, min_samples=VOLUME_SESSIONS_MIN)
    spread = earlier.rolling_std(VOLUME_SESSIONS, min_samples=VOLUME_SESSIONS_MIN)
    return pl.when(spread > _FLAT).then((log - mean) / spread)


def _finished(own: pl.DataFrame) -> pl.DataFrame:
    """Add how each symbol fared beside market and sector, and return what is promised."""
    by_moment = own.sort("at", "symbol").with_columns(pl.col("symbol").cast(pl.String))
    figures = (pl.col(name).cast(pl.Float32) for name in FEATURES)
    return by_moment.with_columns(**_strengths()).select(
        "symbol",
        pl.col("at") + _BAR,
        "session",
        _CLOSE.alias("price"),
        *(pl.when(figure.is_finite()).then(figure) for figure in figures),
    )


def _strengths() -> dict[str, pl.Expr]:
    figures: dict[str, pl.Expr] = {}
    for bars in STRENGTH_BARS:
        change, sector = pl.col(f"return_{bars}"), pl.col("sector")
        others = _others(change).over("at", "sector")
        figures[f"market_strength_{bars}"] = change - _market(change)
        figures[f"sector_strength_{bars}"] = pl.when(sector.is_not_null()).then(change - others)
    return figures


def _market(change: pl.Expr) -> pl.Expr:
    # Decided moment by moment: that the market's symbol comes later must not be known before.
    market = pl.when(pl.col("symbol") == MARKET).then(change).max().over("at")
    everybody = pl.when(change.count() > 1).then(change.mean()).over("at")
    return pl.coalesce(market, everybody)


def _others(change: pl.Expr) -> pl.Expr:
    others = change.count() - 1
    return pl.when(others > 0).then((change.sum() - change) / others)
