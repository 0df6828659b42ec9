"""The AI that names candidates as a service, and what of it needs a person."""

from qt_trade.contract.payloads.health import ServiceHealth, ServiceStatus, Severity
from qt_trade.contract.payloads.signals import CandidateState, GrokCandidates
from qt_trade.roles.engine.conditions import Condition

FAILS_HOLDS_S = 60.0
"""An AI that has no answer once is nobody's trouble: it is asked again in the next slot."""

_STATUS = {
    CandidateState.NOT_CONFIGURED: ServiceStatus.NOT_CONFIGURED,
    CandidateState.ACTIVE: ServiceStatus.ACTIVE,
    CandidateState.BUDGET_USED: ServiceStatus.DEGRADED,
    CandidateState.ERROR: ServiceStatus.ERROR,
}


def ai_service(known: GrokCandidates | None) -> ServiceHealth:
    """Return the AI's state in the words of ``system_status``."""
    if known is None:
        return ServiceHealth(
            status=ServiceStatus.NOT_CONFIGURED, words="no worker has told of it yet"
        )
    return ServiceHealth(status=_STATUS[known.state], words=known.words)


def ai_conditions(known: GrokCandidates | None) -> tuple[Condition, ...]:
    """Return what of the AI needs a person."""
    if known is None or known.state is not CandidateState.ERROR:
        return ()
    return (
        Condition(
            key="ai.fails",
            severity=Severity.WARNING,
            title="The AI gives no candidates",
            message=f"{known.words}. Models and technical signals go on without it.",
            action="See Intelligence; a refused key is set anew as QTRADE_AI__KEY.",
            holds_s=FAILS_HOLDS_S,
        ),
    )
