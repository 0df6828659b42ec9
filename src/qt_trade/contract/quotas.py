"""The budgets of all providers of market data, kept in Redis and so shared by all processes.

The keys begin with ``quota:``. They are the product's own, as its jobs are: no document, and only
the backend's user may write them. Time is handed in; the clocks of several machines must agree
within a window's margin, as any time service makes them.
"""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from qt_trade.contract.caller import Caller
from qt_trade.contract.client import COMMAND_TIMEOUT_S, make_client
from qt_trade.contract.errors import ContractError
from qt_trade.contract.quota_scripts import FAILED, PAUSE, TAKE, TOLD
from qt_trade.model.quotas import (
    LedgerAwayError,
    Limit,
    ProviderState,
    QuotaState,
    Told,
    Window,
    WindowUse,
)

PREFIX = "quota:"
BUCKET_MS = {Window.SECOND: 50, Window.MINUTE: 1000}
FAILURES = 5
FAILURES_WITHIN = timedelta(minutes=15)
"""So many in a row begin a rest; a failure long ago says nothing of today."""
REST_FIRST = timedelta(seconds=30)
REST_MAX = timedelta(minutes=15)
PROBE = timedelta(seconds=60)
"""Longer than any call: one who dies over his probe is no longer waited for."""
REFUSED = timedelta(hours=6)
APART = "apart-"
"""Begins the name of a window beside the provider's own."""
KEPT = timedelta(days=40)
"""Longer than a month of the calendar."""
_BREAKER = ("failures", "failing_since", "rests", "rest_until", "probe_until", "words")
_REFUSAL = ("refused_until", "refused_words")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class RedisQuotas:
    """The ledger as ``market.gate`` wants it. All methods raise LedgerAwayError."""

    def __init__(self, url: str, name: str = "qtrade-quotas") -> None:
        self._redis = make_client(url, name)
        self._caller = Caller(self._redis, COMMAND_TIMEOUT_S)
        # Of whom nothing bad is on record: that a call went well is no news of them.
        self._well: set[str] = set()

    async def take(
        self,
        provider: str,
        limits: Sequence[Limit],
        cost: int,
        now: datetime,
        apart: Sequence[Limit] = (),
    ) -> timedelta:
        """Take ``cost`` out of every window at once, or out of none; return how long to wait.

        ``apart``: windows beside the provider's own, which only those who name them share. Waiting
        so long suffices, unless somebody else takes it meanwhile. Raises ValueError for more than
        a window holds: that would be waited for in vain.
        """
        for limit in (*limits, *apart):
            if limit.count < cost:
                raise ValueError(f"{cost} is more than {limit.count} per {limit.window}")
        rows = [word for limit in limits for word in _row(limit.window, limit.count, now)]
        rows += [word for limit in apart for word in _row(limit.window, limit.count, now, APART)]
        script = self._caller.run(
            TAKE, (PREFIX + provider,), _ms(now), cost, _span(PROBE), _span(KEPT), *rows
        )
        answer = int(await _answer(script))
        (self._well.add if answer == 0 else self._well.discard)(provider)
        return max(0, answer) * _MILLISECOND

    async def pause(self, provider: str, until: datetime, words: str) -> None:
        """Let nobody ask before a moment: the provider said so."""
        words_sent = (_ms(until) + 1, words, _span(KEPT))
        await _answer(self._caller.run(PAUSE, (PREFIX + provider,), *words_sent))

    async def told(self, provider: str, told: Sequence[Told], now: datetime) -> None:
        """Take over the provider's own count where it has less left than we believed."""
        rows = [word for one in told for word in _row(one.window, max(0, one.left), now)[:5]]
        await _answer(self._caller.run(TOLD, (PREFIX + provider,), _ms(now), *rows))

    async def succeeded(self, provider: str, now: datetime) -> None:  # noqa: ARG002  # the port's
        """A call was answered as it should be: no failure before counts any more."""
        if provider in self._well:
            return
        await _answer(self._caller.call("HDEL", PREFIX + provider, *_BREAKER, *_REFUSAL))

    async def failed(self, provider: str, now: datetime, words: str) -> None:
        """A call failed for no fault of ours; after FAILURES in a row the provider rests.

        The first rest is REST_FIRST long, each after a probe that failed twice as long as the one
        before, up to REST_MAX.
        """
        self._well.discard(provider)
        numbers = (FAILURES, _span(FAILURES_WITHIN), _span(REST_FIRST), _span(REST_MAX))
        words_sent = (_ms(now), words, *numbers, _span(KEPT))
        await _answer(self._caller.run(FAILED, (PREFIX + provider,), *words_sent))

    async def refused(self, provider: str, now: datetime, words: str) -> None:
        """The key is not accepted: nobody asks again for REFUSED, or until ``forget``."""
        self._well.discard(provider)
        key, until = PREFIX + provider, _ms(now + REFUSED)
        await _answer(
            self._caller.call_all(
                [
                    ("HSET", key, "refused_until", until, "refused_words", words),
                    ("HDEL", key, *_BREAKER),
                    ("PEXPIRE", key, _span(KEPT)),
                ]
            )
        )

    async def forget(self, provider: str) -> None:
        """Ask again although the key was refused: who starts may have been given another."""
        await _answer(self._caller.call("HDEL", PREFIX + provider, *_REFUSAL))

    async def state(self, provider: str, limits: Sequence[Limit], now: datetime) -> QuotaState:
        """Return what is used, what is left and whether the provider is asked."""
        answer = await _answer(self._caller.call("HGETALL", PREFIX + provider))
        held = {name.decode(): value.decode() for name, value in answer.items()}
        return _state(held, limits, now)

    async def claim(self, work: str, seconds: float) -> bool:
        """Return whether a piece of work is ours to do; for so long it is nobody else's."""
        words = (f"{PREFIX}claim:{work}", "1", "NX", "PX", max(1, round(seconds * 1000)))
        return await _answer(self._caller.call("SET", *words)) is not None

    async def turns(self, provider: str) -> dict[str, datetime]:
        """Return when a provider was last asked for each symbol, whoever asked."""
        answer = await _answer(self._caller.call("HGETALL", f"{PREFIX}turns:{provider}"))
        return {name.decode(): _moment(int(ms)) for name, ms in answer.items()}

    async def set_turns(self, provider: str, turns: Mapping[str, datetime]) -> None:
        """Note when a provider was last asked for each symbol; the others are forgotten."""
        key = f"{PREFIX}turns:{provider}"
        words = [word for symbol, at in turns.items() for word in (symbol, _ms(at))]
        noted = [("HSET", key, *words), ("PEXPIRE", key, _span(KEPT))] if words else []
        await _answer(self._caller.call_all([("MULTI",), ("DEL", key), *noted, ("EXEC",)]))

    async def close(self) -> None:
        """Let go of Redis."""
        self._caller.close()
        await self._redis.aclose()


