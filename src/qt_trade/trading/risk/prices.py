"""Rules of the prices an order names: against slips of the finger."""

from collections.abc import Iterator
from dataclasses import dataclass

from qt_trade.model.money import MICRO, Usd, format_usd
from qt_trade.model.order_terms import OrderType
from qt_trade.model.orders import Side
from qt_trade.trading.risk.case import Case
from qt_trade.trading.risk.figures import dollars, percent
from qt_trade.trading.risk.rule import REDUCES, Finding, passed, refused, rule, within

_CENT = 10_000
STOP_REACH = 5
"""A stop, and the exits of a bracket, stand at most this many collars from the market."""


@rule("Price steps")
def price_tick(case: Case) -> Finding:
    """Every price is one the exchange knows: whole cents, below a dollar hundredths of one.

    US Regulation NMS, rule 612.
    """
    for name, price in _named(case):
        tick = _CENT if price >= MICRO else _CENT // 100
        if price % tick:
            return refused(f"{name} {format_usd(price)} is no multiple of {format_usd(Usd(tick))}")
    return passed("every price is one the exchange knows")


def _named(case: Case) -> Iterator[tuple[str, Usd]]:
    order, exits = case.order, case.order.exits
    named = [("limit", order.limit_price), ("stop", order.stop_price)]
    if exits is not None:
        named += [
            ("take-profit", exits.take_profit),
            ("stop-loss", exits.stop_loss),
            ("stop-loss limit", exits.stop_limit),
        ]
    for name, price in named:
        if price is not None:
            yield name, price


@dataclass(frozen=True, slots=True)
class _Bound:
    """A price that an order names, and the prices it must stand between."""

    name: str
    price: Usd
    low: Usd
    high: Usd | None

    @property
    def allowed(self) -> str:
        if self.high is None:
            return f"{dollars(self.low)} or more"
        return (
            f"{dollars(self.low)} to {dollars(self.high)}"
            if self.low
            else f"up to {dollars(self.high)}"
        )

    @property
    def kept(self) -> bool:
        return self.low <= self.price and (self.high is None or self.price <= self.high)


@rule("Price collar", "price_collar")
def price_collar(case: Case) -> Finding:
    """No price stands far beyond the market: further is taken for a slip of the finger.

    A limit may be worse than the last sound price by the collar; what an order at the market is
    reckoned to fill at, too. A stop and the exits of a bracket stand at most five collars away.
    """
    if case.reduces and case.order.limit_price is None and case.order.stop_price is None:
        return REDUCES
    mark = case.mark
    if mark is None:
        return refused(f"there is no price of {case.order.symbol} to hold the order against")
    bounds = list(_bounds(case, mark))
    far = next((bound for bound in bounds if not bound.kept), None)
    shown = far or next(iter(bounds), None)
    if shown is None:
        return passed("the order names no price")
    words = f"{shown.name} {dollars(shown.price)} against {dollars(mark)}"
    allowed = shown.allowed
    words = f"{words}: {percent(case.limits.price_collar)} allow {allowed}"
    return within(far is None, words, "choose a price nearer to the market",
                  dollars(shown.price), allowed)  # fmt: skip


def _bounds(case: Case, mark: Usd) -> Iterator[_Bound]:
    order, collar = case.order, case.limits.price_collar
    buys = order.side is Side.BUY
    low, high = _moved(mark, -collar), _moved(mark, collar)
    reach = min(STOP_REACH * collar, 1.0)
    far_low, far_high = _moved(mark, -reach), _moved(mark, reach)
    if order.stop_price is not None:
        yield _Bound("stop", order.stop_price, far_low, far_high)
        if order.limit_price is not None:
            at = order.stop_price
            name = "limit of the stop"
            yield _Bound(name, order.limit_price, _moved(at, -collar), _moved(at, collar))
    elif order.limit_price is not None:
        limit = order.limit_price
        yield _Bound("limit", limit, Usd(0), high) if buys else _Bound("limit", limit, low, None)
    elif order.order_type is OrderType.MARKET and case.price is not None:
        price = case.price
        yield _Bound("the market at", price, low, high)
    if order.trail_price is not None:
        yield _Bound("trail", order.trail_price, Usd(0), Usd(int(mark * reach)))
    for name, price in _exits(case):
        yield _Bound(name, price, far_low, far_high)


def _exits(case: Case) -> Iterator[tuple[str, Usd]]:
    exits = case.order.exits
    if exits is not None and exits.take_profit is not None:
        yield "take-profit", exits.take_profit
    if exits is not None and exits.stop_loss is not None:
        yield "stop-loss", exits.stop_loss


def _moved(price: Usd, share: float) -> Usd:
    return Usd(int(price * (1 + share)))
