"""The AI as the engine judges it: as a service, and as what a person must look at."""

from datetime import UTC, datetime

import pytest

from qt_trade.contract.payloads.health import ServiceStatus, Severity
from qt_trade.contract.payloads.signals import CandidateState, GrokCandidates
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.engine.ai_health import ai_conditions, ai_service

AT = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)


def told(state: CandidateState, action: str = "") -> GrokCandidates:
    return GrokCandidates(
        ts=AT, source="worker", feed=FeedKind.REAL_TIME, state=state, words="so", model="",
        asked_at=None, took_s=None, cost_usd=None, spent_usd=0.0, budget_usd=1.0, candidates=(),
        action=action,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "action", "status"),
    [
        (CandidateState.NOT_CONFIGURED, "", ServiceStatus.NOT_CONFIGURED),
        (CandidateState.ACTIVE, "", ServiceStatus.ACTIVE),
        (CandidateState.BUDGET_USED, "wait", ServiceStatus.DEGRADED),
        (CandidateState.ERROR, "", ServiceStatus.DEGRADED),
        (CandidateState.ERROR, "set the key", ServiceStatus.ERROR),
    ],
)
def test_the_ai_is_a_service_in_a_state(
    state: CandidateState, action: str, status: ServiceStatus
) -> None:
    """One slow answer is no error of a service that is asked again soon."""
    found = ai_service(told(state, action))
    assert (found.status, found.words) == (status, "so")


def test_before_a_worker_told_of_it_nothing_is_claimed() -> None:
    assert ai_service(None).status is ServiceStatus.NOT_CONFIGURED
    assert ai_conditions(None) == ()


@pytest.mark.parametrize("state", CandidateState)
def test_nobody_is_called_who_can_do_nothing(state: CandidateState) -> None:
    """Whatever went wrong once: it is said on the page."""
    assert ai_conditions(told(state)) == ()


@pytest.mark.parametrize(
    ("state", "key", "severity"),
    [
        (CandidateState.ERROR, "ai.fails", Severity.WARNING),
        (CandidateState.BUDGET_USED, "ai.budget", Severity.INFO),
    ],
)
def test_a_person_is_called_with_what_there_is_to_do(
    state: CandidateState, key: str, severity: Severity
) -> None:
    """A refused key, repeated failures, a budget that is used up."""
    (one,) = ai_conditions(told(state, "do this"))
    assert (one.key, one.severity, one.action) == (key, severity, "do this")
    assert one.message.startswith("so. Models")
