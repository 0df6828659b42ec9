"""Stop loss and take profit of a position, the same for every strategy."""

from qt_trade.model.money import to_float
from qt_trade.model.portfolio import Position
from qt_trade.model.presets import StrategySettings
from qt_trade.model.quotes import Quote


def gain_of(position: Position, quote: Quote) -> float:
    """Return the position's gain if it were sold at the bid, as a fraction of its cost."""
    price = quote.price if quote.bid is None else quote.bid
    return price * float(position.quantity) / to_float(position.cost) - 1


def stop_reached(gain: float, settings: StrategySettings) -> str | None:
    """Return which distance from the average price was reached, None while neither was."""
    if gain <= -settings.stop_loss:
        return f"stop loss: {gain:+.2%}, the limit is {-settings.stop_loss:+.2%}"
    if gain >= settings.take_profit:
        return f"take profit: {gain:+.2%}, the aim is {settings.take_profit:+.2%}"
    return None
