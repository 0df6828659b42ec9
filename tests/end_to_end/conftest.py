"""The fixtures of tests of the whole product."""

import pytest
from tests.desktop.conftest import open_desk, qapp

__all__ = ["open_desk", "qapp", "trade_unproven"]


@pytest.fixture
def trade_unproven(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a run trade on the baseline, which has shown no skill; its money is simulated."""
    monkeypatch.setenv("QTRADE_INTELLIGENCE__TRADE_UNPROVEN", "true")
