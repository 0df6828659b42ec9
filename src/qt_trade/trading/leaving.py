"""The way out past the engine: orders that close what a broker holds.

Their ids are those the engine would give them, so that nothing is doubled when it returns.
"""

from collections.abc import Mapping

from qt_trade.model.broker_account import BrokerAccount, BrokerPosition
from qt_trade.model.orders import Order, OrderOrigin, OrderType, Side, TimeInForce
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import Approved, RuleVerdict
from qt_trade.trading.commands import Now
from qt_trade.trading.ids import order_id_for

RULE = "only_closes"
"""The one rule that is left without an engine: nothing but what is held is closed."""


def exits(
    command_id: str, reason: str, theirs: BrokerAccount, tried: Mapping[Symbol, int], now: Now
) -> tuple[Approved, ...]:
    """Return the approved market orders that close every position of a broker's account.

    ``tried``: the closing orders of this command that each symbol has had. An order is for what
    the broker holds, on the side that leaves it: it cannot open anything.
    """
    return tuple(
        _exit(command_id, reason, position, tried.get(symbol, 0), now)
        for symbol, position in sorted(theirs.positions.items())
        if position.quantity
    )


def _exit(
    command_id: str, reason: str, position: BrokerPosition, attempt: int, now: Now
) -> Approved:
    held = position.quantity
    order = Order(
        order_id=order_id_for(command_id, position.symbol, attempt),
        symbol=position.symbol,
        side=Side.SELL if held > 0 else Side.BUY,
        quantity=abs(held),
        order_type=OrderType.MARKET,
        limit_price=None,
        time_in_force=TimeInForce.DAY,
        origin=OrderOrigin.EMERGENCY,
        reason=reason,
        created_at=now.wall,
    )
    words = f"closes the {held} shares that the broker holds"
    verdict = RuleVerdict(rule=RULE, passed=True, words=words)
    return Approved(order=order, verdicts=(verdict,), worst_price=None)
