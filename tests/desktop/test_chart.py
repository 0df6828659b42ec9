"""The chart of the Markets page: its intervals from history, its keys, its gaps."""

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest
from tests.desktop import backend as published
from tests.desktop import predictions, sources
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands

from qt_trade.contract import registry
from qt_trade.contract.payloads.history import History
from qt_trade.desktop.items.candle_chart import CandleChart
from qt_trade.model.predictions import Skill

MIDNIGHT = published.OPEN - timedelta(hours=9, minutes=30)
DAYS, QUARTERS = 60, 26


@pytest.fixture
def market(desk: Hands, backend: Backend) -> Hands:
    """The Markets page of a recording in the middle of its Monday, AAPL selected."""
    backend.publish_everything()
    desk.show("Markets")
    desk.until(lambda: desk.read("chartSymbol") == "AAPL")
    desk.until(lambda: len(desk.app.desk.charts.bars.bars) >= 256)
    desk.settle()
    desk.app.window.requestActivate()
    desk.until(desk.app.window.isActive)
    return desk


def chart(desk: Hands) -> CandleChart:
    found = desk.item("candleChart")
    assert isinstance(found, CandleChart)
    return found


def history(symbol: str = "AAPL") -> History:
    """Return sixty days, and the quarters of the Friday before."""
    friday = published.OPEN - timedelta(days=3)
    return sources.stored(
        symbol,
        DAY_1=sources.columns(
            MIDNIGHT - timedelta(days=DAYS), timedelta(days=1), [400.0 + n for n in range(DAYS)]
        ),
        MIN_15=sources.columns(
            friday, timedelta(minutes=15), [470.0 + n / 10 for n in range(QUARTERS)]
        ),
    )


def described(item: QQuickItem) -> str:
    """Return what is said of an item to who cannot see it."""
    interface = QAccessible.queryAccessibleInterface(item)
    return str(interface.text(QAccessible.Text.Description))


def shown(desk: Hands) -> int:
    """Return how many bars the present interval has."""
    return len(chart(desk)._drawn())  # what stands on the screen


def test_long_intervals_go_back_over_the_stored_bars(market: Hands, backend: Backend) -> None:
    """Only the selected symbol's are fetched; today's candle is made of the minutes."""
    market.press("interval1D")
    market.until(lambda: shown(market) == 1)
    backend.write_part(registry.HISTORY, history(), "AAPL")
    market.until(lambda: shown(market) == DAYS + 1)
    today = market.read("candleChart", "legend")
    assert today["time"] == "Mon 7 Oct 2013"
    assert today["close"] == "487.75"
    assert today["vwap"] == "—"
    market.press("interval15m")
    market.until(lambda: shown(market) == QUARTERS + 18)
    market.press("interval1h")
    market.until(lambda: shown(market) == 7 + 5)
    market.press("interval5m")
    market.until(lambda: shown(market) == 52)
    assert list(market.snapshot.histories) == ["AAPL"]


def test_another_symbol_brings_its_own_history(market: Hands, backend: Backend) -> None:
    """And lets go of the last one's."""
    backend.write_part(registry.HISTORY, history(), "AAPL")
    backend.write_part(registry.HISTORY, history("GOOG"), "GOOG")
    market.press("interval1D")
    market.until(lambda: shown(market) == DAYS + 1)
    market.app.desk.selectSymbol("AMZN")
    market.until(lambda: shown(market) == 1)
    market.app.desk.selectSymbol("GOOG")
    market.until(lambda: shown(market) == DAYS + 1)


def test_brackets_change_the_interval_and_stop_at_the_ends(market: Hands) -> None:
    market.item("marketsPage").forceActiveFocus()
    for _ in range(4):
        market.type(Qt.Key.Key_BracketRight)
    assert market.read("candleChart", "interval") == "1D"
    for _ in range(6):
        market.type(Qt.Key.Key_BracketLeft)
    assert market.read("candleChart", "interval") == "1m"


