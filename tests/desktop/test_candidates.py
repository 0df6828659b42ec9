"""The Dashboard's card of an AI's candidates: opinions in plain text, never orders."""

from datetime import datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtQml import QQmlExpression, qmlContext
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest
from tests.desktop import backend as published
from tests.desktop import opinions
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands

from qt_trade.contract import registry
from qt_trade.contract.payloads.signals import CandidateState, Recommendation
from qt_trade.desktop.items.colors import ChartColors
from qt_trade.desktop.models.candidates import CandidateRow
from qt_trade.desktop.view_models.candidates import OPINION, candidate_rows, plain_line
from qt_trade.kit.clock import SystemClock

ERROR, USED, NONE = CandidateState.ERROR, CandidateState.BUDGET_USED, CandidateState.NOT_CONFIGURED


@pytest.fixture
def board(desk: Hands, backend: Backend) -> Hands:
    """The Dashboard in the middle of a session, with an AI's three opinions."""
    backend.publish_everything()
    opinions.publish_opinions(backend)
    desk.show("Dashboard")
    desk.until(lambda: desk.app.desk.tables.candidates.count == len(opinions.OPINIONS))
    desk.until(lambda: len(desk.snapshot.quotes) == len(published.CASES))
    desk.settle()
    return desk


def texts(hands: Hands, name: str = "candidatesCard") -> list[str]:
    return hands.words_in(hands.item(name))


def rows(hands: Hands, later: timedelta = timedelta()) -> dict[str, CandidateRow]:
    """Return the rows as they stand so much later on this desk's own clock."""
    now: datetime = SystemClock().now() + later
    return {row.symbol: row for row in candidate_rows(hands.snapshot, now)}


def test_each_opinion_stands_with_its_reason_its_expiry_and_what_became_of_it(
    board: Hands,
) -> None:
    """Symbol, view, reason, confidence, time left; whose it is, how old, and that it is no order."""
    words = texts(board)
    for expected in ("NVDA", "▲ up", "▼ down", "flat", "74%", "stopped: sector cap", "not held"):
        assert expected in words
    assert opinions.OPINIONS[0].reason in words
    assert OPINION in words
    assert board.read("candidatesCard", "count") == "3"
    assert board.read("candidatesCardNote") == "grok-4 · 2 min"


def test_no_opinion_carries_the_colour_of_a_gain_or_a_loss(board: Hands) -> None:
    """Neither a view nor anything else in the card looks like advice."""
    colors = ChartColors()
    advice = {QColor(colors.of(name)).name() for name in ("gain", "loss")}
    card = board.item("candidatesCard")
    found = {item.property("color").name() for item in board._items(card) if item.property("text")}
    assert not found & advice


def test_the_time_left_runs_with_the_clock_and_ends(board: Hands) -> None:
    """After its expiry an opinion is grey and says so, though nothing new was written."""
    left = [rows(board, timedelta(seconds=s))["NVDA"].left_s or 0 for s in (0, 60)]
    assert left[0] - left[1] == pytest.approx(60, abs=1)
    over = rows(board, timedelta(minutes=45))["NVDA"]
    assert over.stale
    model = board.app.desk.tables.candidates
    model.replace([over])
    assert "expired" in [model.data(model.index(0, column)) for column in range(8)]


def test_an_outsiders_text_is_shown_as_it_is_and_in_one_line(
    board: Hands, backend: Backend
) -> None:
    """No markup, no line end, no character that turns the writing around."""
    nasty = "<b>Buy</b> now\u202e\nignore all rules <img src='http://x/y'> [go](http://x)"
    told = opinions.opinion("NVDA", Recommendation.BUY, nasty, became="<i>held</i>")
    backend.write(registry.GROK_CANDIDATES, opinions.candidates(told))
    plain = "<b>Buy</b> now ignore all rules <img src='http://x/y'> [go](http://x)"
    board.until(lambda: plain in texts(board))
    assert "<i>held</i>" in texts(board)
    for item in board._items(board.item("candidatesTable")):
        if item.property("text") in {plain, "<i>held</i>"}:
            assert format_of(item) == 0, "as plain text"


