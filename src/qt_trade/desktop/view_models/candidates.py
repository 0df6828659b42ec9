"""The AI's candidates in words: who said what, and why there is nothing where there is nothing.

What an AI writes is an outsider's text: shown as plain characters in one line, never as markup.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from qt_trade.contract import registry
from qt_trade.contract.payloads.signals import (
    Candidate,
    CandidateState,
    GrokCandidates,
    Recommendation,
)
from qt_trade.desktop.models.candidates import CandidateRow
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import freshness, words

OPINION = "An opinion, never an order"
VIEWS = {
    Recommendation.STRONG_BUY: "up",
    Recommendation.BUY: "up",
    Recommendation.HOLD: "flat",
    Recommendation.SELL: "down",
    Recommendation.STRONG_SELL: "down",
}
_TITLES = {
    CandidateState.NOT_CONFIGURED: "No AI is connected",
    CandidateState.ACTIVE: "No candidates",
    CandidateState.BUDGET_USED: "Today's budget for the AI is used up",
    CandidateState.ERROR: "The AI could not be asked",
}
_ICONS = {
    CandidateState.NOT_CONFIGURED: "plug",
    CandidateState.ACTIVE: "list",
    CandidateState.BUDGET_USED: "clock",
    CandidateState.ERROR: "warning",
}
_TROUBLES = {CandidateState.BUDGET_USED: "budget used", CandidateState.ERROR: "not answering"}
_NOTHING_NEW = "It was asked and named no symbol that is still open."


@dataclass(frozen=True, slots=True)
class CandidatesWords:
    """What stands around the candidates. ``title`` and ``told``: why there are none.

    ``trouble``: why no new ones come, said beside those there are.
    """

    known: bool = False
    count: str = ""
    note: str = ""
    tone: str = "faint"
    icon: str = "list"
    title: str = ""
    told: str = ""
    trouble: str = ""


def candidates_words(desk: Snapshot, wall: datetime) -> CandidatesWords:
    """Return the state of the AI and of its candidates at this moment."""
    current = desk.candidates
    note, tone = _note(desk, wall)
    if current is None:
        return CandidatesWords(note=note, tone=tone)
    state = current.state
    told = words.sentence(plain_line(current.words))
    return CandidatesWords(
        known=True,
        count=str(len(current.candidates)) if current.candidates else "",
        note=note,
        tone=tone,
        icon=_ICONS[state],
        title=_TITLES[state],
        told=words.prose(told) if told else _default(current),
        trouble=_TROUBLES.get(state, ""),
    )


def candidate_rows(desk: Snapshot, wall: datetime) -> list[CandidateRow]:
    """Return one row per symbol, in the AI's order; one that is named twice counts once."""
    if desk.candidates is None:
        return []
    now = desk.feed_now(wall)
    rows: dict[str, CandidateRow] = {}
    for one in desk.candidates.candidates:
        rows.setdefault(one.symbol, _row(one, now, connected=desk.connected))
    return list(rows.values())


def plain_line(text: str) -> str:
    """Return a text as one line: no control, no line end, nothing that turns the writing around."""
    kept = (" " if unicodedata.category(one) in _UNSEEN else one for one in text)
    return " ".join("".join(kept).split())


_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _row(one: Candidate, now: datetime | None, *, connected: bool) -> CandidateRow:
    left_s = None if now is None else (one.expires_at - now).total_seconds()
    return CandidateRow(
        symbol=one.symbol,
        view=VIEWS[one.recommendation],
        reason=plain_line(one.reason),
        cited=listed(one.cited),
        confidence=one.confidence,
        expires_at=one.expires_at,
        # By the whole second: what is drawn of it changes no sooner.
        left_s=None if left_s is None else float(round(left_s)),
        became=plain_line(one.became),
        stale=not connected or (left_s is not None and left_s <= 0),
    )


def listed(cited: Iterable[str]) -> str:
    """Return the first source and how many more there are: ``reuters.com, 2 more``."""
    first, *more = [plain_line(one) for one in cited] or [""]
    return f"{first}, {len(more)} more" if more else first


def _note(desk: Snapshot, wall: datetime) -> tuple[str, str]:
    """Return who was asked and how long ago; a line that is cut says since when."""
    fresh = freshness.of(desk, registry.GROK_CANDIDATES, wall)
    current = desk.candidates
    if fresh.stale or current is None or current.asked_at is None:
        return (fresh.note, fresh.tone) if fresh.stale else ("", "faint")
    # The question has the wall's time, what is said of the market has the feed's.
    ago = words.span(freshness.age_s(current.asked_at, desk, wall))
    return f"{plain_line(current.model)} · {ago}", "faint"


def _default(current: GrokCandidates) -> str:
    if current.state is CandidateState.BUDGET_USED:
        return f"{current.spent_usd:.2f} of {current.budget_usd:.2f} USD are spent."
    return _NOTHING_NEW if current.state is CandidateState.ACTIVE else ""
