"""An order on its way past risk: the verdict together with what the journal keeps of it."""

from dataclasses import dataclass
from datetime import datetime

from qt_trade.model.limits import RiskLimits
from qt_trade.model.orders import Order
from qt_trade.model.verdicts import Approved, Refused
from qt_trade.trading.book import RiskBook
from qt_trade.trading.commands import Now
from qt_trade.trading.events import Event, OrderApproved, OrderRefused, RiskJudged
from qt_trade.trading.risk import judge, reserve_for


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and its events, in the order of the journal."""

    verdict: Approved | Refused
    events: tuple[Event, ...]


def judge_order(
    order: Order,
    book: RiskBook,
    limits: RiskLimits,
    *,
    command_id: str,
    cycle: datetime | None,
    now: Now,
) -> Judged:
    """Judge an order and write down the verdict of every rule and what follows from it."""
    verdict = judge(order, book, limits)
    judged = RiskJudged(at=now.wall, feed_at=now.feed, order=order, verdicts=verdict.verdicts)
    follows: Event
    if isinstance(verdict, Approved):
        follows = OrderApproved(
            at=now.wall,
            feed_at=now.feed,
            order=order,
            command_id=command_id,
            reserved=reserve_for(order, book),
            worst_price=verdict.worst_price,
            opens=not book.reduces(order),
            cycle=cycle,
        )
    else:
        follows = OrderRefused(
            at=now.wall,
            feed_at=now.feed,
            order=order,
            command_id=command_id,
            because=verdict.because,
        )
    return Judged(verdict, (judged, follows))
