"""What is journalled and not yet done at the broker, in the order it came."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta

from qt_trade.model.orders import legs_of
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import Refused
from qt_trade.trading.book import MARKET_BUFFER_BP
from qt_trade.trading.commands import Now
from qt_trade.trading.events import OrderCanceled
from qt_trade.trading.steps import Cancel, Draft, Effect, Replace, Send

JUDGED_AGAIN_AFTER = timedelta(seconds=30)
"""An approval that has waited longer for the broker (wall time) is not acted on any more."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    effect: Effect
    since: Now
    price: float | None


class Outbox:
    """The effects that are released and not handed out."""

    def __init__(self) -> None:
        self._waiting: dict[int, _Waiting] = {}
        self._places: dict[str, int] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def unsent(self) -> AbstractSet[str]:
        """The ids of approved orders, their exits among them, that the broker has not been given."""
        return self._places.keys()

    def take(self, effects: Iterable[Effect], now: Now, quotes: Mapping[Symbol, Quote]) -> None:
        """Take effects in at the end; ``quotes``: what their orders were judged by."""
        for effect in effects:
            quote = None
            if not isinstance(effect, Cancel):
                quote = quotes.get(effect.approved.order.symbol)
                self._places.update(dict.fromkeys(_ids(effect), self._count))
            price = None if quote is None else quote.price
            self._waiting[self._count] = _Waiting(effect, now, price)
            self._count += 1

    def withdraw(self, order_ids: Iterable[str]) -> None:
        """Take back orders that were not handed out."""
        for order_id in order_ids:
            place = self._places.get(order_id)
            if place is not None:
                self._remove(place)

    def next(self, *, halted: bool) -> Effect | None:
        """Hand out the first effect that may go; an opening one may not while ``halted``."""
        found = self._first(halted=halted)
        return None if found is None else self._remove(found)

    def stale(
        self, now: Now, quotes: Mapping[Symbol, Quote], *, halted: bool
    ) -> Send | Replace | None:
        """Return what would be handed out next if its approval is not to be trusted any more.

        It has waited too long, or the price has run further than the approval reckoned with.
        """
        found = self._first(halted=halted)
        if found is None:
            return None
        waiting = self._waiting[found]
        if isinstance(waiting.effect, Cancel):
            return None
        quote = quotes.get(waiting.effect.approved.order.symbol)
        late = now.wall - waiting.since.wall > JUDGED_AGAIN_AFTER
        return waiting.effect if late or _ran(waiting.price, quote) else None

    def _first(self, *, halted: bool) -> int | None:
        for place, waiting in self._waiting.items():
            if isinstance(waiting.effect, Cancel) or not (halted and waiting.effect.opens):
                return place
        return None

    def _remove(self, place: int) -> Effect:
        effect = self._waiting.pop(place).effect
        if not isinstance(effect, Cancel):
            for order_id in _ids(effect):
                self._places.pop(order_id, None)
        return effect


def judge_again(draft: Draft, effect: Send | Replace) -> None:
    """Judge an unsent order on the account and the market of now; withdraw it when refused."""
    order, now = effect.approved.order, draft.now
    draft.withdrawn.add(order.order_id)
    verdict = draft.judge(order, draft.account.orders[order.order_id].command_id)
    if isinstance(verdict, Refused):
        words = f"it waited to be sent and would not pass any more: {verdict.because}"
        draft.add(
            OrderCanceled(at=now.wall, feed_at=now.feed, order_id=order.order_id, words=words)
        )
    elif isinstance(effect, Replace):
        draft.effects.append(Replace(effect.order_id, verdict, effect.opens))
    else:
        draft.send(verdict)


def _ids(effect: Send | Replace) -> tuple[str, ...]:
    order = effect.approved.order
    return (order.order_id, *(leg.order_id for leg in legs_of(order)))


def _ran(before: float | None, quote: Quote | None) -> bool:
    if before is None or quote is None:
        return False
    return abs(quote.price - before) * 10_000 > before * MARKET_BUFFER_BP
