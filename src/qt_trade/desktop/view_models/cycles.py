"""One cycle of AutoTrading in words: each symbol's way through the stages, to where it ended and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.payloads.trading import CycleReport, CycleRow, CycleSummary, SourceSignal
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import freshness, words
from qt_trade.desktop.view_models.mode import mode_of, words_of
from qt_trade.desktop.view_models.trading import STAGES, furthest_first
from qt_trade.model.signals import Source, Vote

_SOURCES = {
    Source.ML: "ML",
    Source.CANDIDATES: "AI",
    Source.TECHNICAL: "technical",
    Source.OWN: "own",
}
_VOTES = {Vote.BUY: "buy", Vote.SELL: "sell", Vote.HOLD: "hold", Vote.SILENT: "silent"}

_STRONG = (Vote.BUY, Vote.SELL)


@dataclass(frozen=True, slots=True)
class CycleView:
    """The cycle that is looked at, its number as text. ``empty``: why there are no rows of it."""

    number: str = ""
    newest: bool = True
    title: str = "Last cycle"
    slot: str = ""
    note: str = ""
    note_tone: str = "faint"
    stale: bool = False
    candidates: str = words.NONE
    signals: str = words.NONE
    passed_risk: str = words.NONE
    orders: str = words.NONE
    from_where: str = "watch list"
    thresholds: str = ""
    to_where: str = ""
    can_back: bool = False
    can_forward: bool = False
    empty: str = "No cycle has run yet"
    empty_words: str = ""


def numbers_of(desk: Snapshot) -> list[int]:
    """Return the numbers of the cycles that can be looked at, oldest first."""
    status = desk.trading_status
    if status is None:
        return []
    known = {one.number for one in status.cycles} | set(desk.cycles_seen)
    return sorted(known)


def cycle_view(desk: Snapshot, wall: datetime, number: int) -> CycleView:
    """Return a cycle for this moment."""
    status = desk.trading_status
    if status is None:
        return CycleView(empty="No engine heard yet")
    fresh = freshness.of(desk, registry.TRADING_STATUS, wall)
    every = numbers_of(desk)
    report = desk.cycles_seen.get(number)
    figures = report or next((one for one in status.cycles if one.number == number), None)
    if figures is None:
        minutes = round(status.cycle_interval_s / 60)
        return CycleView(
            stale=fresh.stale,
            empty_words=f"A cycle runs every {minutes} minutes of market time while AutoTrading is on.",
        )
    newest = number == every[-1]
    return CycleView(
        number=str(number),
        newest=newest,
        title=f"Cycle {number}",
        slot=f"slot {words.clock(figures.slot)} ET",
        note=fresh.note if fresh.stale else _note(report, desk, wall),
        note_tone="warn" if fresh.stale else "faint",
        stale=fresh.stale,
        candidates=str(figures.candidates),
        signals=str(figures.signals),
        passed_risk=str(figures.passed_risk),
        orders=str(figures.orders),
        from_where=_origin(report),
        thresholds=_thresholds(desk) if newest else "",
        to_where=words_of(mode_of(desk)),
        can_back=number > every[0],
        can_forward=not newest,
        **_why_empty(report, figures),
    )


def cycle_rows(desk: Snapshot, number: int) -> list[dict[str, Any]]:
    """Return a cycle's symbols, those that came furthest first."""
    report = desk.cycles_seen.get(number)
    return [] if report is None else [_row(row) for row in furthest_first(report)]


def _note(report: CycleReport | None, desk: Snapshot, wall: datetime) -> str:
    if report is None:
        return ""
    ran = f"ran {words.age(report.at, desk.backend_now(wall))} ago"
    took = "" if report.took_ms is None else f"took {words.milliseconds(report.took_ms)} · "
    return took + ran


def _origin(report: CycleReport | None) -> str:
    if report is None or not report.strategy:
        return "watch list"
    return f"watch list, {report.strategy.lower()}"


def _why_empty(report: CycleReport | None, figures: CycleReport | CycleSummary) -> dict[str, str]:
    if report is None:
        return {
            "empty": "This desk did not see this cycle",
            "empty_words": f"It looked at {words.count(figures.candidates, 'candidate')} and sent "
            f"{words.count(figures.orders, 'order')}. `qtrade journal why` has each reason.",
        }
    reason = words.prose(report.words) or "Nothing to decide on."
    return {"empty": "No candidates in this cycle", "empty_words": reason}


def _thresholds(desk: Snapshot) -> str:
    settings = desk.trading_settings
    if settings is None:
        return ""
    least = words.plain_percent(settings.buy_threshold_pct, places=3)
    return f"confidence ≥ {words.plain_percent(settings.confidence_min)}, move ≥ {least}"


def _row(row: CycleRow) -> dict[str, Any]:
    reached = STAGES.index(row.ended_at)
    texts = [words.prose(text) for text in (row.candidate, row.signal, row.risk, row.order)]
    confidence = "" if row.confidence is None else words.plain_percent(row.confidence, places=0)
    return {
        "symbol": row.symbol,
        "candidate": row.candidate,
        "confidence": confidence,
        "move": "" if row.expected_return is None else words.percent(row.expected_return),
        "moveTone": words.percent_tone(row.expected_return),
        "stages": [
            {
                "text": texts[i],
                "reached": i <= reached,
                "passed": i < reached or i == len(STAGES) - 1,
                "ended": i == reached,
            }
            for i in range(1, len(STAGES))
        ],
        "ended": row.ended_at.value,
        "sources": " · ".join(_said(one) for one in row.sources),
        "sourceWords": "\n".join(f"{_SOURCES[one.source]}: {one.words}" for one in row.sources),
    }


def _said(signal: SourceSignal) -> str:
    """Return what a source said in two words: ``ML buy 64%``."""
    strong = f" {words.plain_percent(signal.strength, places=0)}" if signal.vote in _STRONG else ""
    return f"{_SOURCES[signal.source]} {_VOTES[signal.vote]}{strong}"
