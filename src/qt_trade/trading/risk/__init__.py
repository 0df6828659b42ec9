"""The rules no order may break, each a small pure unit, and the only place that approves.

A rule answers in words and never fails silently: there is no ``try`` here. What a rule cannot
know (no quote, no price of a holding) is an objection. Rules hold for every origin of an order;
one that can only shrink a position passes the caps, because a cap must never keep anyone in.

``rule.py`` says what a rule is, ``case.py`` what it sees; the rules stand by family in
``gates``, ``market_rules``, ``prices``, ``holdings``, ``sums`` and ``pace``; ``judging`` lists and
asks them all.
"""

from qt_trade.trading.risk.judging import (
    RULES,
    judge,
    largest_quantity,
    reserve_for,
    verdicts_of,
)

__all__ = ["RULES", "judge", "largest_quantity", "reserve_for", "verdicts_of"]
