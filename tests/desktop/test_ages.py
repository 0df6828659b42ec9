"""The age and source of every number: on hover, on a click, with the key I; in a cell, too."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtQuick import QQuickItem
from tests.desktop import backend as published
from tests.desktop import predictions
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands
from tests.servers import ServerProcess

from qt_trade.contract import registry
from qt_trade.contract.payloads.sources import (
    EnhancedSymbol,
    MultiApiEnhancedData,
    SourcePrice,
    SourceVerdict,
    Timeliness,
)
from qt_trade.desktop.models.skills import MEANINGS
from qt_trade.desktop.view_models.ages import AgeView, age_view
from qt_trade.kit.clock import SystemClock
from qt_trade.model.predictions import Skill

FIGURES = (
    "summary//total_value", "summary//day_change", "quote/AAPL/price", "quote/AAPL/spread",
    "bar/AAPL/ema", "position/TSLA/weight", "positions//day_pl", "prediction/AAPL/30",
    "trade/fill-5/realized", "order/order-9/quantity", "status//checks", "status//next_run",
    "market//feed", "market//clock", "link//latency", "settings//stop_loss", "limits//limit",
    "estimate/AAPL/value", "status/AAPL/row",
    "config//stopLoss", "session//seen", "canary//total", "letter//times", "line/Redis/latency",
    "line/PostgreSQL/latency", "role/worker/queue", "score/gbm-30-v31/30/brier",
    "score//sealed", "training//progress",
)  # fmt: skip
ANYTHING = (
    "quote/XXX/price",
    "bar/XXX/close",
    "prediction/XXX/60",
    "candidate/XXX/confidence",
    "trade/none/price",
)


def full(hands: Hands, backend: Backend) -> None:
    backend.publish_everything()
    hands.until(lambda: hands.read("headerTradeTitle") == "Ready to trade")
    hands.until(lambda: len(hands.snapshot.quotes) == len(published.CASES))
    hands.settle()


def rows(hands: Hands) -> dict[str, str]:
    view = hands.app.desk.ages.view.view
    return {row["name"]: row["value"] for row in view.rows}


def cell(hands: Hands, table: str, text: str) -> QPoint:
    """Return where the first cell with a text stands."""
    found = next(
        item
        for item in hands._items(hands.item(table))
        if item.property("display") == text and item.isVisible()
    )
    return middle(found)


def middle(item: QQuickItem) -> QPoint:
    return item.mapToScene(QPointF(item.width() / 2, item.height() / 2)).toPoint()


def test_pointing_at_a_number_tells_where_it_comes_from(desk: Hands, backend: Backend) -> None:
    """The value, its source and age, its way here, its writer and key; leaving closes it."""
    full(desk, backend)
    assert not desk.item("agePopup").isVisible()
    desk.point("headerAccount")
    desk.until(lambda: desk.item("agePopup").isVisible())
    assert desk.read("agePopupValue") == "100,452.61"
    assert desk.read("agePopupLine").startswith("Engine, on REPLAY prices · ")
    told = rows(desk)
    assert told["How"] == "cash and the market value of all positions"
    assert told["Written by"] == "engine"
    assert told["Key"] == "backend:portfolio_summary"
    assert int(told["Revision"]) >= 1
    assert told["To this desk"].endswith(" ms")
    assert told["Recorded time"] == "13:46:00.000 ET"

    desk.point_at(QPoint(800, 985))
    desk.until(lambda: not desk.item("agePopup").isVisible())


def test_a_click_pins_it_and_escape_closes_it(desk: Hands, backend: Backend) -> None:
    """Pinned it stays when the pointer leaves."""
    full(desk, backend)
    desk.press("portfolioTotalAge")
    assert desk.item("agePopup").isVisible()
    desk.point_at(QPoint(800, 985))
    desk.settle()
    assert desk.read("agePopupValue") == "100,452.61"
    desk.type(Qt.Key.Key_Escape)
    assert not desk.item("agePopup").isVisible()


def test_the_key_i_asks_for_the_focused_value(desk: Hands, backend: Backend) -> None:
    """Tab reaches the value, I opens and closes."""
    full(desk, backend)
    desk.press("navDashboard")
    while not desk.read("portfolioTotalAge", "activeFocus"):
        desk.type(Qt.Key.Key_Tab)
    desk.type(Qt.Key.Key_I)
    assert desk.read("agePopupValue") == "100,452.61"
    desk.type(Qt.Key.Key_I)
    assert not desk.item("agePopup").isVisible()


def test_in_a_table_it_follows_the_hovered_cell(desk: Hands, backend: Backend) -> None:
    """A quote's price in Markets, then a prediction in the same row."""
    full(desk, backend)
    desk.show("Markets")
    desk.settle()
    desk.point_at(cell(desk, "watchList", "487.75"))
    desk.until(lambda: desk.item("agePopup").isVisible())
    assert desk.read("agePopupValue") == "487.75"
    assert desk.read("agePopupLine").startswith("REPLAY, recorded bars · ")
    assert rows(desk)["Sequence"] == "10"
    assert rows(desk)["Key"] == "quotes:AAPL"

    backend.publish(published.quote("AAPL", 490.12, 483.03, sequence=11))
    desk.until(lambda: desk.read("agePopupValue") == "490.12")
    assert rows(desk)["Sequence"] == "11"

    volume = cell(desk, "watchList", "1.2 M")
    desk.point_at(volume)
    desk.until(lambda: desk.read("agePopupValue") == "1.2 M")
    assert rows(desk)["How"].startswith("shares traded")


