"""Every rule in order, and the only place that approves."""

from dataclasses import replace
from decimal import Decimal

from qt_trade.model.limits import RiskLimits
from qt_trade.model.money import Usd, usd
from qt_trade.model.orders import Order, Side
from qt_trade.model.shares import SHARE_PLACES, Shares, format_shares, shares, whole
from qt_trade.model.verdicts import Approved, Refused, RuleVerdict
from qt_trade.trading.book import RiskBook
from qt_trade.trading.risk import gates, holdings, market_rules, pace, prices, sums
from qt_trade.trading.risk.case import Case
from qt_trade.trading.risk.rule import Rule

RULES: tuple[Rule, ...] = (
    gates.stopped,
    gates.restricted,
    gates.reconciled,
    gates.order_state,
    gates.broker_failures,
    gates.day_loss,
    gates.drawdown,
    market_rules.market_hours,
    market_rules.session_edges,
    market_rules.market_data,
    market_rules.spread,
    prices.price_tick,
    prices.price_collar,
    holdings.no_short,
    holdings.excluded_symbols,
    holdings.preferred_sectors,
    sums.order_notional,
    holdings.position_shares,
    holdings.position_weight,
    holdings.sector_weight,
    holdings.positions,
    holdings.exposure,
    sums.trading_capital,
    sums.daily_notional,
    sums.cash_reserve,
    sums.settled_cash,
    pace.open_orders,
    pace.trades_per_cycle,
    pace.trades_per_day,
    pace.trades_per_symbol,
    pace.order_rate,
    pace.cooldown,
    pace.wash_sale,
)
"""Every rule, the most telling objection first. A test fails when a rule is not listed."""

_PART = Decimal(1).scaleb(-SHARE_PLACES)


def judge(order: Order, book: RiskBook, limits: RiskLimits) -> Approved | Refused:
    """Hold an order against every rule; the first objection is the reason, with a way out.

    An approved order stays approved when it shrinks (a property test holds that), so the largest
    quantity that passes is well defined and named in a refusal.
    """
    case = Case(book, limits, order)
    verdicts = tuple(rule(case) for rule in RULES)
    objection = next((verdict for verdict in verdicts if not verdict.passed), None)
    if objection is None:
        return Approved(order=order, verdicts=verdicts, worst_price=_worst_price(case))
    objecting = [rule for rule, verdict in zip(RULES, verdicts, strict=True) if not verdict.passed]
    largest = _largest(case, order.quantity, objecting)
    way_out = f"; {format_shares(largest)} shares would pass" if largest else ""
    return Refused(
        order=order,
        verdicts=verdicts,
        because=f"{objection.rule}: {objection.words}{way_out}",
    )


def verdicts_of(order: Order, book: RiskBook, limits: RiskLimits) -> tuple[RuleVerdict, ...]:
    """Return what every rule says to an order."""
    case = Case(book, limits, order)
    return tuple(rule(case) for rule in RULES)


def largest_quantity(
    order: Order, book: RiskBook, limits: RiskLimits, most: Shares | None = None
) -> Shares:
    """Return the most shares, up to ``most``, that every rule lets pass.

    Whole shares where the order is for whole ones. ``most``: the order's own quantity, where
    nothing else is said.
    """
    return _largest(Case(book, limits, order), most or order.quantity, RULES)


def _largest(case: Case, most: Shares, rules: "tuple[Rule, ...] | list[Rule]") -> Shares:
    """Return the most shares these rules let pass; the others pass, as they do for more."""
    unit = Decimal(1) if whole(case.order.quantity) else _PART
    passing, failing = 0, int(most / unit) + 1
    while failing - passing > 1:
        middle = (passing + failing) // 2
        smaller = replace(case, order=replace(case.order, quantity=shares(middle * unit)))
        if all(rule.check(smaller).passed for rule in rules):
            passing = middle
        else:
            failing = middle
    return shares(passing * unit)


def reserve_for(order: Order, book: RiskBook) -> Usd:
    """Return the cash an approved order may need: nothing for a sale."""
    cost = book.cost(order) if order.side is Side.BUY else None
    return usd(0) if cost is None else cost


def _worst_price(case: Case) -> Usd | None:
    """Hold a purchase at the market to the price the caps were reckoned with."""
    bound = case.order.limit_price is None and not case.reduces
    return case.price if bound else None
