"""An order on its way past risk: the verdict together with what the journal keeps of it."""

from dataclasses import dataclass
from datetime import datetime

from qt_trade.model.limits import RiskLimits
from qt_trade.model.orders import Order, OrderOrigin
from qt_trade.model.verdicts import Approved, Refused
from qt_trade.trading.book import RiskBook
from qt_trade.trading.commands import Now, SubmitManual
from qt_trade.trading.events import Event, OrderApproved, OrderRefused, RiskJudged
from qt_trade.trading.ids import order_id_for
from qt_trade.trading.risk import judge, reserve_for


def manual_order(command: SubmitManual, at: datetime) -> Order:
    """Return the order a person asks for, made at a moment of wall time.

    Raises ValueError when what it names contradicts itself.
    """
    return Order(
        order_id=order_id_for(command.command_id, command.symbol, 0),
        symbol=command.symbol,
        side=command.side,
        quantity=command.quantity,
        order_type=command.order_type,
        limit_price=command.limit_price,
        time_in_force=command.time_in_force,
        stop_price=command.stop_price,
        trail_price=command.trail_price,
        trail_bp=command.trail_bp,
        extended_hours=command.extended_hours,
        order_class=command.order_class,
        exits=command.exits,
        origin=OrderOrigin.MANUAL,
        reason=f"manual order by {command.by}",
        created_at=at,
    )


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
