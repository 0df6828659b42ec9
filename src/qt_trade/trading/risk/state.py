"""The limits and what of them is used, for people; open orders counted. Nothing is decided here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from qt_trade.model.money import ZERO, Usd
from qt_trade.model.sectors import sector_of
from qt_trade.model.shares import format_shares
from qt_trade.model.symbols import Symbol
from qt_trade.trading.risk.case import Standing, open_notional
from qt_trade.trading.risk.figures import dollars, percent
from qt_trade.trading.risk.judging import RULES
from qt_trade.trading.risk.pace import orders_of_minute
from qt_trade.trading.risk.sums import opened_today

_UNKNOWN = "not known: no price"
_AT_LIMIT = {field: rule.at_limit for rule in reversed(RULES) for field in rule.limits}


@dataclass(frozen=True, slots=True)
class Use:
    """One limit: ``share`` of it is used, 1 is all; None where nothing can be said.

    ``field``: its field in ``RiskLimits``.
    """

    field: str
    title: str
    used: str
    allowed: str
    share: float | None
    at_limit: str


def uses(standing: Standing) -> tuple[Use, ...]:
    """Return every limit with its use."""
    return (*_losses(standing), *_weights(standing), *_dollars(standing), *_counts(standing))


def _use(field: str, title: str, used: str, allowed: str, share: float | None) -> Use:
    return Use(field, title, used, allowed, share, _AT_LIMIT.get(field, "closes all, stops"))


def _losses(standing: Standing) -> Iterator[Use]:
    now, limits = standing.worth, standing.limits
    change = _UNKNOWN if now is None else f"{dollars(now.day_change)} USD"
    lost = None if now is None else now.day_loss
    for field, title in (("day_loss_soft", "Day loss"), ("day_loss_hard", "Day loss, hard")):
        most = getattr(limits, field)
        used = change if lost is None else f"{change}, {percent(lost)} lost"
        yield _use(field, title, used, percent(most), _of(lost, most))
    fallen = None if now is None else now.drawdown
    used = _UNKNOWN if fallen is None else percent(fallen)
    most = limits.drawdown_max
    yield _use("drawdown_max", "Drawdown from peak", used, percent(most), _of(fallen, most))


def _weights(standing: Standing) -> Iterator[Use]:
    limits, value = standing.limits, standing.value
    by_symbol = {one: standing.exposure(frozenset({one})) for one in standing.symbols}
    sectors = {sector for one in standing.symbols if (sector := sector_of(one))}
    by_sector = {one: standing.exposure(standing.of_sector(one)) for one in sectors}
    for field, title, found in (
        ("position_weight_max", "Largest position", _largest(by_symbol)),
        ("sector_weight_max", "Largest sector", _largest(by_sector)),
        ("exposure_max", "All positions", ("", standing.exposure())),
    ):
        name, amount = found
        most = getattr(limits, field)
        share = amount / value if amount is not None and value else None
        used = f"{percent(share)} {name}".rstrip() if share is not None else _UNKNOWN
        yield _use(field, title, used, percent(most), _of(share, most))


def _largest(amounts: "dict[Symbol, Usd | None] | dict[str, Usd | None]") -> tuple[str, Usd | None]:
    """Return the largest with its name; no amount when one of them is not known."""
    if any(amount is None for amount in amounts.values()):
        return "", None
    known = [(amount or ZERO, name) for name, amount in amounts.items()]
    amount, name = max(known, default=(ZERO, ""))
    return str(name), amount


def _dollars(standing: Standing) -> Iterator[Use]:
    limits, book = standing.limits, standing.book
    opened = opened_today(standing)
    cap = limits.daily_notional_cap
    words = f"{dollars(opened)} USD"
    yield _use("daily_notional_cap", "Opened today", words, f"{dollars(cap)} USD", _of(opened, cap))
    single = max((open_notional(one, book) for one in standing.opening_orders), default=ZERO)
    cap = limits.order_notional_max
    words = f"{dollars(Usd(single))} USD"
    yield _use("order_notional_max", "Single order", words, f"{dollars(cap)} USD", _of(single, cap))
    if limits.trading_capital is not None:
        there, cap = standing.exposure(), limits.trading_capital
        words = _UNKNOWN if there is None else f"{dollars(there)} USD"
        allowed = f"{dollars(cap)} USD"
        yield _use("trading_capital", "Trading capital", words, allowed, _of(there, cap))
    free, reserve = book.free_cash(), limits.cash_reserve
    words, allowed = f"{dollars(free)} USD free", f"{dollars(reserve)} USD kept"
    yield _use("cash_reserve", "Cash reserve", words, allowed, _of(reserve, max(free, 0)))


def _counts(standing: Standing) -> Iterator[Use]:
    limits, account = standing.limits, standing.book.account
    memory = account.risk
    most_shares = max(
        ((abs(one.quantity), symbol) for symbol, one in account.held.items()), default=None
    )
    orders = memory.orders if memory.day == standing.today else {}
    busiest = max(((count, symbol) for symbol, count in orders.items()), default=None)
    cycle = 0 if account.last_cycle is None else account.last_cycle.orders
    for field, title, used, words in (
        (
            "position_shares_max", "Largest position, shares",
            0.0 if most_shares is None else float(most_shares[0]),
            "0" if most_shares is None else f"{format_shares(most_shares[0])} {most_shares[1]}",
        ),
        ("positions_max", "Open positions", len(standing.symbols), f"{len(standing.symbols)}"),
        ("trades_per_day_max", "Orders today", account.today.orders, f"{account.today.orders}"),
        (
            "symbol_trades_per_day_max", "Trades per symbol",
            0 if busiest is None else busiest[0],
            "0" if busiest is None else f"{busiest[0]} {busiest[1]}",
        ),
        (
            "orders_per_min_max", "Order rate, per min",
            orders_of_minute(standing), f"{orders_of_minute(standing)}",
        ),
        (
            "open_orders_max", "Open orders",
            standing.orders_there, f"{standing.orders_there}",
        ),
        ("trades_per_cycle_max", "Orders of the last cycle", cycle, f"{cycle}"),
    ):  # fmt: skip
        most = getattr(limits, field)
        yield _use(field, title, words, f"{most}", _of(used, most))


def _of(used: float | None, allowed: float) -> float | None:
    """Return the share that is used; where nothing is allowed all of it is."""
    if used is None:
        return None
    if allowed <= 0:
        return 1.0 if used > 0 else 0.0
    return used / allowed


@dataclass(frozen=True, slots=True)
class Wait:
    """A symbol that may not be opened: why, and until when (feed time; None: until it is lifted).

    ``field``: the limit that says so.
    """

    symbol: Symbol
    why: str
    until: datetime | None
    field: str


def waits(standing: Standing) -> tuple[Wait, ...]:
    """Return every symbol that may not be opened now, the soonest first, the excluded last."""
    limits, book = standing.limits, standing.book
    pause = timedelta(minutes=limits.cooldown_min)
    cooling = [
        Wait(
            symbol,
            f"opened {last.feed_at:%H:%M} UTC, wait {limits.cooldown_min} min",
            last.feed_at + pause,
            "cooldown_min",
        )
        for symbol, last in book.account.last_opening.items()
        if book.feed_now < last.feed_at + pause
    ]
    barred = f"excluded in {limits.setting('excluded').key}"
    excluded = [Wait(symbol, barred, None, "excluded") for symbol in sorted(limits.excluded)]
    return (*sorted(cooling, key=lambda one: (one.until, one.symbol)), *excluded)
