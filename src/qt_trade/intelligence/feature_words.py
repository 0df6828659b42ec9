"""Features in plain words, for a person who asks why."""

import re

from qt_trade.intelligence.features import BAR_MIN

_HOUR_MIN = 60
_NAMES = {
    "return": "its way over {span}: {value:+.2%}",
    "volatility": "how much it moves in a bar, over {span}: {value:.2%}",
    "market_strength": "against the market, over {span}: {value:+.2%}",
    "sector_strength": "against its sector, over {span}: {value:+.2%}",
    "rsi": "strength of its rises against its falls (RSI 14): {value:.0f} of 100",
    "macd_histogram": "whether its trend gains speed (MACD): {value:+.3%} of the price",
    "bollinger": "place in Bollinger's band: {value:+.2f}, its edges are at -1 and +1",
    "volume_z": "volume for this time of day: {value:+.1f} standard deviations",
    "session_time": "time of the session: {value:.0%} has passed",
    "gap": "the night before this session: {value:+.2%}",
    "dispersion": "how far its sources are apart: {value:.2%}",
}
_COUNTED = re.compile(r"(?P<stem>.+)_(?P<bars>\d+)")


def feature_in_words(name: str, value: float | None) -> str:
    """Return what a feature says at a moment; None: its history does not hold it."""
    counted = _COUNTED.fullmatch(name)
    stem, bars = (name, 0) if counted is None else (counted["stem"], int(counted["bars"]))
    if stem not in _NAMES:
        return f"{name}: {'not known' if value is None else f'{value:g}'}"
    if value is None:
        told = _NAMES[stem].partition(": {value")[0]
        return f"{told.format(span=_span(bars))}: not known"
    return _NAMES[stem].format(span=_span(bars), value=value)


def _span(bars: int) -> str:
    minutes = bars * BAR_MIN
    if minutes < _HOUR_MIN:
        return f"{minutes} minutes"
    if minutes == _HOUR_MIN:
        return "an hour"
    return f"{minutes / _HOUR_MIN:g} hours of trading"
