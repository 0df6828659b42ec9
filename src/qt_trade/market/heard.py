"""What the sources said of one symbol, and what was made of it last."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from qt_trade.market.agreement import SessionRecord
from qt_trade.market.consensus import AHEAD_MAX_S, judge
from qt_trade.market.evidence import Consensus, Judged, Policy, Said, Standing, Verdict
from qt_trade.model.quotes import Quote

_AHEAD_MAX = timedelta(seconds=AHEAD_MAX_S)
_DAY_BREAK = timedelta(hours=5)
_DAY_FIGURES = ("open", "high", "low", "previous_close", "volume")


@dataclass(slots=True)
class Heard:
    """One symbol. ``asked``: what sources answered; ``silent``: why one that was asked had nothing.

    ``halts``: in whose words it is halted. ``told``: the last consensus that was told.
    """

    streamed: dict[str, Quote] = field(default_factory=dict)
    asked: dict[str, Quote] = field(default_factory=dict)
    silent: dict[str, str] = field(default_factory=dict)
    halts: dict[str, str] = field(default_factory=dict)
    told: Consensus | None = None
    record: SessionRecord = field(default_factory=SessionRecord)
    _agreed: float | None = None

    def stream(self, source: str, quote: Quote, now: datetime) -> bool:
        """Take a pushed quote; return whether it is news: an overtaken one is not."""
        last = self.streamed.get(source)
        if last is not None and (quote == last or quote.at < last.at <= now + _AHEAD_MAX):
            return False
        self.streamed[source] = quote
        return True

    def ask(self, source: str, quote: Quote) -> bool:
        """Take an answer; return whether it is news."""
        self.silent.pop(source, None)
        last = self.asked.get(source)
        if last is not None and quote.at < last.at:
            return False
        self.asked[source] = quote
        return quote != last

    def judge(
        self, apart: Mapping[str, str], silent: Mapping[str, str], policy: Policy, now: datetime
    ) -> Consensus | None:
        """Return what the sources agree on now; None while nobody has ever had a price."""
        found = judge(self._said(apart), silent, policy, now, self._agreed)
        if found is None:
            return None if self.told is None else _nobody(self.told, silent, policy)
        if found.standing is Standing.AGREED:
            self._agreed = found.quote.price
        quote = self._in_order(found.quote, now)
        if not self.halts:
            return replace(found, quote=quote)
        words = next(iter(self.halts.values()))
        doubt = f"trading is halted: {words}" if words else "trading is halted"
        return replace(found, quote=replace(quote, doubt=doubt), halted=True)

    def _said(self, apart: Mapping[str, str]) -> Iterator[Said]:
        for source in sorted(self.streamed.keys() | self.asked.keys()):
            pushed, answered = self.streamed.get(source), self.asked.get(source)
            if pushed is None or (answered is not None and answered.at > pushed.at):
                if answered is not None:
                    yield Said(source, answered, False, apart.get(source, ""))  # noqa: FBT003
            else:
                whole = pushed if answered is None else _with_day_of(pushed, answered)
                yield Said(source, whole, True, apart.get(source, ""))  # noqa: FBT003

    def _in_order(self, quote: Quote, now: datetime) -> Quote:
        """Let neither time nor the day's volume go back when the source of the newest falls out."""
        if self.told is None:
            return quote
        last = self.told.quote
        at = last.at if quote.at < last.at <= now + _AHEAD_MAX else quote.at
        volume = quote.volume
        if last.volume is not None and _day(at) == _day(last.at):
            volume = max(last.volume, volume or 0)
        if at == quote.at and volume == quote.volume:
            return quote
        return replace(quote, at=at, volume=volume)


def differ(one: Consensus, other: Consensus) -> bool:
    """Return whether something else is to be told than before; ages alone are not."""
    return one.quote != other.quote or _outline(one) != _outline(other)


def _outline(found: Consensus) -> tuple[object, ...]:
    return tuple(
        (each.source, each.verdict, each.left_out if each.quote is None else each.quote.price)
        for each in found.judged
    )


def _nobody(last: Consensus, silent: Mapping[str, str], policy: Policy) -> Consensus:
    """Return the last known price, when every source that had one is gone."""
    return replace(
        last,
        quote=replace(last.quote, doubt=f"no source within {policy.max_age.total_seconds():g} s"),
        standing=Standing.STALE,
        dispersion_bp=None,
        used=(),
        judged=tuple(
            Judged(source, None, False, Verdict.NO_PRICE, words, None)  # noqa: FBT003
            for source, words in silent.items()
        ),
        holds_until=None,
    )


def _with_day_of(pushed: Quote, answered: Quote) -> Quote:
    """Complete a pushed quote with the day's figures of an answer of the same day."""
    if _day(pushed.at) != _day(answered.at):
        return pushed
    missing = {
        name: known
        for name in _DAY_FIGURES
        if getattr(pushed, name) is None and (known := getattr(answered, name)) is not None
    }
    return replace(pushed, **missing) if missing else pushed


def _day(at: datetime) -> object:
    """Return the trading day: nobody trades around midnight in New York."""
    return (at - _DAY_BREAK).date()
