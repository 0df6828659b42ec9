"""What each value on the screen was made from: the subject of its age-and-source pop-up.

A subject is ``kind/part/figure``, such as ``quote/AAPL/bid`` or ``summary//total_value``. QML and
the tables' columns name it; here it is looked up in the snapshot. Nothing is looked up while no
pop-up is open.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.endpoints import Document
from qt_trade.desktop import provenance
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import (
    age_machine,
    age_models,
    age_words,
    candidates,
    consensus,
    outlook,
    provider_words,
    words,
)
from qt_trade.desktop.view_models.age_machine import of_document
from qt_trade.desktop.view_models.age_told import Told


def told(desk: Snapshot, subject: str) -> Told | None:
    """Return what is known of a subject, None for one that nobody knows."""
    kind, _, rest = subject.partition("/")
    part, _, figure = rest.rpartition("/")
    look_up = _KINDS.get(kind)
    return None if look_up is None else look_up(desk, part, figure)


def feed_words(desk: Snapshot) -> str:
    """Return the feed's kind and what its prices are: ``REPLAY, recorded bars``."""
    status = desk.market_status
    if status is None:
        return "no source"
    made = age_words.FEEDS.get(status.feed, status.feed_source)
    return f"{status.feed.value}, {made}"


def _quote(desk: Snapshot, symbol: str, figure: str) -> Told:
    known = desk.quote_provenance(symbol)
    origin, made, details = _agreement(desk, symbol)
    status = desk.market_status
    played = {} if status is None else age_words.PLAYED.get(status.feed, {})
    how = played.get(figure) or age_words.QUOTE.get(figure, "as the source gave it")
    if figure == "price" and made:
        how = made
    if known is None:
        return Told(None, origin, how, missing=f"no quote of {symbol} yet", moves=True)
    missing = ""
    for name in age_words.QUOTE_NEEDS.get(figure, (figure,)):
        if getattr(desk.quotes[symbol], name, 0) is None:
            missing = f"the source gives no {name.replace('_', ' ')}"
    return Told(known, origin, how, missing, moves=True, details=details)


