"""What each table shows of its rows."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from qt_trade.desktop.models import rows
from qt_trade.desktop.models.portfolio import PositionsModel, PredictionsModel
from qt_trade.desktop.models.rows import Horizon
from qt_trade.desktop.models.skills import MEANINGS
from qt_trade.desktop.models.table import EXTRA, SORT_KEY, TONE, TableModel
from qt_trade.desktop.models.trading import TradesModel
from qt_trade.desktop.models.watch_list import WatchListModel, spark_points
from qt_trade.model.predictions import Skill

AT = datetime(2013, 10, 7, 17, 44, 15, tzinfo=UTC)
FULL = rows.WatchRow(
    symbol="COIN",
    name="Coinbase",
    mine=True,
    sources="3 of 4",
    sources_tone="warn",
    last=341.7,
    change=19.46,
    change_fraction=0.0604,
    previous_close=322.24,
    bid=341.41,
    ask=341.98,
    volume=9_800_000,
    spark=(322.24, 330.0, 341.7),
    age_s=0.6,
    horizons=(
        Horizon(0.003, 0.62, Skill.PROVEN),
        Horizon(-0.0055, 0.67, Skill.PROVEN),
        None,
    ),
    unpredicted="12 of 30 bars",
)


def shown(model: TableModel[Any]) -> dict[str, str]:
    """Return the first row's texts by title."""
    across = Qt.Orientation.Horizontal
    return {
        str(model.headerData(column, across)): str(model.data(model.index(0, column)))
        for column in range(model.columnCount())
    }


def first(model: TableModel[Any], title: str, role: int) -> object:
    return model.data(model.index(0, list(shown(model)).index(title)), role)


def test_a_full_row_of_the_watch_list() -> None:
    model = WatchListModel()
    model.replace([FULL])
    assert shown(model) == {
        "Symbol": "COIN",
        "Last": "341.70",
        "Change %": "▲ +6.04%",
        "Change": "+19.46",
        "Bid": "341.41",
        "Ask": "341.98",
        "Spread": "⚠ 17 bp",
        "Volume": "9.8 M",
        "Today": "",
        "Sources": "3 of 4",
        "Age": "0.6 s",
        "15 min": "▲ +0.30%  62%",
        "30 min": "▼ −0.55%  67%",
        "60 min": "no signal",
        "": "",
    }
    assert first(model, "Symbol", EXTRA) == {"words": "Coinbase", "tone": "faint"}
    assert first(model, "Sources", TONE) == "warn"
    assert first(model, "", EXTRA) is True
    assert first(model, "Change %", EXTRA) == "+6.04%"
    assert first(model, "Spread", TONE) == "warn"
    assert first(model, "Age", TONE) == "muted"
    assert first(model, "30 min", TONE) == "loss"
    assert first(model, "15 min", EXTRA) == {
        "move": "+0.30%",
        "confidence": "62%",
        "mark": "",
        "words": "confidence 62%, proven: better than doing nothing, at 95% confidence",
        "tone": "gain",
    }
    assert first(model, "60 min", EXTRA) == {
        "move": "no signal",
        "confidence": "",
        "mark": "",
        "words": "no signal: 12 of 30 bars",
        "tone": "faint",
    }
    assert first(model, "60 min", SORT_KEY) is None
    assert first(model, "Today", EXTRA) == {"points": [322.24, 330.0, 341.7], "reference": 322.24}


def test_a_symbol_without_a_quote_is_missing_everywhere_and_zero_nowhere() -> None:
    model = WatchListModel()
    model.replace([rows.WatchRow("AMD")])
    texts = shown(model)
    dashes = ["Last", "Change %", "Change", "Bid", "Ask", "Spread", "Volume", "Age"]
    assert {texts[title] for title in dashes} == {"—"}
    assert {first(model, title, TONE) for title in dashes} == {"off"}
    assert {first(model, title, SORT_KEY) for title in dashes} == {None}


@pytest.mark.parametrize("late", [{"stale": True}, {"ageing": True}])
def test_a_late_age_is_amber(late: dict[str, bool]) -> None:
    model = WatchListModel()
    model.replace([rows.WatchRow("AMD", last=1.0, age_s=42, **late)])
    assert first(model, "Age", TONE) == "warn"


@pytest.mark.parametrize("count", [0, 1, 40, 41, 390])
def test_a_day_line_keeps_its_ends(count: int) -> None:
    prices = tuple(float(n) for n in range(count))
    points = spark_points(prices)
    assert len(points) == min(count, 40)
    assert points[:1] == list(prices[:1])
    assert points[-1:] == list(prices[-1:])
    assert points == sorted(points)


