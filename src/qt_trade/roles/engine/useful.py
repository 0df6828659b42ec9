"""What of the engine's steps is useful work, in words."""

from qt_trade.model.shares import format_shares
from qt_trade.roles.work import Work
from qt_trade.trading import events as e
from qt_trade.trading.steps import Step


class UsefulSteps:
    """Notes every step that did something for somebody."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def on_step(self, step: Step) -> None:
        """Hear of a step that is in the journal."""
        words = words_of(step)
        if words:
            self._work.done(words)


def words_of(step: Step) -> str:
    """Return the most telling thing a step did, empty when it did nothing.

    What came of a command says more than that it was answered.
    """
    telling = sorted(step.events, key=lambda event: isinstance(event, e.CommandAnswered))
    return next((words for event in telling if (words := _event_words(event))), "")


def _event_words(event: e.Event) -> str:
    match event:
        case e.CycleFinished(report=report):
            return (
                f"cycle {report.number}: {report.orders} orders of {report.candidates} candidates"
            )
        case e.CommandAnswered(name=name, accepted=accepted):
            return f"{name} {'carried out' if accepted else 'refused'}"
        case e.OrderFilled(fill=fill):
            return f"fill of {format_shares(fill.quantity)} {fill.symbol}"
        case e.OrderAcknowledged(order_id=order_id):
            return f"order {order_id} is at the broker"
        case e.OrderCanceled(order_id=order_id) | e.OrderExpired(order_id=order_id):
            return f"order {order_id} ended"
        case _:
            return ""
