"""A provider's answers of all rounds, as they are told: each symbol's newest, and who is silent."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from qt_trade.contract.payloads.sources import PolledQuote, ProviderQuotes
from qt_trade.market.planner import Watched
from qt_trade.market.rounds import RoundOutcome
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotes import Quote

SOURCE = "worker"
_FIELDS = tuple(field.name for field in msgspec.structs.fields(PolledQuote))


class Answers:
    """What was told before, less what is no longer watched, and what a round adds."""

    def __init__(
        self, before: ProviderQuotes | None, watched: Iterable[Watched], rest: str
    ) -> None:
        polled = {one.symbol: one for one in watched if not one.streamed}
        quotes = {} if before is None else before.quotes
        silent = {} if before is None else before.silent
        self._before = before
        self._quotes: dict[str, PolledQuote] = {
            symbol: quotes[symbol] for symbol in polled if symbol in quotes
        }
        said = {
            symbol: silent.get(symbol, "") if one.asked is not None else ""
            for symbol, one in polled.items()
            if symbol not in quotes
        }
        # Who was never asked is silent for the round's reason, whatever was said before.
        self._silent: dict[str, str] = {symbol: words or rest for symbol, words in said.items()}
        self._latency_ms = None if before is None else before.latency_ms
        self._asked = False

    def take(self, outcome: RoundOutcome) -> None:
        """Add what a round has brought so far."""
        self._asked = True
        for symbol, quote in outcome.quotes.items():
            self._quotes[symbol] = _polled(quote)
            self._silent.pop(symbol, None)
        for symbol in outcome.barred:
            self._quotes.pop(symbol, None)
        for symbol, words in outcome.silent.items():
            if symbol not in self._quotes:
                self._silent[symbol] = words
        if outcome.latency_ms is not None:
            self._latency_ms = outcome.latency_ms

    def new_for(self, run_id: str) -> bool:
        """Tell whether there is anything to tell that was not told in this run."""
        before = self._before
        return (
            self._asked
            or before is None
            or before.run_id != run_id
            or (before.quotes, before.silent) != (self._quotes, self._silent)
        )

    def document(self, provider: str, feed: FeedKind, run_id: str, now: datetime) -> ProviderQuotes:
        """Return what is told."""
        before = self._before
        asked_before = before is not None and not self._asked
        return ProviderQuotes(
            ts=now,
            source=SOURCE,
            feed=feed,
            run_id=run_id,
            provider=provider,
            round_ended=before.round_ended if before is not None and asked_before else now,
            latency_ms=self._latency_ms,
            quotes=dict(self._quotes),
            silent=dict(self._silent),
        )


def _polled(quote: Quote) -> PolledQuote:
    return PolledQuote(**{name: getattr(quote, name) for name in _FIELDS})