def test_a_predictions_pop_up_tells_its_bands_and_what_its_model_has_shown(
    desk: Hands, backend: Backend
) -> None:
    """The skill in a sentence, and the model's score where it was scored."""
    full(desk, backend)
    skills = {15: Skill.PROVEN, 30: Skill.WAITING, 60: Skill.NOT_PROVEN}
    backend.write(registry.PREDICTIONS_CURRENT, predictions.said(skills))
    backend.write(registry.ML_SCORECARD, predictions.scored({15: 6375, 30: 212}))
    desk.until(lambda: desk.snapshot.scorecard is not None)
    desk.until(lambda: (desk.snapshot.predictions or published.predicted()).model == "gbm")
    desk.app.desk.ages.ask("prediction/AAPL/15")
    told = rows(desk)
    assert told["50% band"] == "487.95 to 488.73"
    assert told["90% band"] == "487.36 to 489.31"
    assert (told["Confidence"], told["Skill"]) == ("61%", MEANINGS[Skill.PROVEN])
    assert told["Score"] == (
        "52.4% right, 51.6% by doing nothing: +0.8 points (−0.4 to 2.0), 6,375 cases"
    )
    desk.app.desk.ages.ask("prediction/AAPL/30")
    assert rows(desk)["Score"] == "not enough data yet, 212 of 400 cases"
    desk.app.desk.ages.ask("prediction/AAPL/60")
    assert "Score" not in rows(desk)


def test_in_a_table_the_keys_choose_the_cell(desk: Hands, backend: Backend) -> None:
    """Arrows move, I asks: weight and mark of the second position."""
    full(desk, backend)
    desk.press("navDashboard")
    while not desk.read("positionsTable", "activeFocus"):
        desk.type(Qt.Key.Key_Tab)
    desk.type(Qt.Key.Key_Down)
    desk.type(Qt.Key.Key_Right)
    desk.type(Qt.Key.Key_Right)
    desk.type(Qt.Key.Key_I)
    desk.until(lambda: desk.item("agePopup").isVisible())
    assert desk.read("agePopupValue") == "183.07"
    assert rows(desk)["How"] == "the last quote the engine has seen"
    assert desk.page == "Dashboard"


def test_what_is_missing_is_named_with_its_reason(desk: Hands, backend: Backend) -> None:
    """A total without a price names the symbol; a bid that no source gives says so."""
    full(desk, backend)
    bare = msgspec.structs.replace(published.HELD[0], last=None, market_value=None, weight=None)
    backend.write(registry.PORTFOLIO_POSITIONS, published.holdings((bare, *published.HELD[1:])))
    backend.write(registry.PORTFOLIO_SUMMARY, published.summary(total=None))
    backend.publish(published.quote("AAPL", 487.75, 483.03, bid=None, sequence=12))
    desk.until(lambda: desk.snapshot.quotes["AAPL"].bid is None)
    desk.until(lambda: desk.read("headerAccountTitle") == "—")

    desk.app.desk.ages.ask("summary//total_value")
    desk.until(lambda: rows(desk).get("Missing") == "no price of AAPL")
    desk.app.desk.ages.ask("positions//market_value")
    assert rows(desk)["Missing"] == "no value of AAPL, and so no total"
    desk.app.desk.ages.ask("quote/AAPL/spread")
    assert rows(desk)["Missing"] == "the source gives no bid"