def test_the_charts_keys_work_from_anywhere_on_the_page(market: Hands) -> None:
    """Zoom, move and home; none of them while a text is typed."""
    market.item("marketsPage").forceActiveFocus()
    market.type(Qt.Key.Key_BracketLeft)
    before = chart(market)._view.span  # how far one looks has no other sign
    market.type(Qt.Key.Key_Plus)
    assert chart(market)._view.span < before
    market.type(Qt.Key.Key_Left)
    assert not market.read("candleChart", "following")
    assert market.shows("chartHome")
    market.type(Qt.Key.Key_Home)
    assert market.read("candleChart", "following")

    market.until(lambda: market.read("watchAdd", "enabled"))
    market.write("watchAdd", "A")
    QTest.keyClick(market.app.window, Qt.Key.Key_BracketRight)
    assert market.read("candleChart", "interval") == "1m"


def test_missing_minutes_are_a_hole_in_the_chart(market: Hands, backend: Backend) -> None:
    """Their places stay empty; nothing is drawn across them."""
    every = published.bars("NVDA", 15.54, 0.05)
    backend.append(registry.BARS, [*every[:100], *every[130:]], "NVDA")
    market.app.desk.selectSymbol("NVDA")
    market.press("interval1m")
    market.until(lambda: shown(market) == 256 - 30)
    drawn = chart(market)._drawn()
    assert drawn.slots == 256
    assert [drawn.index_at(slot) for slot in (99, 100, 129, 130)] == [99, -1, -1, 100]
    assert not drawn.linked[100]


def test_the_legend_says_of_the_prediction_who_made_it_with_which_skill_until_when(
    market: Hands, backend: Backend
) -> None:
    """And which bands are drawn of it; the same is said to who cannot see the chart."""
    market.until(lambda: "prediction, 50% and 90% band" in market.words())
    assert market.read("outlookWords") == "proven · until 14:00 · drift-volatility"
    backend.write(
        registry.PREDICTIONS_CURRENT,
        predictions.said({15: Skill.NO_SKILL, 30: Skill.PROVEN, 60: Skill.PROVEN}, halves=False),
    )
    skills = "no skill at 15 min, proven at 30 and 60 min"
    market.until(lambda: market.read("outlookWords") == f"{skills} · until 14:00 · gbm")
    assert "prediction, 90% band" in market.words()
    assert skills in described(market.item("candleChart"))


def test_without_a_prediction_the_legend_says_why(market: Hands, backend: Backend) -> None:
    market.app.desk.selectSymbol("GOOG")
    backend.write(registry.PREDICTIONS_CURRENT, predictions.said({}, words="12 of 30 bars"))
    market.until(lambda: market.read("outlookWords") == "no prediction: 12 of 30 bars")
    assert market.app.desk.charts.bars.outlook is None


def test_an_expired_prediction_is_grey_and_says_so(market: Hands, backend: Backend) -> None:
    """As well in the table: its colours go when the next one should long have come."""
    backend.write(registry.PREDICTIONS_CURRENT, predictions.expired())
    market.until(lambda: "expired 13:44" in market.read("outlookWords"))
    series = market.app.desk.charts.bars
    assert series.outlook is not None
    assert series.outlook.old
    market.show("Dashboard")
    market.until(lambda: market.read("predictionsCardNote").startswith("13:30"))
    assert all(row.stale for row in market.app.desk.tables.predictions._rows)

    backend.write(registry.PREDICTIONS_CURRENT, published.predicted())
    market.until(lambda: series.outlook is not None and not series.outlook.old)


def test_of_long_bars_no_prediction_is_drawn(market: Hands) -> None:
    """An hour ahead is no part of a chart of days, and one bar of a chart of hours."""
    for interval in ("1h", "1D"):
        market.press(f"interval{interval}")
        market.settle()
        assert not any("90% band" in words for words in market.words())
        assert market.read("outlookWords") == "prediction: drawn on the intervals up to 15m"
    market.press("interval1m")
    market.settle()
    assert "prediction, 50% and 90% band" in market.words()
