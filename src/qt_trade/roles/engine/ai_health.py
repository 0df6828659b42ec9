"""The AI that names candidates as a service, and what of it needs a person."""

from qt_trade.contract.payloads.health import ServiceHealth, ServiceStatus, Severity
from qt_trade.contract.payloads.signals import CandidateState, GrokCandidates
from qt_trade.roles.engine.conditions import Condition

_STATUS = {
    CandidateState.NOT_CONFIGURED: ServiceStatus.NOT_CONFIGURED,
    CandidateState.ACTIVE: ServiceStatus.ACTIVE,
    CandidateState.BUDGET_USED: ServiceStatus.DEGRADED,
    CandidateState.ERROR: ServiceStatus.ERROR,
}
_TITLES = {
    CandidateState.BUDGET_USED: "The AI's budget is used up",
    CandidateState.ERROR: "The AI gives no candidates",
}


def ai_service(known: GrokCandidates | None) -> ServiceHealth:
    """Return the AI's state in the words of ``system_status``."""
    if known is None:
        return ServiceHealth(
            status=ServiceStatus.NOT_CONFIGURED, words="no worker has told of it yet"
        )
    status = _STATUS[known.state]
    if known.state is CandidateState.ERROR and not known.action:
        # It is asked again in its next slot, and nobody has to do anything.
        status = ServiceStatus.DEGRADED
    return ServiceHealth(status=status, words=known.words)


def ai_conditions(known: GrokCandidates | None) -> tuple[Condition, ...]:
    """Return what of the AI needs a person: nothing, unless there is something to be done."""
    if known is None or not known.action or known.state not in _TITLES:
        return ()
    used = known.state is CandidateState.BUDGET_USED
    return (
        Condition(
            key="ai.budget" if used else "ai.fails",
            severity=Severity.INFO if used else Severity.WARNING,
            title=_TITLES[known.state],
            message=f"{known.words}. Models and technical signals go on without it.",
            action=known.action,
        ),
    )
