"""Buy what has fallen without a reason the model knows; sell when it has come back."""

from collections.abc import Iterator, Sequence

from qt_trade.model.money import usd
from qt_trade.model.orders import Side
from qt_trade.trading.sizing import shares_for
from qt_trade.trading.strategies.snapshot import Intent, Snapshot

NAME = "dip-buyer"

DIP_RSI = 30.0
BACK_RSI = 55.0
SPEND = usd(2_000)


def decide(snapshot: Snapshot) -> Sequence[Intent]:
    """Return what to buy and sell now."""
    return [*_exits(snapshot), *_entries(snapshot)]


def _exits(snapshot: Snapshot) -> Iterator[Intent]:
    for symbol, position in snapshot.held.items():
        reading = snapshot.technicals.get(symbol)
        if reading is not None and reading.rsi is not None and reading.rsi >= BACK_RSI:
            yield Intent(symbol, Side.SELL, position.quantity, f"it is back: RSI {reading.rsi:.0f}")


def _entries(snapshot: Snapshot) -> Iterator[Intent]:
    for symbol in snapshot.candidates:
        reading = snapshot.technicals.get(symbol)
        price = snapshot.buying_price(symbol)
        if symbol in snapshot.held or reading is None or reading.rsi is None or price is None:
            continue
        quantity = shares_for(SPEND, price, fractional=snapshot.settings.fractional)
        if reading.rsi <= DIP_RSI and quantity > 0:
            reason = f"it fell to RSI {reading.rsi:.0f}"
            yield Intent(symbol, Side.BUY, quantity, reason, strength=1 - reading.rsi / 100)
