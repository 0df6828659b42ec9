"""The way of each order that is open, step by step, for ``backend:active_orders``."""

from collections.abc import Mapping

from qt_trade.contract.payloads.portfolio import OrderStep
from qt_trade.contract.payloads.results import OrderEvent

STEPS_KEPT = 12
"""Of one order; a large one may be filled in very many parts, and its beginning counts, too."""
_BEGINNING = 4
_NAMES: Mapping[str, str] = {
    "sent": "sent",
    "held": "held",
    "unknown": "unknown",
    "acknowledged": "accepted",
    "activated": "accepted",
    "triggered": "triggered",
    "filled": "filled",
    "cancel asked": "cancel asked",
    "replace asked": "change asked",
}


class OrderWays:
    """Takes the lines of ``order_life``, oldest first; an order that ends is forgotten."""

    def __init__(self) -> None:
        self._ways: dict[str, tuple[OrderStep, ...]] = {}

    def take(self, line: OrderEvent) -> None:
        """Take in one line."""
        if not line.status.open:
            self._ways.pop(line.order_id, None)
            return
        before = self._ways.get(line.order_id, ())
        way = (*before, *_steps(line))
        if len(way) > STEPS_KEPT:
            way = (*way[:_BEGINNING], *way[_BEGINNING - STEPS_KEPT :])
        self._ways[line.order_id] = way

    def of(self, order_id: str) -> tuple[OrderStep, ...]:
        """Return an order's steps so far, oldest first."""
        return self._ways.get(order_id, ())


def _steps(line: OrderEvent) -> tuple[OrderStep, ...]:
    if line.event == "approved":
        # One entry of the journal: the order is in it together with every verdict.
        decided = OrderStep(name="decided", at=line.feed_ts, words=line.words)
        return decided, OrderStep(name="checked", at=line.feed_ts, words="every rule passed")
    name = _NAMES.get(line.event)
    return () if name is None else (OrderStep(name=name, at=line.feed_ts, words=line.words),)