def _agreement(desk: Snapshot, symbol: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Return how many sources stand behind a price, how it was made of them, and who is left out."""
    made = consensus.of_symbol(desk, symbol)
    if made is None or consensus.is_recorded(made):
        return feed_words(desk), "", ()
    count, _ = consensus.ratio(made)
    used = [provider_words.title_of(desk, name) for name in made.sources_used]
    how = f"median of {len(used)} agreeing quotes" if len(used) > 1 else "the one source there is"
    out = [
        f"{provider_words.title_of(desk, name)}, {one.left_out}"
        for name, one in made.sources.items()
        if one.left_out
    ]
    details = (("Sources", ", ".join(used)), ("Left out", "; ".join(out)), ("Doubt", made.doubt))
    return f"{count} sources", how, tuple(pair for pair in details if pair[1])


def _consensus(desk: Snapshot, symbol: str, _figure: str) -> Told:
    origin, how, details = _agreement(desk, symbol)
    missing = "" if consensus.of_symbol(desk, symbol) else f"no source has a price of {symbol} yet"
    how = how or "the feed has one source"
    return replace(of_document(desk, registry.MULTI_API_DATA, how, missing, details=details),
                   origin=origin)  # fmt: skip


def _source(desk: Snapshot, symbol: str, name: str) -> Told:
    made = consensus.of_symbol(desk, symbol)
    said = None if made is None else made.sources.get(name)
    title = provider_words.title_of(desk, name)
    way = "pushed by the source" if said is not None and said.streamed else "asked for"
    why = "" if said is None or said.price is not None else said.left_out
    details = (("Left out", said.left_out),) if said is not None and said.left_out else ()
    found = of_document(desk, registry.MULTI_API_DATA, way, why, details=details)
    known = found.provenance
    if known is None or said is None:
        return replace(found, origin=title)
    # The age is the price's own, by the exchange's stamp, and not the document's.
    return replace(found, origin=title, provenance=replace(known, feed_ts=said.at), moves=True)


def _bar(desk: Snapshot, symbol: str, figure: str) -> Told:
    bars = desk.bars.get(symbol)
    how = age_words.BAR.get(figure, "of the bar under the pointer, else the last one")
    if not bars:
        return Told(None, feed_words(desk), how, missing=f"no bars of {symbol} yet")
    last = next(reversed(bars.values()))
    known = provenance.of_value(registry.BARS.key(symbol), last, last.ts)
    return Told(replace(known, feed_ts=last.at), feed_words(desk), how)


def _summary(desk: Snapshot, _part: str, figure: str) -> Told:
    how = age_words.SUMMARY.get(figure, "")
    missing = ""
    if desk.summary is not None and getattr(desk.summary, figure, 0) is None:
        missing = _without_price(desk)
    return of_document(desk, registry.PORTFOLIO_SUMMARY, how, missing)


def _without_price(desk: Snapshot) -> str:
    held = () if desk.positions is None else desk.positions.positions
    names = ", ".join(one.symbol for one in held if one.last is None)
    return f"no price of {names}" if names else "a held symbol has no price"


def _position(desk: Snapshot, symbol: str, figure: str) -> Told:
    held = () if desk.positions is None else desk.positions.positions
    one = next((one for one in held if one.symbol == symbol), None)
    missing = ""
    if one is not None and getattr(one, figure, 0) is None:
        missing = f"no price of {symbol} yet" if one.last is None else "no previous close"
    how = age_words.POSITION.get(figure, "")
    found = of_document(desk, registry.PORTFOLIO_POSITIONS, how, missing)
    marked = figure in age_words.MARKED and one is not None
    return replace(found, at=one.last_ts) if marked and one is not None else found


def _positions(desk: Snapshot, _part: str, figure: str) -> Told:
    held = () if desk.positions is None else desk.positions.positions
    unknown = [one.symbol for one in held if getattr(one, figure, 0) is None]
    missing = f"no value of {', '.join(unknown)}, and so no total" if unknown else ""
    how = f"sum of {words.count(len(held), 'position')}, as the engine values them"
    return of_document(desk, registry.PORTFOLIO_POSITIONS, how, missing)


def _prediction(desk: Snapshot, symbol: str, minutes: str) -> Told:
    current = desk.predictions
    made = None if current is None else current.symbols.get(symbol)
    horizon = None if made is None else made.horizons.get(minutes)
    how, origin = "no prediction yet" if current is None else f"{minutes} min ahead", "no model"
    missing = ""
    details: tuple[tuple[str, str], ...] = ()
    if made is None or horizon is None:
        missing = outlook.unpredicted(desk, made)
    else:
        how, origin = f"{horizon.model}, {how}", horizon.model
        details = (*outlook.details(desk, int(minutes), horizon), ("Why", made.words))
    found = of_document(desk, registry.PREDICTIONS_CURRENT, how, missing)
    return replace(found, origin=origin, at=None if made is None else made.at, details=details)


def _candidate(desk: Snapshot, symbol: str, _figure: str) -> Told:
    """Return an AI's whole opinion of a symbol: its words, its sources, what became of it."""
    current = desk.candidates
    every = () if current is None else current.candidates
    one = next((one for one in every if one.symbol == symbol), None)
    how = candidates.OPINION
    if current is None or one is None:
        return of_document(desk, registry.GROK_CANDIDATES, how, f"{symbol} is no candidate")
    details = (
        ("Says", f"{one.recommendation.replace('_', ' ').lower()}, {one.time_horizon}"),
        ("Reason", candidates.plain_line(one.reason)),
        ("Cites", ", ".join(map(candidates.plain_line, one.cited))),
        ("Expires", f"{words.clock(one.expires_at)} ET"),
        ("Became", candidates.plain_line(one.became)),
    )
    found = of_document(desk, registry.GROK_CANDIDATES, how, "", details=details)
    return replace(found, origin=candidates.plain_line(current.model), at=one.generated_at)


def _trade(desk: Snapshot, fill_id: str, figure: str) -> Told:
    fill = next((one for one in desk.trades if one.fill_id == fill_id), None)
    if fill is None:
        return Told(None, "journal", "", missing="this fill is no longer kept here")
    how = age_words.TRADE.get(figure, "the fill as the journal has it")
    missing = "an opening fill realises nothing" if getattr(fill, figure, 0) is None else ""
    known = provenance.of_value(registry.TRADES_LOG.key(), fill, fill.ts)
    return Told(known, f"{fill.origin.value}, {fill.account}", how, missing)


def _status(desk: Snapshot, _part: str, figure: str) -> Told:
    status = desk.trading_status
    how = age_words.STATUS.get(figure, "as the engine says")
    found = of_document(desk, registry.TRADING_STATUS, how, "")
    if figure == "checks" and status is not None:
        checks = tuple((f"{'✓' if c.ok else '✕'} {c.name}", c.words) for c in status.checks)
        return replace(found, details=checks)
    if figure in age_words.OF_CYCLE and status is not None:
        cycle = status.last_cycle
        missing = "no cycle has run yet" if cycle is None else ""
        return replace(found, missing=missing, at=None if cycle is None else cycle.slot)
    return found


def _market(desk: Snapshot, _part: str, figure: str) -> Told:
    status = desk.market_status
    found = of_document(desk, registry.MARKET_STATUS, age_words.MARKET.get(figure, ""), "")
    if status is None:
        return found
    details = [("Feed", f"{status.feed_source}. {status.feed_words}".strip(" ."))]
    if figure == "clock":
        details = [("Market", status.words), ("Speed", f"×{status.clock.speed:g}")]
    return replace(found, origin=feed_words(desk), details=tuple(details))


def _estimate(desk: Snapshot, symbol: str, _figure: str) -> Told:
    found = _quote(desk, symbol, "ask")
    return replace(found, how="shares × limit, else × the nearer side of the quote", missing="")


def _config(desk: Snapshot, _part: str, _figure: str) -> Told:
    given = desk.config or desk.trading_settings
    how = "as the engine would trade" if desk.config is None else "as a desk set it"
    by = "" if given is None else f", by {given.updated_by}"
    document = registry.TRADING_SETTINGS if desk.config is None else registry.AUTOTRADING_ENABLED
    return of_document(desk, document, how + by, "")


def _by_field(document: Document[Any], how: dict[str, str]) -> Callable[..., Told]:
    def look_up(desk: Snapshot, _part: str, figure: str) -> Told:
        return of_document(desk, document, how.get(figure, "as its writer set it"), "")

    return look_up


_KINDS: dict[str, Callable[[Snapshot, str, str], Told]] = {
    "quote": _quote,
    "consensus": _consensus,
    "source": _source,
    "bar": _bar,
    "summary": _summary,
    "position": _position,
    "positions": _positions,
    "prediction": _prediction,
    "candidate": _candidate,
    "trade": _trade,
    "performance": _by_field(registry.TRADING_PERFORMANCE, age_words.PERFORMANCE),
    "books": _by_field(registry.RECONCILIATION, {"checked": "our books against the broker's"}),
    "risk": _by_field(registry.RISK_STATE, {}),
    "order": _by_field(registry.ACTIVE_ORDERS, age_words.ORDER),
    "status": _status,
    "market": _market,
    "role": age_machine.role,
    "line": age_machine.line,
    "link": age_machine.link,
    "session": age_machine.session,
    "canary": age_machine.canary,
    "letter": age_machine.letter,
    "score": age_models.score,
    "training": age_models.training,
    "estimate": _estimate,
    "settings": _by_field(registry.TRADING_SETTINGS, {}),
    "config": _config,
    "limits": _by_field(registry.RISK_SETTINGS, {}),
    "control": _by_field(registry.AUTOTRADING_CONTROL, {}),
}
