"""Raw bars adjusted for splits, where days before and after one are compared."""

from collections.abc import Sequence
from dataclasses import replace

from qt_trade.market.calendar import NEW_YORK
from qt_trade.model.bars import Bar
from qt_trade.model.instruments import Split


def adjusted(bars: Sequence[Bar], splits: Sequence[Split]) -> list[Bar]:
    """Return raw bars as if every share had always been today's.

    Before a split of 4:1 prices are a quarter and volumes fourfold. Dividends change nothing.
    """
    found = []
    for bar in bars:
        day = bar.at.astimezone(NEW_YORK).date()
        later = 1.0
        for split in splits:
            later *= float(split.ratio) if split.ex_date > day else 1.0
        found.append(bar if later == 1.0 else _divided(bar, later))
    return found


def _divided(bar: Bar, later: float) -> Bar:
    return replace(
        bar,
        open=bar.open / later,
        high=bar.high / later,
        low=bar.low / later,
        close=bar.close / later,
        volume=round(bar.volume * later),
    )
