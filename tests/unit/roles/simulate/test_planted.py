"""A bug planted into one part breaks a rule within a bounded number of seeds, and is caught."""

import pytest
from tests.unit.roles.simulate.planted import BUGS

from qt_trade.kit.logs import configure_logs
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.simulate.parts import Parts
from qt_trade.roles.simulate.seed import run_seed

SEEDS_MAX = 200


@pytest.mark.parametrize(("parts", "rule"), BUGS)
@pytest.mark.timeout(240)
def test_a_planted_bug_is_caught_by_its_rule(parts: Parts, rule: str) -> None:
    """Each rule has somebody who breaks it, or it would prove nothing."""
    configure_logs(role="simulate", feed=FeedKind.SIMULATION, run_id="x", level="CRITICAL")
    broken = (
        violation for seed in range(1, SEEDS_MAX) for violation in run_seed(seed, parts).violations
    )
    assert any(violation.startswith(f"{rule}: ") for violation in broken)