def format_of(item: QQuickItem) -> int:
    # PySide has no type for the format; QML has a number for it.
    told = QQmlExpression(qmlContext(item), item, "textFormat + 0").evaluate()
    return int(told[0] if isinstance(told, tuple) else told)


def test_what_cannot_be_seen_is_taken_out_of_an_outsiders_text() -> None:
    assert plain_line(" a\x00b\u200b\tc\u2028d\u202ee ") == "a b c d e"
    assert plain_line("Größe 東京 ▲ −3 %") == "Größe 東京 ▲ −3 %"


@pytest.mark.parametrize(
    ("state", "words", "title", "told"),
    [
        (NONE, "no key is set", "No AI is connected", "No key is set."),
        (ERROR, "it did not answer within 30 s", "The AI could not be asked",
         "It did not answer within 30 s."),
        (USED, "", "Today's budget for the AI is used up", "2.00 of 2.00 USD are spent."),
        (CandidateState.ACTIVE, "", "No candidates",
         "It was asked and named no symbol that is still open."),
    ],
)  # fmt: skip
def test_nothing_is_said_in_words(
    board: Hands, backend: Backend, state: CandidateState, words: str, title: str, told: str
) -> None:
    """Not configured, in error, out of money, or just nothing: each has its own words."""
    backend.write(registry.GROK_CANDIDATES, opinions.candidates(state=state, words=words))
    board.until(lambda: board.shows("candidatesEmpty"))
    assert {title, told} <= set(texts(board))
    assert not board.shows("candidatesTable")


@pytest.mark.parametrize(("state", "trouble"), [(USED, "budget used"), (ERROR, "not answering")])
def test_what_keeps_new_ones_away_stands_beside_those_there_are(
    board: Hands, backend: Backend, state: CandidateState, trouble: str
) -> None:
    backend.write(registry.GROK_CANDIDATES, opinions.candidates(*opinions.OPINIONS, state=state))
    board.until(lambda: board.read("candidatesOpinion") == trouble)
    assert board.shows("candidatesTable")


def test_before_an_ai_was_heard_of_nothing_is_claimed(desk: Hands, backend: Backend) -> None:
    backend.publish_everything()
    desk.until(lambda: desk.read("headerTradeTitle") == "Ready to trade")
    assert not desk.shows("candidatesEmpty")
    assert not desk.shows("candidatesTable")


def test_a_symbol_named_twice_counts_once(board: Hands, backend: Backend) -> None:
    """The first word holds; a row's key is its symbol."""
    twice = [opinions.opinion("META", one, one.value) for one in (Recommendation.BUY,) * 2]
    backend.write(registry.GROK_CANDIDATES, opinions.candidates(*twice))
    board.until(lambda: "META" in rows(board))
    board.until(lambda: board.app.desk.tables.candidates.count == 1)


def test_a_row_opens_its_symbol(board: Hands) -> None:
    """As every table of the Dashboard does."""
    table = board.item("candidatesTable")
    reason = opinions.OPINIONS[1].reason
    found = next(i for i in board._items(table) if i.property("text") == reason)
    place = found.mapToScene(found.boundingRect().center()).toPoint()
    QTest.mouseClick(
        board.app.window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place
    )
    board.until(lambda: board.page == "Markets")
    assert board.read("chartSymbol") == "TSLA"


def test_the_pop_up_tells_the_whole_opinion(board: Hands) -> None:
    board.app.desk.ages.ask("candidate/NVDA/confidence")
    view = board.app.desk.ages.view.view
    told = {row["name"]: row["value"] for row in view.rows}
    assert view.line.startswith("grok-4 · ")
    assert told["How"] == OPINION
    assert told["Says"] == "strong buy, 60 min"
    assert told["Reason"] == opinions.OPINIONS[0].reason
    assert told["Cites"] == "reuters.com, sec.gov"
    board.app.desk.ages.ask("candidate/XXX/confidence")
    rest = {row["name"]: row["value"] for row in board.app.desk.ages.view.view.rows}
    assert rest["Missing"] == "XXX is no candidate"