async def _answer(command: Awaitable[Any]) -> Any:
    try:
        return await command
    except ContractError as error:
        raise LedgerAwayError(f"the budgets cannot be read: {error}") from error


# Windows, as the scripts read them


def _row(window: Window, count: int, now: datetime, prefix: str = "") -> tuple[str | int, ...]:
    """Return five words for a window, and five more where it counts in two periods just now."""
    margin, called = window.margin, prefix + window.value
    if (length := window.sliding) is not None:
        return (called, count, _span(length + margin), BUCKET_MS[window], "")
    periods = dict.fromkeys((_period(window, now), _period(window, now - margin)))
    periods |= dict.fromkeys((_period(window, now + margin),))
    return tuple(
        word
        for name, ends in periods
        for word in (called, count, _ms(ends + margin), 0, f"{called}:{name}")
    )


def _period(window: Window, at: datetime) -> tuple[str, datetime]:
    """Return the name of a day or a month of the calendar, in UTC, and when it ends."""
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if window is Window.DAY:
        return f"{midnight:%Y-%m-%d}", midnight + timedelta(days=1)
    later = midnight.replace(day=1) + timedelta(days=32)
    return f"{midnight:%Y-%m}", later.replace(day=1)


def _ms(at: datetime) -> int:
    return (at - _EPOCH) // _MILLISECOND


def _span(span: timedelta) -> int:
    return span // _MILLISECOND


def _moment(ms: int) -> datetime:
    return _EPOCH + ms * _MILLISECOND


# A provider's state


def _state(held: dict[str, str], limits: Sequence[Limit], now: datetime) -> QuotaState:
    windows = tuple(_use(held, limit, now) for limit in limits)
    failures = int(held.get("failures", 0))

    def words(state: ProviderState, name: str, until: int | None) -> QuotaState:
        moment = None if until is None else _moment(until)
        return QuotaState(windows, state, held.get(name, ""), moment, failures)

    at = _ms(now)
    if (refused := int(held.get("refused_until", 0))) > at:
        return words(ProviderState.REFUSED, "refused_words", refused)
    if rests := int(held.get("rest_until", 0)):
        if (probes := int(held.get("probe_until", 0))) > at:
            return words(ProviderState.PROBING, "words", probes)
        return words(ProviderState.RESTING, "words", rests)
    if (pause := int(held.get("pause_until", 0))) > at:
        return words(ProviderState.LIMITED, "pause_words", pause)
    # A second is a pace rather than a limit: who keeps it is well.
    if full := [use for use in windows if use.left == 0 and use.limit.window is not Window.SECOND]:
        return _full(windows, full, held, failures, now)
    return QuotaState(windows, failures=failures)


def _full(
    windows: tuple[WindowUse, ...],
    full: Sequence[WindowUse],
    held: dict[str, str],
    failures: int,
    now: datetime,
) -> QuotaState:
    """Return the state of a provider of which a window is used up, till the last has room again."""
    opens = [(_opens(held, use, now), use.limit) for use in full]
    until, limit = max(opens, key=lambda one: one[0])
    words = f"all {limit.count} of this {limit.window} are used"
    return QuotaState(windows, ProviderState.LIMITED, words, until, failures)


def _use(held: dict[str, str], limit: Limit, now: datetime) -> WindowUse:
    if limit.window.sliding is None:
        name, ends = _period(limit.window, now)
        used = int(held.get(f"{limit.window.value}:{name}", 0))
        return WindowUse(limit, used, ends if used else None)
    out = _buckets(held, limit, now)
    return WindowUse(limit, sum(count for _, count in out), out[-1][0] if out else None)


def _opens(held: dict[str, str], use: WindowUse, now: datetime) -> datetime:
    """Return when a window that is full has room for one call again."""
    over = use.used + 1 - use.limit.count
    for at, count in _buckets(held, use.limit, now):
        over -= count
        if over <= 0:
            return at
    return _period(use.limit.window, now)[1]


def _buckets(held: dict[str, str], limit: Limit, now: datetime) -> list[tuple[datetime, int]]:
    """Return when what was taken falls out of a sliding window, and how much, oldest first."""
    length = limit.window.sliding
    if length is None:
        return []
    width, span = BUCKET_MS[limit.window], _span(length + limit.window.margin)
    begins = f"{limit.window.value}:"
    found = (
        (_moment((int(name.removeprefix(begins)) + 1) * width + span), int(count))
        for name, count in held.items()
        if name.startswith(begins)
    )
    return sorted(one for one in found if one[0] > now)
