"""Circuit breakers: what stops trading by itself, when it opens, and when it lifts."""

from collections.abc import Iterator
from dataclasses import dataclass

from qt_trade.trading.commands import CloseAll, Command, StopAll
from qt_trade.trading.risk.case import Standing
from qt_trade.trading.risk.figures import percent
from qt_trade.trading.risk.gates import failures_of_minute, unknown_orders

NEAR = 0.8
"""From this share of its limit on a breaker, or a limit, counts as near."""
DAY_LOSS_HARD, DRAWDOWN = "day_loss_hard", "drawdown"
BY, HOW = "circuit breaker", "limit"


@dataclass(frozen=True, slots=True)
class Breaker:
    """One breaker. ``share``: of what opens it, None while nobody knows.

    ``field``: its limit in ``RiskLimits``, empty where there is none. ``lifts``: when it closes.
    """

    name: str
    title: str
    field: str
    share: float | None
    opens_at: str
    now: str
    lifts: str

    @property
    def open(self) -> bool:
        """Whether it has tripped."""
        return self.share is not None and self.share >= 1

    @property
    def near(self) -> bool:
        """Whether it is about to."""
        return self.share is None or self.share >= NEAR


def breakers(standing: Standing) -> tuple[Breaker, ...]:
    """Return every breaker as it stands."""
    return (*_losses(standing), *_counts(standing), _market_data(standing))


def _losses(standing: Standing) -> Iterator[Breaker]:
    now, limits = standing.worth, standing.limits
    lost = None if now is None else now.day_loss
    fallen = None if now is None else now.drawdown
    tomorrow, resumed = "on the next exchange day", "when a person resumes"
    for name, title, field, most, share, lifts in (
        ("day_loss", "Day loss", "day_loss_soft", limits.day_loss_soft, lost, tomorrow),
        (DAY_LOSS_HARD, "Day loss, hard", "day_loss_hard", limits.day_loss_hard, lost, resumed),
        (DRAWDOWN, "Drawdown", "drawdown_max", limits.drawdown_max, fallen, resumed),
    ):
        words = "not known: a holding has no price" if share is None else f"{percent(share)} lost"
        used = None if share is None else _share(share, most)
        yield Breaker(name, title, field, used, f"{percent(most)} lost", words, lifts)


def _counts(standing: Standing) -> Iterator[Breaker]:
    limits = standing.limits
    for name, title, field, most, count, what, lifts in (
        (
            "order_state", "Order state", "unknown_orders_max", limits.unknown_orders_max,
            unknown_orders(standing), "unknown orders", "when the broker has told",
        ),
        (
            "broker", "Broker", "broker_failures_max", limits.broker_failures_max,
            failures_of_minute(standing), "failures in 60 s", "a minute after the last",
        ),
    ):  # fmt: skip
        yield Breaker(
            name, title, field, _share(count, most), f"{most} {what}", f"{count} {what}", lifts
        )


def _share(used: float, most: float) -> float:
    return used / most if most > 0 else 1.0


def _market_data(standing: Standing) -> Breaker:
    """Return the breaker that needs no limit: without one fresh quote nothing can open."""
    book = standing.book
    fresh = sum(
        not quote.crossed and abs(book.quote_age_s(quote)) <= book.market.stale_after_s
        for quote in book.quotes.values()
    )
    share: float | None = 0.0 if fresh or not book.market.open else 1.0
    words = f"{fresh} of {len(book.quotes)} quotes fresh"
    lifts = "with the next fresh quote"
    return Breaker("market_data", "Market data", "", share, "no fresh quote", words, lifts)


def emergencies(standing: Standing) -> tuple[Command, ...]:
    """Return what the breakers that are open ask of the engine, each once a day by its id.

    The hard day loss stops and closes everything, the drawdown stops. What a person has begun
    already is not begun again.
    """
    account, day = standing.book.account, standing.today
    tripped = {one.name: one for one in breakers(standing) if one.open}
    hard, fallen = tripped.get(DAY_LOSS_HARD), tripped.get(DRAWDOWN)
    close_id, stop_id = f"breaker-{DAY_LOSS_HARD}-{day}", f"breaker-{DRAWDOWN}-{day}"
    if hard is not None and close_id not in account.answers and not account.closing:
        return (CloseAll(command_id=close_id, by=BY, how=HOW, reason=_reason(hard)),)
    if fallen is not None and stop_id not in account.answers and account.stop is None:
        return (StopAll(command_id=stop_id, by=BY, how=HOW, reason=_reason(fallen)),)
    return ()


def _reason(one: Breaker) -> str:
    return f"{one.title}: {one.now}, {one.opens_at} opens the breaker"
