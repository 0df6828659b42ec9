"""The price consensus of one symbol with its evidence, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.payloads.sources import (
    EnhancedSymbol,
    SourcePrice,
    SourceStats,
    SourceVerdict,
    Timeliness,
)
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.models.system_rows import State
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import freshness, provider_words, words
from qt_trade.model.feeds import FeedKind
from qt_trade.model.quotas import ProviderState

AGEING_S = 2.0
"""A real-time price older than this is worth a look, though it may still count."""
_VERDICTS = {
    SourceVerdict.USED: State("used", "check", "ok"),
    SourceVerdict.TOO_OLD: State("too old", "clock", "warn"),
    SourceVerdict.AHEAD: State("ahead", "clock", "warn"),
    SourceVerdict.OUTLIER: State("outlier", "warning", "warn"),
    SourceVerdict.NO_PRICE: State("no price", "dash", "muted"),
}
_KEPT_APART = {
    Timeliness.DELAYED: State("delayed", "clock", "muted"),
    Timeliness.END_OF_DAY: State("end of day", "clock", "muted"),
    Timeliness.RECORDED: State("recorded", "replay", "muted"),
    Timeliness.REAL_TIME: State("kept apart", "clock", "muted"),
}
_ALONE = {
    FeedKind.REPLAY: "A recording: nothing confirms it, nothing needs to.",
    FeedKind.SIMULATION: "A simulation: nothing confirms it, nothing needs to.",
}
_BP_PLACES = 1


@dataclass(frozen=True, slots=True)
class ConsensusView:
    """The panel's head and foot. ``known``: the document speaks of the symbol."""

    heard: bool = False
    known: bool = False
    stale: bool = False
    chip: str = ""
    chip_icon: str = ""
    chip_tone: str = "muted"
    chip_dashed: bool = False
    made: str = ""
    book: str = ""
    note: str = ""
    note_tone: str = "faint"
    reasons: tuple[str, ...] = ()
    reasons_tone: str = "muted"
    measured: bool = False
    agreed: str = words.NONE
    agreed_tone: str = ""
    gap: str = words.NONE
    halted: bool = False
    halt_words: str = ""


def of_symbol(desk: Snapshot, symbol: str) -> EnhancedSymbol | None:
    """Return what the sources agree on for a symbol, as far as it is known."""
    return None if desk.by_source is None else desk.by_source.symbols.get(symbol)


def is_recorded(made: EnhancedSymbol) -> bool:
    """Whether nothing can confirm the price: it is played and not today's."""
    return all(one.timeliness is Timeliness.RECORDED for one in made.sources.values())


def asked(made: EnhancedSymbol) -> int:
    """Return how many sources could agree: those with prices of this moment."""
    return sum(one.timeliness is Timeliness.REAL_TIME for one in made.sources.values())


def ratio(made: EnhancedSymbol) -> tuple[str, str]:
    """Return ``3 of 4`` and its tone: amber when fewer agree than could, or than must."""
    if is_recorded(made):
        return "recorded", fmt.FAINT
    most = max(asked(made), made.quorum)
    few = bool(made.doubt) or len(made.sources_used) < most
    return f"{len(made.sources_used)} of {most}", fmt.WARN if few else fmt.MUTED


def consensus_view(desk: Snapshot, wall: datetime, symbol: str) -> ConsensusView:
    """Return the panel of a symbol for this moment."""
    if desk.by_source is None:
        return ConsensusView()
    fresh = freshness.of(desk, registry.MULTI_API_DATA, wall)
    made = of_symbol(desk, symbol)
    head: dict[str, Any] = {
        "heard": True,
        "stale": fresh.stale,
        "note": fresh.note,
        "note_tone": fresh.tone,
    }
    if made is None:
        return ConsensusView(**head)
    return ConsensusView(
        **head,
        known=True,
        **_chip(desk, made, stale=fresh.stale),
        made=_how(desk, made),
        book=_book(desk, made),
        reasons=reasons(desk, made),
        reasons_tone="warn" if made.doubt else "muted",
        **_measures(desk, made),
        halted=made.halted,
        halt_words=made.doubt or "The exchange has stopped trading in it." if made.halted else "",
    )


def _chip(desk: Snapshot, made: EnhancedSymbol, *, stale: bool) -> dict[str, Any]:
    if stale:
        return {"chip": "not known", "chip_icon": "question", "chip_tone": "warn",
                "chip_dashed": True}  # fmt: skip
    if is_recorded(made):
        kind = "RECORDED" if desk.by_source is None else desk.by_source.feed.value
        return {"chip": kind, "chip_dashed": True}
    count = f"{len(made.sources_used)} of {max(asked(made), made.quorum)}"
    if not made.doubt:
        return {"chip": f"{count} agree", "chip_icon": "check", "chip_tone": "ok"}
    alone = len(made.sources_used) <= 1
    why = "nothing confirms it" if alone else "in doubt"
    return {"chip": f"{count}: {why}", "chip_icon": "warning", "chip_tone": "warn"}


def _how(desk: Snapshot, made: EnhancedSymbol) -> str:
    if is_recorded(made):
        return ""
    used = made.sources_used
    if len(used) > 1:
        return f"median of {len(used)}"
    return f"only {provider_words.title_of(desk, used[0])}" if used else "no source agrees"


