"""The evidence of a run in real time: what each provider said, and what it may still be asked."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.payloads import sources as wire
from qt_trade.market.evidence import Consensus, Judged, Standing
from qt_trade.market.gate import QuotaLedger
from qt_trade.market.ports import LineState
from qt_trade.model.quotas import LedgerAwayError, ProviderState, QuotaState
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol
from qt_trade.roles.streamer.payloads import SOURCE, Stamp
from qt_trade.roles.streamer.sources import PERCENT
from qt_trade.wiring.providers import Configured

Polled = Callable[[str, Mapping[Symbol, Quote], Mapping[Symbol, str]], None]
"""Where a provider's answers go: its name, the quotes, and why there is none of others."""

_NO_LINE = LineState(connected=False, words="", streamed=frozenset(), room=0, refused=False)


class ProvidersEvidence:
    """Keeps each symbol's consensus, the streams' states and the workers' last rounds."""

    def __init__(
        self,
        configured: Sequence[Configured],
        ledger: QuotaLedger,
        symbols: Sequence[Symbol],
        run_id: str,
        polled: Polled,
    ) -> None:
        self._configured = configured
        self._ledger = ledger
        self._run_id = run_id
        self._polled = polled
        self._followed = tuple(symbols)
        self._found: dict[Symbol, Consensus] = {}
        self._lines: Mapping[str, LineState] = {}
        self._rounds: dict[str, wire.ProviderQuotes] = {}
        self._states: dict[str, QuotaState] = {}
        self._kinds = {
            one.spec.name: wire.Timeliness(one.plan.timeliness.value) for one in configured
        }

    async def begin(self, bus: Bus) -> None:
        """Take what the workers asked the providers for, from now on."""
        for one in self._configured:
            if not one.missing:
                await bus.watch(registry.PROVIDER_QUOTES, self._on_round, one.spec.name)

    def _on_round(self, change: Change[wire.ProviderQuotes]) -> None:
        told = change.value
        if told is None or told.run_id != self._run_id:
            return
        self._rounds[told.provider] = told
        quotes = {Symbol(name): _quote(Symbol(name), one) for name, one in told.quotes.items()}
        silent = {Symbol(name): words for name, words in told.silent.items()}
        self._polled(told.provider, quotes, silent)

    def take(self, symbol: Symbol, evidence: Consensus | None) -> None:
        """Take what a price that was just told rests on."""
        if evidence is not None:
            self._found[symbol] = evidence

    def lines(self, lines: Mapping[str, LineState]) -> None:
        """Take the state of the providers' streams."""
        self._lines = lines

    def follow(self, symbols: Sequence[Symbol]) -> None:
        """Forget the symbols that are no longer followed."""
        self._followed = tuple(symbols)
        for gone in self._found.keys() - set(symbols):
            del self._found[gone]

    def symbols(self, stamp: Stamp, now: datetime, feed_now: datetime) -> wire.MultiApiEnhancedData:
        """Return ``multi_api_enhanced_data``."""
        return wire.MultiApiEnhancedData(
            ts=now,
            source=SOURCE,
            feed=stamp.feed,
            run_id=stamp.run_id,
            feed_ts=feed_now,
            symbols={
                symbol: _symbol(found, self._kinds, feed_now)
                for symbol, found in self._found.items()
            },
        )

    async def stats(
        self, stamp: Stamp, now: datetime, feed_now: datetime
    ) -> wire.MultiApiEnhancedStats:
        """Return ``multi_api_enhanced_stats``; while Redis is away, what was known of quotas."""
        with contextlib.suppress(LedgerAwayError):
            for one in self._configured:
                if not one.missing:
                    self._states[one.spec.name] = await self._ledger.state(
                        one.spec.name, one.plan.limits, now
                    )
        total = len(self._followed)
        agreed = sum(found.standing is Standing.AGREED for found in self._found.values())
        return wire.MultiApiEnhancedStats(
            ts=now,
            source=SOURCE,
            feed=stamp.feed,
            run_id=stamp.run_id,
            feed_ts=feed_now,
            providers={one.spec.name: self._source(one) for one in self._configured},
            total_tickers=total,
            tickers_with_data=len(self._found),
            tickers_with_quorum=agreed,
            coverage_pct=len(self._found) / total * PERCENT if total else 0.0,
        )

    def _source(self, one: Configured) -> wire.SourceStats:
        name, plan = one.spec.name, one.plan
        line, last = self._lines.get(name, _NO_LINE), self._rounds.get(name)
        known = self._states.get(name, QuotaState(()))
        state, words = _state_of(one, known, line)
        return wire.SourceStats(
            title=one.spec.title,
            plan=plan.name,
            timeliness=self._kinds[name],
            note=one.spec.note,
            state=state,
            words=words,
            until=known.until,
            success=0 if last is None else len(last.quotes),
            errors=0 if last is None else len(last.silent),
            last_round=None if last is None else last.round_ended,
            streamed=len(line.streamed) if line.connected else 0,
            stream_max=plan.stream_max,
            stream_connected=line.connected,
            latency_ms=None if last is None else last.latency_ms,
            units="credits" if plan.billed_per_symbol else "calls",
            windows=tuple(
                wire.QuotaWindow(
                    window=use.limit.window,
                    limit=use.limit.count,
                    used=use.used,
                    left=use.left,
                    resets_at=use.resets_at,
                )
                for use in known.windows
            ),
        )


