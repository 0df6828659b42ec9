"""Which of a provider's quotas is told where there is room for one."""

import pytest
from tests.desktop.sources import provider, window

from qt_trade.contract.payloads.sources import QuotaWindow
from qt_trade.desktop.view_models.provider_words import quota_of
from qt_trade.model.quotas import Window

SECOND = window(Window.SECOND, 30, 3)
MINUTE = window(Window.MINUTE, 60, 22)
FULL_MINUTE = window(Window.MINUTE, 8, 8)
DAY = window(Window.DAY, 800, 188)
FULL_DAY = window(Window.DAY, 800, 800)


@pytest.mark.parametrize(
    ("windows", "left"),
    [
        ((MINUTE, DAY), "188 of 800 calls today"),
        ((SECOND, MINUTE), "22 of 60 calls this min"),
        ((FULL_MINUTE, FULL_DAY), "800 of 800 calls today"),
        ((FULL_DAY, FULL_MINUTE), "800 of 800 calls today"),
        ((SECOND,), "3 of 30 calls this second"),
    ],
)
def test_the_tightest_that_lasts_longer_than_a_glance_is_told(
    windows: tuple[QuotaWindow, ...], left: str
) -> None:
    """A second's only where there is no other; of two as full as one another the longer one."""
    assert quota_of(provider("Finnhub", windows=windows)).left == left
