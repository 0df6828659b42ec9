"""Bars of the contract as models, stores and strategies see them."""

from qt_trade.contract.payloads.market import Bar as BarPayload
from qt_trade.model.bars import Bar
from qt_trade.model.symbols import Symbol


def bar_of(payload: BarPayload) -> Bar:
    """Return a published bar as a value of the model."""
    return Bar(
        symbol=Symbol(payload.symbol),
        at=payload.at,
        interval_s=payload.interval_s,
        open=payload.open,
        high=payload.high,
        low=payload.low,
        close=payload.close,
        volume=payload.volume,
        bid=payload.bid,
        bid_size=payload.bid_size,
        ask=payload.ask,
        ask_size=payload.ask_size,
    )
