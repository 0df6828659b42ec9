"""A claim that cannot be checked cannot be made."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from qt_trade.model.claims import Claim
from qt_trade.model.symbols import symbol

CLAIM = Claim(
    "m", symbol("AAPL"), datetime(2013, 10, 4, 14, tzinfo=UTC), 15, 100.0, 0.6, 0.001, 99.0, 101.0
)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"at": datetime(2013, 10, 4, 14)}, "zone"),  # noqa: DTZ001
        ({"horizon_min": 0}, "horizon"),
        ({"base_price": float("nan")}, "price"),
        ({"base_price": 0.0}, "price"),
        ({"prob_up": 1.01}, "prob_up"),
        ({"prob_up": float("nan")}, "prob_up"),
        ({"expected_return": float("inf")}, "expected return"),
        ({"low": None}, "band"),
        ({"low": 102.0}, "band"),
        ({"quantiles": ((0.5, 100.0), (0.5, 101.0))}, "ascend"),
        ({"quantiles": ((0.5, 100.0), (0.9, 99.0))}, "ascend"),
        ({"quantiles": ((0.0, 100.0),)}, "ascend"),
        ({"quantiles": ((0.5, -1.0),)}, "price"),
    ],
)
def test_a_claim_with_a_wrong_figure_is_refused(change: dict[str, object], words: str) -> None:
    """The error names what is wrong."""
    with pytest.raises(ValueError, match=words):
        replace(CLAIM, **change)  # type: ignore[arg-type]


def test_a_claim_is_due_when_its_horizon_has_passed() -> None:
    """Fifteen minutes after its moment, here."""
    assert CLAIM.due_at == datetime(2013, 10, 4, 14, 15, tzinfo=UTC)
