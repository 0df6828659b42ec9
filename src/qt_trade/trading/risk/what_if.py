"""What the account would be after an order, reckoned with the figures the rules use."""

from dataclasses import dataclass

from qt_trade.model.limits import RiskLimits
from qt_trade.model.money import ZERO, Usd
from qt_trade.model.orders import Order, Side
from qt_trade.model.shares import SHARES_MAX, Shares, value_of
from qt_trade.model.symbols import Symbol
from qt_trade.model.verdicts import RuleVerdict
from qt_trade.trading.book import RiskBook
from qt_trade.trading.risk.case import Case
from qt_trade.trading.risk.judging import largest_quantity, verdicts_of

_BP = 10_000


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The account after a fill at the worst price reckoned with; None for want of a price.

    ``cost``: cash that goes, negative for cash that comes; ``commission`` is part of it.
    ``free_cash_after`` counts what open orders may still need; the weights count them, too.
    ``loss_at_stop``: what the stop of a bracket would lose at most, commissions included.
    """

    cost: Usd | None
    commission: Usd
    slippage_bp: float | None
    free_cash_after: Usd | None
    free_cash_after_weight: float | None
    weight_before: float | None
    weight_after: float | None
    sector: str
    sector_before: float | None
    sector_after: float | None
    loss_at_stop: Usd | None
    largest_quantity: Shares


def what_if(
    order: Order, book: RiskBook, limits: RiskLimits
) -> tuple[tuple[RuleVerdict, ...], WhatIf]:
    """Return what every rule says to an order, and what it would do to the account."""
    case = Case(book, limits, order)
    commission = book.costs.commission(order.quantity)
    cost = _cost(case, commission)
    free = None if cost is None else Usd(book.free_cash() - cost)
    own = frozenset({order.symbol})
    alike = own if case.sector is None else case.of_sector(case.sector)
    return verdicts_of(order, book, limits), WhatIf(
        cost=cost,
        commission=commission,
        slippage_bp=_slippage_bp(case),
        free_cash_after=free,
        free_cash_after_weight=_weight(case, free),
        weight_before=_weight(case, case.exposure(own)),
        weight_after=_weight(case, _after(case, own)),
        sector=case.sector or "",
        sector_before=None if case.sector is None else _weight(case, case.exposure(alike)),
        sector_after=None if case.sector is None else _weight(case, _after(case, alike)),
        loss_at_stop=_loss_at_stop(case, commission),
        largest_quantity=largest_quantity(order, book, limits, SHARES_MAX),
    )


def _cost(case: Case, commission: Usd) -> Usd | None:
    if case.notional is None:
        return None
    sells = case.order.side is Side.SELL
    return Usd((-case.notional if sells else case.notional) + commission)


def _slippage_bp(case: Case) -> float | None:
    """Return how much worse than the middle an order without a limit is reckoned to fill."""
    if case.order.limit_price is not None:
        return 0.0
    if case.quote is None:
        return None
    price, middle = case.book.costs.market_price(case.quote, case.order.side), case.quote.mid
    worse = 1 if case.order.side is Side.BUY else -1
    return worse * (price / 1_000_000 / middle - 1) * _BP


def _weight(case: Case, amount: Usd | None) -> float | None:
    value = case.value
    return None if amount is None or not value else amount / value


def _after(case: Case, symbols: frozenset[Symbol]) -> Usd | None:
    """Return what symbols come to after the order, whose own symbol is or becomes one of them."""
    there, mark = case.exposure(symbols), case.mark
    if there is None or mark is None or case.notional is None:
        return None
    if case.reduces:
        return Usd(max(there - value_of(mark, case.order.quantity), ZERO))
    return Usd(there + case.notional)


def _loss_at_stop(case: Case, commission: Usd) -> Usd | None:
    exits, price = case.order.exits, case.price
    if exits is None or exits.stop_loss is None or price is None:
        return None
    stop = exits.stop_loss if exits.stop_limit is None else exits.stop_limit
    per_share = stop - price if case.order.side is Side.BUY else price - stop
    return Usd(value_of(Usd(per_share), case.order.quantity) - 2 * commission)
