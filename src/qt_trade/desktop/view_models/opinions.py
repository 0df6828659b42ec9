"""The Intelligence page's card of AI candidates: what one answer took and cost, and what is left."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from qt_trade.contract.payloads.signals import CandidateState, GrokCandidates
from qt_trade.desktop.models import format as fmt
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models.candidates import CandidatesWords, candidates_words
from qt_trade.model.feeds import FeedKind

OPINION = "An opinion, never an order. The models and risk checks decide."
_HOW = "A key in the file ai.key of the keys' folder, or QTRADE_AI__KEY, lets the worker ask one."


@dataclass(frozen=True, slots=True)
class OpinionsView(CandidatesWords):
    """``spent``: of today's budget. ``remark``: why no new ones come, where some still hold."""

    name: str = "AI candidates"
    opinion: str = OPINION
    spent: str = ""
    remark: str = ""
    stale: bool = False


def opinions_view(desk: Snapshot, wall: datetime) -> OpinionsView:
    """Return what stands around the candidates."""
    told = candidates_words(desk, wall)
    view: dict[str, Any] = {one.name: getattr(told, one.name) for one in fields(told)}
    view["stale"] = desk.stale_since is not None
    current = desk.candidates
    if current is None:
        return OpinionsView(**view)
    if not view["stale"]:
        view["note"] = _note(told.note, current)
    if current.state is CandidateState.NOT_CONFIGURED:
        # In a simulation a key would change nothing.
        how = _HOW if current.feed in {FeedKind.REAL_TIME, FeedKind.DELAYED} else ""
        view["told"] = f"{told.told} {how}".strip()
    else:
        view["spent"] = (
            f"{fmt.number(current.spent_usd)} of {fmt.number(current.budget_usd)} USD today"
        )
    grok = "grok" in current.model.lower()
    trouble = current.state is not CandidateState.ACTIVE and current.candidates
    return OpinionsView(
        **view,
        name="Grok candidates" if grok else "AI candidates",
        remark=f"{told.title}. {told.told}".strip() if trouble else "",
    )


def _note(note: str, current: GrokCandidates) -> str:
    """Return who was asked and how long ago, and what the last answer took and cost."""
    took = "" if current.took_s is None else f"{fmt.number(current.took_s, 1)} s"
    cost = "" if current.cost_usd is None else f"{fmt.number(current.cost_usd, 3)} USD"
    return ", ".join(part for part in (note, took, cost) if part)
