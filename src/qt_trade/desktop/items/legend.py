"""What the legend and the crosshair of a candle chart say. Pure words, no Qt."""

from qt_trade.desktop.items.study import Study
from qt_trade.desktop.items.time_axis import moment_words
from qt_trade.desktop.models import format as fmt

_PARTS = ("time", "open", "high", "low", "close", "volume", "ema", "vwap", "rsi")


def bar_words(drawn: Study, index: int) -> dict[str, str]:
    """Return the words of one bar; all missing where there is no bar (-1)."""
    if not 0 <= index < len(drawn):
        return dict.fromkeys(_PARTS, fmt.MISSING) | {"tone": fmt.OFF}
    bars = drawn.bars
    open_, close = float(bars.open[index]), float(bars.close[index])
    return {
        "time": moment_words(float(drawn.local_s[index]), drawn.minutes),
        "open": fmt.price(open_),
        "high": fmt.price(float(bars.high[index])),
        "low": fmt.price(float(bars.low[index])),
        "close": fmt.price(close),
        "volume": fmt.volume(int(bars.volume[index])),
        "ema": fmt.price(float(drawn.ema[index])),
        "vwap": fmt.price(float(drawn.vwap[index])),
        "rsi": fmt.number(float(drawn.rsi[index]), 1),
        "tone": fmt.GAIN if close >= open_ else fmt.LOSS,
    }


def time_words(drawn: Study, slot: int) -> str:
    """Return the time of a place on the axis, also where there is no bar; there must be some."""
    return moment_words(drawn.local_at(slot), drawn.minutes)
