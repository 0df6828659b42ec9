"""What open orders may still buy, sell and cost together, nothing of it counted twice.

Of the exits of one position only one can fill, so that a pair claims its shares once, and while
its entry is not filled no more than what that has filled. An order and the one that is to take its
place claim the larger of the two.
"""

from collections.abc import Mapping

from qt_trade.model.money import Usd
from qt_trade.model.order_terms import OrderClass, Side
from qt_trade.model.orders import OrderStatus
from qt_trade.model.shares import NO_SHARES, Shares
from qt_trade.trading.order_state import OrderState


def shares_claimed(orders: Mapping[str, OrderState], side: Side) -> Shares:
    """Return the shares that open orders may still trade on one side; all are of one symbol."""
    paired: set[str] = set()
    total = NO_SHARES
    for state in orders.values():
        if not state.status.open or state.order.side is not side:
            continue
        after, pair = successor_of(orders, state), pair_of(state)
        if after is not None:
            total += max(state.remaining - after.remaining, NO_SHARES)
        elif pair is None:
            total += state.remaining
        elif pair not in paired:
            paired.add(pair)
            total += _pair_claim(orders, state, pair)
    return total


def cash_claimed(orders: Mapping[str, OrderState], *, opening: bool) -> Usd:
    """Return the cash that open orders may still cost, of all or of ``opening`` ones alone."""
    total = 0
    for state in orders.values():
        if state.reserved and state.status.open and (state.opens or not opening):
            after = successor_of(orders, state)
            total += state.cost_left if after is None else _beyond(state, after)
    return Usd(total)


def successor_of(orders: Mapping[str, OrderState], state: OrderState) -> OrderState | None:
    """Return the open order that is to take an open one's place, None where there is none."""
    after = None if state.replaced_by is None else orders.get(state.replaced_by)
    return after if after is not None and after.status.open else None


def _beyond(state: OrderState, after: OrderState) -> int:
    return max(state.cost_left - after.cost_left, 0)


def pair_of(state: OrderState) -> str | None:
    """Return the id of the order whose exits a state is one of, None for every other order."""
    order = state.order
    if order.parent_id is not None:
        return order.parent_id
    return order.order_id if order.order_class is OrderClass.OCO else None


def _pair_claim(orders: Mapping[str, OrderState], first: OrderState, pair: str) -> Shares:
    exits = [state for state in orders.values() if pair_of(state) == pair]
    left = [state for state in exits if state.status.open]
    sold = sum((state.filled for state in exits), NO_SHARES)
    covered = max(state.order.quantity for state in left)
    entry = orders.get(pair)
    waits = all(state.status is OrderStatus.HELD for state in left)
    if waits and entry is not None and entry is not first and entry.status.open:
        covered = entry.filled
    return max(covered - sold, NO_SHARES)