def _book(desk: Snapshot, made: EnhancedSymbol) -> str:
    if not made.book_source or made.bid is None or made.ask is None:
        return "no bid and ask"
    return f"bid × ask, {provider_words.title_of(desk, made.book_source)}"


def reasons(desk: Snapshot, made: EnhancedSymbol) -> tuple[str, ...]:
    """Return in sentences what counts against the price, who is left out, and what trading needs."""
    if is_recorded(made):
        kind = FeedKind.REPLAY if desk.by_source is None else desk.by_source.feed
        return (_ALONE.get(kind, _ALONE[FeedKind.REPLAY]),)
    found = [words.sentence(words.prose(made.doubt))] if made.doubt else []
    for name, one in made.sources.items():
        if one.verdict is not SourceVerdict.USED:
            found.append(_left_out(provider_words.title_of(desk, name), one))
    need = words.count(made.quorum, "agreeing source")
    return (*found, f"Trading needs {need}.")


def _left_out(title: str, one: SourcePrice) -> str:
    why = (
        words.figures(one.left_out) or _VERDICTS.get(one.verdict, _KEPT_APART[one.timeliness]).word
    )
    if one.verdict is SourceVerdict.NO_PRICE:
        return words.sentence(f"{title} has no price: {why}")
    if one.verdict is SourceVerdict.NOT_REAL_TIME:
        return words.sentence(f"{title} is kept apart: {why}")
    return words.sentence(f"{title} is left out: {why}")


def _measures(desk: Snapshot, made: EnhancedSymbol) -> dict[str, Any]:
    view: dict[str, Any] = {"measured": not is_recorded(made)}
    if made.agreed_pct is not None:
        view["agreed"] = f"{made.agreed_pct:.1f}% of quotes"
    if made.longest_gap_s is not None:
        at = made.longest_gap_at
        when = "" if at is None else f" at {provider_words.as_of(desk, at)}"
        view["gap"] = f"{words.span(made.longest_gap_s)}{when}"
    return view


def source_rows(desk: Snapshot, wall: datetime, symbol: str) -> list[dict[str, Any]]:
    """Return one row per source of a symbol, in the providers' own order, so that none jumps."""
    made = of_symbol(desk, symbol)
    if made is None:
        return []
    stats = {} if desk.source_stats is None else desk.source_stats.providers
    order = {name: place for place, name in enumerate(stats)}
    names = sorted(made.sources, key=lambda name: (order.get(name, len(order)), name))
    return [_row(desk, wall, (symbol, name), made.sources[name], stats.get(name)) for name in names]


def _row(
    desk: Snapshot, wall: datetime, which: tuple[str, str], one: SourcePrice,
    stats: SourceStats | None,
) -> dict[str, Any]:  # fmt: skip
    symbol, name = which
    verdict = _verdict(one)
    quota = provider_words.Quota() if stats is None else provider_words.quota_of(stats)
    used = one.verdict is SourceVerdict.USED
    return {
        "name": name,
        "subject": f"source/{symbol}/{name}",
        "title": name if stats is None or not stats.title else stats.title,
        "how": "" if one.timeliness is Timeliness.RECORDED or one.streamed else "by request",
        "price": fmt.price(one.price),
        "priceTone": "" if used else "faint",
        **_age(desk, wall, one),
        "deviation": _deviation(one),
        "verdict": verdict.word,
        "icon": verdict.icon,
        "tone": verdict.tone,
        "quota": _quota_line(stats, quota),
        "share": quota.share,
        "quotaTone": quota.tone if _asked_freely(stats) else "warn",
        "quotaHint": quota.hint,
    }


def _verdict(one: SourcePrice) -> State:
    if one.timeliness is Timeliness.RECORDED:
        return _KEPT_APART[Timeliness.RECORDED]
    if one.verdict is SourceVerdict.NOT_REAL_TIME:
        return _KEPT_APART[one.timeliness]
    return _VERDICTS[one.verdict]


def _age(desk: Snapshot, wall: datetime, one: SourcePrice) -> dict[str, str]:
    """Return the age from the exchange's stamp: it counts up between two documents."""
    now = desk.feed_now(wall)
    if one.at is None or now is None or one.price is None:
        return {"age": words.NONE, "ageTone": "off"}
    seconds = max(0.0, (now - one.at).total_seconds())
    status = desk.market_status
    is_open = status is not None and status.market_open
    late = is_open and one.timeliness is Timeliness.REAL_TIME and seconds > AGEING_S
    return {"age": words.span(seconds), "ageTone": "warn" if late else "muted"}


def _deviation(one: SourcePrice) -> str:
    if one.deviation_bp is None or one.timeliness is Timeliness.RECORDED:
        return words.NONE
    return fmt.signed(one.deviation_bp, _BP_PLACES, " bp")


def _asked_freely(stats: SourceStats | None) -> bool:
    return stats is None or stats.state in (ProviderState.OK, ProviderState.NOT_CONFIGURED)


def _quota_line(stats: SourceStats | None, quota: provider_words.Quota) -> str:
    if stats is None or stats.timeliness is Timeliness.RECORDED:
        return ""
    if _asked_freely(stats):
        return quota.line
    until = "" if stats.until is None else f" until {words.clock(stats.until)}"
    return f"{provider_words.state_of(stats).word}{until}"
