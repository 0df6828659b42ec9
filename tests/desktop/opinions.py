"""What an AI says in the desktop's tests; every word and figure is made up."""

from datetime import timedelta
from typing import Any

from tests.desktop import backend as published
from tests.desktop.backend import Backend

from qt_trade.contract import registry
from qt_trade.contract.payloads.signals import (
    Candidate,
    CandidateState,
    GrokCandidates,
    Recommendation,
)
from qt_trade.kit.clock import SystemClock

MODEL = "grok-4"
ASKED_BEFORE = timedelta(minutes=2)


def opinion(symbol: str, says: Recommendation, reason: str, **more: Any) -> Candidate:
    """Return one opinion that holds for 44 minutes."""
    fields: dict[str, Any] = {
        "symbol": symbol, "score": 0.7, "recommendation": says, "reason": reason,
        "target_price": None, "current_price": None, "expected_return": None, "risk_level": 3,
        "confidence": 0.74, "time_horizon": "60 min", "cited": ("reuters.com", "sec.gov"),
        "became": "", "generated_at": published.NOW - ASKED_BEFORE,
        "expires_at": published.NOW + timedelta(minutes=44),
    }  # fmt: skip
    return Candidate(**fields | more)


OPINIONS = (
    opinion("NVDA", Recommendation.STRONG_BUY,
            "Data-centre order news confirmed by two outlets, volume 2.1× average.",
            became="stopped: sector cap"),
    opinion("TSLA", Recommendation.SELL, "Order delay rumour, single source, not confirmed.",
            confidence=0.4, became="not held"),
    opinion("JPM", Recommendation.HOLD, "Nothing new.", cited=(), confidence=0.5),
)  # fmt: skip


def candidates(
    *opinions: Candidate, state: CandidateState = CandidateState.ACTIVE, words: str = ""
) -> GrokCandidates:
    """Return the document of these opinions."""
    return GrokCandidates(
        **published.stamp("worker"),
        state=state,
        words=words,
        model="" if state is CandidateState.NOT_CONFIGURED else MODEL,
        asked_at=None
        if state is CandidateState.NOT_CONFIGURED
        else SystemClock().now() - ASKED_BEFORE,
        took_s=4.1,
        cost_usd=0.012,
        spent_usd=2.0,
        budget_usd=2.0,
        candidates=opinions,
    )


def publish_opinions(backend: Backend) -> None:
    """Write three of them."""
    backend.write(registry.GROK_CANDIDATES, candidates(*OPINIONS))
