"""``backend:risk_state``: the limits with their use, the breakers, the waits."""

from collections.abc import Mapping
from decimal import Decimal

from qt_trade.contract.payloads import risk as wire
from qt_trade.model.limits import RiskLimits
from qt_trade.roles.engine.documents import SOURCE, Stamp
from qt_trade.trading.risk.breakers import Breaker, breakers
from qt_trade.trading.risk.case import Standing
from qt_trade.trading.risk.loosening import InForce
from qt_trade.trading.risk.state import Use, Wait, uses, waits
from qt_trade.trading.risk_memory import BreakerMark

_MICRO = 1_000_000
_MONEY = {"daily_notional_cap", "order_notional_max", "cash_reserve", "trading_capital"}


def risk_state(stamp: Stamp, standing: Standing | None, in_force: InForce | None) -> wire.RiskState:
    """Return the document. ``standing`` None: there are no limits, and nothing opens."""
    lines: tuple[wire.LimitLine, ...] = ()
    tripped: tuple[wire.BreakerLine, ...] = ()
    waiting: tuple[wire.WaitLine, ...] = ()
    if standing is not None:
        marks = standing.book.account.risk.breakers
        lines = tuple(_limit(use, standing.limits, in_force) for use in uses(standing))
        tripped = tuple(_breaker(one, marks, standing) for one in breakers(standing))
        waiting = tuple(_wait(one, standing.limits) for one in waits(standing))
    return wire.RiskState(
        ts=stamp.wall.now(),
        source=SOURCE,
        feed=stamp.feed,
        account=stamp.account,
        feed_ts=stamp.feed_clock.now(),
        limits=lines,
        breakers=tripped,
        waits=waiting,
        words=_words(standing, tripped),
    )


def _limit(use: Use, limits: RiskLimits, in_force: InForce | None) -> wire.LimitLine:
    setting = limits.setting(use.field)
    pending = _pending(use.field, in_force)
    return wire.LimitLine(
        name=use.field,
        title=use.title,
        used=use.used,
        allowed=use.allowed,
        share=use.share,
        at_limit=use.at_limit,
        key=setting.key,
        field=setting.field,
        pending=pending,
        pending_until=None if in_force is None or not pending else in_force.due(use.field),
    )


def _pending(field: str, in_force: InForce | None) -> str:
    if in_force is None or field not in in_force.waiting:
        return ""
    value = getattr(in_force.wanted, field)
    if field in _MONEY and value is not None:
        value = f"{Decimal(value) / _MICRO:,} USD"
    elif isinstance(value, float):  # every limit that is no whole number is a fraction
        value = f"{100 * value:g}%"
    return f"{'no limit' if value is None else value} from {in_force.due(field):%H:%M:%S} UTC"


def _breaker(
    one: Breaker, marks: Mapping[str, BreakerMark], standing: Standing
) -> wire.BreakerLine:
    state = wire.BreakerState.CLOSED
    if one.near:
        state = wire.BreakerState.WARNING
    if one.open:
        state = wire.BreakerState.OPEN
    mark = marks.get(one.name)
    trips = 0 if mark is None or mark.day != standing.today else mark.trips
    return wire.BreakerLine(
        name=one.name,
        title=one.title,
        state=state,
        opens_at=one.opens_at,
        now=one.now,
        trips_today=trips,
        lifts=one.lifts if one.open else "",
    )


def _wait(one: Wait, limits: RiskLimits) -> wire.WaitLine:
    setting = limits.setting(one.field)
    return wire.WaitLine(
        symbol=one.symbol, why=one.why, until=one.until, key=setting.key, field=setting.field
    )


def _words(standing: Standing | None, tripped: tuple[wire.BreakerLine, ...]) -> str:
    if standing is None:
        return "no limits are in force: nothing opens"
    opened = [one.title for one in tripped if one.state is wire.BreakerState.OPEN]
    if opened:
        return f"nothing opens: {', '.join(opened)}"
    return standing.book.stopped or "within the limits"
