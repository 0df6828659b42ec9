"""What risk said about an order; a broker takes only what was approved."""

from dataclasses import dataclass

from qt_trade.model.money import Usd
from qt_trade.model.orders import Order


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """One rule's answer in words; ``passed`` False means the order may not leave.

    ``value`` of ``limit``: the figures alone, where there are any. ``warns``: it passed, and a
    person should know this before sending. ``setting``: the document and field that set the limit,
    empty where there is none.
    """

    rule: str
    passed: bool
    words: str
    value: str = ""
    limit: str = ""
    warns: bool = False
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Approved:
    """An order every rule let pass.

    Built only by ``trading.risk``, and by ``trading.leaving`` for the way out without an engine (a
    test holds that).

    ``worst_price``: a market order that opens must not be filled beyond it, because the caps were
    reckoned with it; None where a limit says so, or where leaving matters more than the price.
    """

    order: Order
    verdicts: tuple[RuleVerdict, ...]
    worst_price: Usd | None


@dataclass(frozen=True, slots=True)
class Refused:
    """An order at least one rule objected to; ``because`` is the first objection."""

    order: Order
    verdicts: tuple[RuleVerdict, ...]
    because: str