@pytest.mark.parametrize("subject", FIGURES)
def test_every_kind_of_figure_is_explained(desk: Hands, backend: Backend, subject: str) -> None:
    """Source, age and how it was made, for one figure of each kind on the pages."""
    full(desk, backend)
    desk.app.desk.ages.ask(subject)
    view = desk.app.desk.ages.view.view
    assert view.shown
    assert view.line
    assert rows(desk)["How"]


@pytest.mark.parametrize("subject", ANYTHING)
def test_what_nobody_has_is_said_to_be_missing(desk: Hands, backend: Backend, subject: str) -> None:
    """Before anything came, and for what never comes, the pop-up says so and invents nothing."""
    desk.app.desk.ages.ask(subject)
    assert rows(desk)["Missing"]
    full(desk, backend)
    desk.app.desk.ages.ask(subject)
    assert rows(desk)["Missing"]


def test_several_sources_are_counted_and_the_one_left_out_is_named(
    desk: Hands, backend: Backend
) -> None:
    """As in the picture: 3 of 4 sources, and who was left out and why."""
    full(desk, backend)
    said = {
        name: SourcePrice(price=487.75, at=published.NOW, age_s=age, deviation_bp=0.0,
                          timeliness=Timeliness.REAL_TIME, verdict=SourceVerdict.USED,
                          left_out="11.2 s old" if name == "twelvedata" else "", streamed=True)
        for name, age in (("finnhub", 0.4), ("yahoo", 0.8), ("fmp", 1.1), ("twelvedata", 11.2))
    }  # fmt: skip
    agreed = EnhancedSymbol(
        price=487.75, open=None, high=None, low=None, previous_close=None, change=None,
        change_pct=None, volume=None, primary_source="finnhub", sources_count=4,
        sources_used=("finnhub", "yahoo", "fmp"), sources=said, market_cap=None, pe_ratio=None,
        bid=None, ask=None, book_source="", quorum=2, dispersion_bp=0.0, doubt="", halted=False,
        agreed_pct=None, longest_gap_s=None, longest_gap_at=None, timestamp=published.NOW,
    )  # fmt: skip
    data = MultiApiEnhancedData(
        **published.stamp("streamer"), run_id=published.RUN, feed_ts=published.NOW,
        symbols={"AAPL": agreed},
    )  # fmt: skip
    backend.write(registry.MULTI_API_DATA, data)
    desk.until(lambda: desk.snapshot.by_source is not None)
    desk.app.desk.ages.ask("quote/AAPL/price")
    assert desk.read("agePopupLine").startswith("3 of 4 sources · ")
    assert rows(desk)["Left out"] == "twelvedata, 11.2 s old"
    assert rows(desk)["Sources"] == "finnhub, yahoo, fmp"


def test_without_redis_it_says_since_when_the_value_is_old(
    open_desk: Callable[[str], Hands], private_valkey: ServerProcess
) -> None:
    """The pop-up works on what is left."""
    backend = Backend(private_valkey.url)
    hands = open_desk(private_valkey.url)
    full(hands, backend)
    private_valkey.kill()
    hands.until(lambda: not hands.snapshot.connected)
    hands.press("portfolioTotalAge")
    hands.until(lambda: hands.read("agePopupLine").startswith("Engine, on REPLAY prices · stale"))
    assert rows(hands)["Key"] == "backend:portfolio_summary"
    private_valkey.start()
    backend.close()


def test_ages_are_counted_on_the_servers_clock(desk: Hands, backend: Backend) -> None:
    """A desk whose clock is an hour behind shows the same age as one that is right."""
    full(desk, backend)
    now = SystemClock().now()
    right = age_view(desk.snapshot, "summary//total_value", now)
    desk.snapshot.ahead_s = 3600.0
    behind = age_view(desk.snapshot, "summary//total_value", now - timedelta(hours=1))
    assert behind.line == right.line


def test_a_closed_pop_up_costs_nothing(desk: Hands, backend: Backend) -> None:
    """Nothing is worked out while none is asked for, whatever arrives."""
    seen: list[object] = []
    desk.app.desk.ages.view.shownChanged.connect(lambda: seen.append(1))
    full(desk, backend)
    assert desk.app.desk.ages.view.view == AgeView()
    assert seen == []