def _state_of(one: Configured, known: QuotaState, line: LineState) -> tuple[ProviderState, str]:
    if one.missing:
        return ProviderState.NOT_CONFIGURED, one.missing
    if line.refused:
        return ProviderState.REFUSED, line.words
    if known.state is not ProviderState.OK:
        return known.state, known.words
    lost = bool(line.streamed) and not line.connected
    return ProviderState.OK, line.words if lost else ""


def _quote(symbol: Symbol, one: wire.PolledQuote) -> Quote:
    return Quote(
        symbol=symbol,
        at=one.at,
        price=one.price,
        bid=one.bid,
        ask=one.ask,
        bid_size=one.bid_size,
        ask_size=one.ask_size,
        volume=one.volume,
        open=one.open,
        high=one.high,
        low=one.low,
        previous_close=one.previous_close,
    )


def _symbol(
    found: Consensus, kinds: Mapping[str, wire.Timeliness], feed_now: datetime
) -> wire.EnhancedSymbol:
    quote, before = found.quote, found.quote.previous_close
    change = None if before is None else quote.price - before
    return wire.EnhancedSymbol(
        price=quote.price,
        open=quote.open,
        high=quote.high,
        low=quote.low,
        previous_close=before,
        change=change,
        change_pct=None if before is None or change is None else change / before * PERCENT,
        volume=quote.volume,
        bid=quote.bid,
        ask=quote.ask,
        book_source=found.book_source,
        primary_source=found.primary,
        sources_count=len(found.used),
        sources_used=found.used,
        sources={one.source: _source_price(one, kinds, feed_now) for one in found.judged},
        quorum=found.quorum,
        dispersion_bp=found.dispersion_bp,
        doubt=quote.doubt,
        halted=found.halted,
        agreed_pct=found.agreement.agreed_pct,
        longest_gap_s=found.agreement.longest_gap_s,
        longest_gap_at=found.agreement.longest_gap_at,
        market_cap=None,
        pe_ratio=None,
        timestamp=quote.at,
    )


def _source_price(
    one: Judged, kinds: Mapping[str, wire.Timeliness], feed_now: datetime
) -> wire.SourcePrice:
    quote = one.quote
    return wire.SourcePrice(
        price=None if quote is None else quote.price,
        at=None if quote is None else quote.at,
        age_s=None if quote is None else max(0.0, (feed_now - quote.at).total_seconds()),
        deviation_bp=one.deviation_bp,
        timeliness=kinds.get(one.source, wire.Timeliness.REAL_TIME),
        verdict=wire.SourceVerdict(one.verdict.value),
        left_out=one.left_out,
        streamed=one.streamed,
    )