def test_a_position() -> None:
    model = PositionsModel()
    position = rows.PositionRow(
        symbol="MSFT",
        quantity=20,
        name="Microsoft",
        average_cost=Decimal("498.20"),
        last=509.87,
        day_fraction=-0.0054,
        day_pl=Decimal("-55.80"),
        value=Decimal("10197.40"),
        weight=0.098,
        weight_cap=0.15,
        unrealized=Decimal("233.40"),
    )
    model.replace([position])
    assert list(shown(model).values()) == [
        "MSFT",
        "20",
        "498.20",
        "509.87",
        "▼ −0.54%",
        "−55.80",
        "10,197.40",
        "9.8%",
        "+233.40",
    ]
    assert first(model, "Weight", EXTRA) == pytest.approx(0.098 / 0.15)
    assert first(model, "Day P/L", TONE) == "loss"


@pytest.mark.parametrize(
    ("weight", "cap", "bar", "tone"),
    [(0.2, 0.15, 1.0, "warn"), (0.1, None, None, ""), (None, 0.15, None, "off")],
)
def test_a_weight_bar_is_full_above_the_cap_and_absent_without_one(
    weight: float | None, cap: float | None, bar: float | None, tone: str
) -> None:
    model = PositionsModel()
    model.replace([rows.PositionRow("A", 1, weight=weight, weight_cap=cap)])
    assert first(model, "Weight", EXTRA) == bar
    assert first(model, "Weight", TONE) == tone


def test_predictions_say_why_one_is_missing() -> None:
    model = PredictionsModel()
    proven = Horizon(0.002, 0.63, Skill.PROVEN)
    model.replace([rows.PredictionRow("GE", (None, proven, None), "12 of 30 bars")])
    assert list(shown(model).values()) == ["GE", "no signal", "▲ +0.20%  63%", "no signal"]
    assert first(model, "Symbol", EXTRA) == "12 of 30 bars"


@pytest.mark.parametrize(
    ("skill", "text"),
    [
        (Skill.NOT_PROVEN, "+0.20%  63%  not proven"),
        (Skill.NO_SKILL, "+0.20%  63%  no skill"),
        (Skill.WAITING, "+0.20%  63%  too early"),
    ],
)
def test_a_prediction_without_proven_skill_has_words_and_no_colour(skill: Skill, text: str) -> None:
    """Neither a triangle nor the colour of a gain: nothing of it looks like advice."""
    model = PredictionsModel()
    model.replace([rows.PredictionRow("GE", (None, Horizon(0.002, 0.63, skill), None))])
    assert shown(model)["30 min"] == text
    assert first(model, "30 min", TONE) == "faint"
    drawn = first(model, "30 min", EXTRA)
    assert isinstance(drawn, dict)
    assert drawn["words"] == f"confidence 63%, {MEANINGS[skill]}"


@pytest.mark.parametrize(
    ("realized", "text", "tone"), [(None, "—", "off"), (Decimal("12.5"), "+12.50", "gain")]
)
def test_a_trade(realized: Decimal | None, text: str, tone: str) -> None:
    model = TradesModel()
    model.replace(
        [
            rows.TradeRow(
                "f1", AT, "GE", "buy", 16, Decimal("312.4"), Decimal("4998.4"), "cycle",
                realized=realized, reason="+0.31%",
            )
        ]
    )  # fmt: skip
    what = ["13:44:15", "GE", "buy 16 at 312.40", "4,998.40", "—", text, "cycle"]
    assert list(shown(model).values()) == what
    assert first(model, "Realised", TONE) == tone
    assert first(model, "What", EXTRA) == "+0.31%"


@pytest.mark.parametrize(
    ("model", "row"),
    [
        (WatchListModel, FULL),
        (PositionsModel, rows.PositionRow("A", 1)),
        (PredictionsModel, rows.PredictionRow("A")),
        (TradesModel, rows.TradeRow("1", AT, "A", "buy", 1, 1.0, 1.0, "c")),
    ],
)
def test_every_table_sorts_by_every_column_and_keeps_qts_rules(
    model: Callable[[], TableModel[Any]], row: object
) -> None:
    table = model()
    tester = QAbstractItemModelTester(table, QAbstractItemModelTester.FailureReportingMode.Fatal)
    table.replace([row])
    for column in range(table.columnCount()):
        table.toggleSort(column)
        assert table.data(table.index(0, column)) is not None
    del tester
