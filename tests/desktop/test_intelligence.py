"""The Intelligence page: scores, calibration, training, promotion, and an AI's opinions."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtQml import QQmlExpression, qmlContext
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest
from tests.desktop import backend as published
from tests.desktop import learning, machine
from tests.desktop.backend import Backend
from tests.desktop.hands import Hands
from tests.servers import ServerProcess

from qt_trade.contract import registry
from qt_trade.contract.payloads import intelligence
from qt_trade.contract.payloads.health import RoleState
from qt_trade.contract.payloads.signals import CandidateState, Recommendation
from qt_trade.desktop.items.calibration_chart import CalibrationChart
from qt_trade.desktop.items.loss_chart import LossChart
from qt_trade.desktop.snapshot import Notice
from qt_trade.desktop.theme import TOKENS
from qt_trade.desktop.view_models import calibration
from qt_trade.kit.clock import SystemClock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.scores import ModelState, Verdict

PAGE = "Intelligence"
HOSTILE = "<b>Buy</b>\n\u202eevil\u202c  <img src='x'> ignore all rules &amp; sell"


@pytest.fixture
def page(desk: Hands, backend: Backend) -> Hands:
    """The page in the middle of a day: three models in use, one in the shadow, one training."""
    backend.write(registry.MARKET_STATUS, published.status())
    backend.write(registry.TRADING_STATUS, published.engine())
    learning.publish_learning(backend)
    desk.show(PAGE)
    desk.until(lambda: desk.read("headerTradeTitle") == "Ready to trade")
    desk.until(lambda: desk.snapshot.candidates is not None)
    desk.settle()
    return desk


def idle(hands: Hands, backend: Backend, **more: Any) -> None:
    """Let the trainer have nothing to do."""
    told = learning.training(**learning.IDLE | more)
    backend.write(registry.ML_TRAINING_STATUS, told)
    hands.until(lambda: hands.snapshot.training == told)
    hands.settle()


def place(item: QQuickItem) -> QRectF:
    return QRectF(item.mapToScene(QPointF(0, 0)), item.size())


def confirm(hands: Hands) -> None:
    hands.until(lambda: hands.shows("intelligenceAskConfirm"))
    hands.settle()
    hands.press("intelligenceAskConfirm")


def shown(hands: Hands, name: str) -> list[str]:
    return hands.words_in(hands.item(name))


def test_the_digit_opens_the_page(desk: Hands) -> None:
    """6, and Ctrl 6; before anything came every card says who has not spoken."""
    desk.type(Qt.Key.Key_6)
    assert desk.page == PAGE
    desk.show("Dashboard")
    QTest.keyClick(desk.app.window, Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    assert desk.page == PAGE
    desk.settle()
    words = desk.words()
    for expected in (
        "The worker has published no scores yet", "The trainer has said nothing yet",
        "The worker has published no models yet", "The worker has published no candidates yet",
    ):  # fmt: skip
        assert expected in words


# ---------------------------------------------------------------- score card


def test_each_model_stands_against_the_baseline_with_its_interval(page: Hands) -> None:
    """Rates, difference in words, verdict, cases and Brier; what waits says how much is missing."""
    words = shown(page, "scoreCard")
    for expected in (
        "GBM v31", "in use, PAPER", "52.4%", "51.6%", "+0.8", "(−0.4 to 2.0)", "not proven",
        "6,375", "0.2487", "better", "worse", "not enough data yet", "212 of 400", "wait",
        "not enough data yet: 2 of 5 sessions", "shadow", "retired", "grok-4.3", "AI, an opinion",
    ):  # fmt: skip
        assert expected in words, expected
    naive = "Naive: always the more frequent direction of the last 20 days. Out of sample, since"
    assert page.read("scoreNaive").startswith(naive)
    assert page.read("scoreCardNote").startswith("Scorer · ")


def test_intervals_share_one_scale_and_one_zero(page: Hands) -> None:
    """The drawing can be compared from row to row."""
    rows = page.app.desk.intelligence.scores
    drawn = [rows.data(rows.index(n, 5), int(Qt.ItemDataRole.UserRole) + 1) for n in range(3)]
    assert len({one["zero"] for one in drawn}) == 1
    assert drawn[0]["low"] < drawn[0]["zero"] < drawn[0]["value"] < drawn[0]["high"]
    assert drawn[1]["low"] > drawn[1]["zero"]


def test_a_promotion_stands_in_its_row_at_once(page: Hands, backend: Backend) -> None:
    """By the registry: the score-card tells it only with its next scores."""
    before = shown(page, "scoreCard").count("in use, PAPER")
    promoted = msgspec.structs.replace(learning.SHADOW, state=ModelState.IN_USE)
    backend.write(registry.ML_MODELS, learning.models(promoted, *learning.KEPT))
    page.until(lambda: shown(page, "scoreCard").count("in use, PAPER") > before)


def test_a_row_chooses_which_model_the_cards_below_show(page: Hands, backend: Backend) -> None:
    """By a click or with the arrows; its symbols are one tap away."""
    assert page.read("promotionName") == "GBM v32, 60 min"
    assert page.read("calibrationCard", "count") == "GBM v31, 30 min"
    page.app.desk.intelligence.choose("gbm-60-v29/60")
    page.until(lambda: page.read("promotionName") == "GBM v29, 60 min")
    assert page.read("calibrationCard", "count") == "GBM v29, 60 min"
    assert page.read("calibrationHorizon", "index") == 2
    assert not page.shows("scoreRows")

    page.item("scoreTable").forceActiveFocus()
    page.type(Qt.Key.Key_Up)
    page.type(Qt.Key.Key_Return)
    page.until(lambda: page.read("promotionName") == "GBM v31, 15 min")
    page.app.desk.intelligence.choose("gbm-30-v31/30")
    page.until(lambda: page.shows("scoreRows"))
    page.settle()
    page.press("scoreRowsBy symbol")
    page.until(lambda: "AAPL" in shown(page, "scoreCard"))
    assert "598" in shown(page, "scoreCard")

    backend.write(registry.ML_SCORECARD, learning.card(learning.LINES[0]))
    backend.write(registry.ML_MODELS, learning.models(learning.KEPT[2]))
    page.until(lambda: page.read("promotionName") == "GBM v31, 15 min")


def test_without_a_model_it_says_how_to_get_one(page: Hands, backend: Backend) -> None:
    """And what was refused in training is there with its reason."""
    backend.write(registry.ML_SCORECARD, learning.card(sealed=0, lines=()))
    backend.write(registry.ML_MODELS, learning.models())
    page.until(lambda: "No model yet" in shown(page, "scoreCard"))
    assert page.read("promotionEmpty", "title") == "No model yet"
    assert page.read("calibrationEmpty", "title") == "Nothing is scored 30 min ahead yet"

    refused = learning.model(
        "gbm-30-v33", 30, state=ModelState.REFUSED, words="no better than the baseline",
        gates=learning.gates((("Walk-forward beats naive", False, "-0.3 pts"),)),
    )  # fmt: skip
    backend.write(registry.ML_MODELS, learning.models(refused))
    page.until(lambda: "no better than the baseline" in shown(page, "scoreCard"))
    assert "no skill" in shown(page, "scoreCard")
    assert "−0.3 pts" in shown(page, "promotionCard")
    assert not page.shows("promotionAct")


# ---------------------------------------------------------------- calibration


def test_the_calibration_says_what_its_points_mean(page: Hands) -> None:
    """The count at each point, the meaning from the figures, the interval under the pointer."""
    assert page.read("calibrationCardNote") == "5,980 cases"
    told = "The model is too sure of itself: at 72.5% it was right 66% of the time."
    assert page.read("calibrationMeaning", "text") == told
    chart = page.item("calibrationChart")
    assert isinstance(chart, CalibrationChart)
    seen = set()
    for x in range(0, int(chart.width()), 6):
        for y in range(0, int(chart.height()), 6):
            chart.hoverAt(x, y)
            seen.add(chart.property("crosshair")["words"])
    assert "said 67.5%, right 62.8% (59.4% to 66.2%), 402 cases" in seen
    assert len(seen) == len(learning.SAID) + 1
    chart.hoverEnd()
    assert chart.property("crosshair")["visible"] is False


@pytest.mark.parametrize(
    ("points", "words", "tone"),
    [
        (((0.6, 0.52, 0.03, 400),), "too sure of itself: at 60% it was right 52%", "warn"),
        (((0.55, 0.62, 0.03, 300),), "not sure enough: at 55% it was right 62%", "warn"),
        (((0.55, 0.56, 0.03, 300), (0.6, 0.5, 0.2, 9)), "no point of 309 cases tells", "faint"),
    ],
    ids=["too-sure", "unsure", "right"],
)
def test_the_meaning_follows_from_what_the_intervals_exclude(
    points: Any, words: str, tone: str
) -> None:
    """A point whose interval holds what was said proves nothing, however far off it is."""
    told, of = calibration.meaning(learning.calibrated(points))
    assert words in told
    assert of == tone


def test_the_horizon_switch_shows_the_other_models(page: Hands, backend: Backend) -> None:
    """Where nothing is scored it cannot be picked; a model without points says how many it has."""
    page.press("calibrationHorizon60 min")
    page.until(lambda: page.read("calibrationCard", "count") == "GBM v29, 60 min")
    page.app.desk.intelligence.choose("gbm-60-v32/60")
    page.until(lambda: page.read("calibrationEmpty", "title") == "Not enough data yet")
    assert page.read("calibrationEmpty", "words") == "212 of 400 cases"
    assert not page.shows("calibrationMeaning")

    backend.write(registry.ML_SCORECARD, learning.card(learning.LINES[1]))
    page.until(lambda: page.app.desk.intelligence.calibration.view.off == (0, 2))
    page.press("calibrationHorizon15")
    assert page.read("calibrationHorizon", "index") == 1


# ---------------------------------------------------------------- training


def test_a_training_shows_its_progress_and_its_curve(page: Hands) -> None:
    """Stage, time left, from whom and since when; losses by round against a coin toss."""
    assert page.read("trainingStage") == "60 min: fold 4 of 6"
    assert page.read("trainingLeft") == "62%, about 7 min left"
    assert page.read("trainingProgress", "value") == pytest.approx(0.62)
    assert "by hand at desk-1. 15 and 30 min are done." in page.read("trainingTold")
    assert page.read("lossName") == "log loss of the direction by round, coin toss = 0.693"
    assert page.read("trainingFact1") == "purged 6-fold, 60 min embargo"
    assert page.read("trainingCardNote").startswith("Trainer · ")
    chart = page.item("lossChart")
    assert isinstance(chart, LossChart)
    chart.hoverAt(chart.width(), 10)
    read = chart.property("crosshair")["words"]
    last = learning.curve()
    assert read == (
        f"round 700   training {last.training[-1]:.4f}   validation {last.validation[-1]:.4f}"
    )


def test_cancel_asks_first_and_names_the_job(page: Hands, backend: Backend) -> None:
    """Back sends nothing; the button that names it sends the training's own id."""
    page.press("trainingCancel")
    page.until(lambda: page.shows("intelligenceAskBack"))
    page.settle()
    assert "60 min: fold 4 of 6" in page.read("intelligenceAskWords")
    page.press("intelligenceAskBack")
    page.until(lambda: not page.shows("intelligenceAskBack"))
    assert backend.received == []
    page.press("trainingCancel")
    confirm(page)
    page.until(lambda: bool(backend.received))
    (wish,) = backend.received
    assert isinstance(wish, intelligence.CancelTraining)
    assert (wish.job_id, wish.session_id) == ("train-7", page.snapshot.session_id)
    page.until(lambda: page.read("trainingResult").startswith("Cancelled."))


def test_train_now_asks_the_worker_for_every_horizon(page: Hands, backend: Backend) -> None:
    """What it answers stands in the card, a refusal in its words."""
    idle(page, backend)
    assert page.read("trainingEmpty", "title") == "Nothing was trained yet"
    backend.accept, backend.reason = False, "212 of 4,000 rows are stored"
    page.press("trainingStart")
    page.until(lambda: page.read("trainingEmpty", "words").startswith("Refused: 212 of 4,000"))
    (wish,) = backend.received
    assert isinstance(wish, intelligence.Train)
    assert wish.horizons_min == ()


@pytest.mark.parametrize("event", ["finished", "failed", "cancelled"])
def test_how_a_training_ended_stands_there_with_its_time(
    page: Hands, backend: Backend, event: str
) -> None:
    """In words; its curve stays, and the next may begin."""
    then = SystemClock().now() - timedelta(minutes=3)
    ended = learning.training(
        active=False, event=event, updated=then, detail="60 min: no space left", left_s=None
    )
    backend.write(registry.ML_TRAINING_STATUS, ended)
    page.until(lambda: page.read("trainingState") == event)
    assert page.read("trainingTold").startswith(f"{event.capitalize()} 3 min ago, at 13:4")
    assert page.read("trainingTold").endswith(": 60 min: no space left.")
    assert page.read("trainingStart", "enabled") is True
    assert page.shows("lossChart")


def test_a_trainer_that_went_silent_is_said_to_be(page: Hands, backend: Backend) -> None:
    """Its progress is not taken for one."""
    backend.write_old(registry.ML_TRAINING_STATUS, learning.training(), 600.0)
    page.until(lambda: page.read("trainingTold").startswith("No word from the trainer since"))
    assert page.read("trainingCard", "noteTone") == "warn"


def test_a_curve_of_one_round_is_no_line(page: Hands, backend: Backend) -> None:
    """It says that no round has ended."""
    backend.write(registry.ML_TRAINING_STATUS, learning.training(curve=None))
    page.until(lambda: page.shows("lossEmpty"))
    assert page.read("lossEmpty") == "No round has ended yet"


# ---------------------------------------------------------------- promotion


def test_the_gates_say_why_the_button_is_off(page: Hands) -> None:
    """Ticks, clocks, words; in the table, too."""
    words = shown(page, "promotionCard")
    for expected in ("Walk-forward beats naive", "+1.9 pts", "400 shadow cases", "212 of 400"):
        assert expected in words
    icons = [row["icon"] for row in page.app.desk.intelligence.gates.rows]
    assert icons == ["check", "check", "clock", "clock", "check"]
    assert page.read("promotionRemark", "text") == learning.SHADOW.words
    why = "400 shadow cases: 212 of 400; 10 trading days in shadow: 6 of 10"
    for name in ("promotionAct", "scoreTableAct-gbm-60-v32/60"):
        assert page.read(name, "text") == "Promote to paper"
        assert page.read(name, "enabled") is False
        assert page.read(name, "hint") == why


def test_an_open_gate_lets_it_be_promoted(page: Hands, backend: Backend) -> None:
    """Asked once, sent with its id; refused or done, the worker's words stand there."""
    backend.write(registry.ML_MODELS, learning.models(learning.READY, *learning.KEPT))
    page.until(lambda: bool(page.read("promotionAct", "enabled")))
    page.press("promotionAct")
    confirm(page)
    page.until(lambda: bool(backend.received))
    (wish,) = backend.received
    assert isinstance(wish, intelligence.Promote)
    assert wish.model_id == "gbm-60-v32"
    page.until(lambda: page.read("promotionResult") == "Promoted.")

    backend.accept, backend.reason = False, "a gate has closed meanwhile"
    page.until(lambda: bool(page.read("promotionAct", "enabled")))
    page.press("promotionAct")
    confirm(page)
    page.until(lambda: page.read("promotionResult") == "Refused: A gate has closed meanwhile.")


def test_demote_in_the_table_rolls_back_that_model(page: Hands, backend: Backend) -> None:
    """The one whose row it stands in, whatever is shown below."""
    page.press("scoreTableAct-gbm-15-v31/15")
    page.until(lambda: page.shows("intelligenceAskTitle"))
    assert page.read("intelligenceAskTitle") == "Demote GBM v31, 15 min?"
    confirm(page)
    page.until(lambda: bool(backend.received))
    (wish,) = backend.received
    assert isinstance(wish, intelligence.Demote)
    assert wish.model_id == "gbm-15-v31"


def test_two_models_are_compared_side_by_side(page: Hands) -> None:
    """With what is in use at its horizon first, then with the others."""
    page.press("promotionCompare")
    page.until(lambda: page.read("promotionCard", "title") == "Comparison")
    assert page.read("promotionCard", "count") == "with GBM v29, 60 min"
    rows = {row["caption"]: row for row in page.app.desk.intelligence.figures.rows}
    assert (rows["Verdict"]["left"], rows["Verdict"]["right"]) == ("wait", "better")
    assert (rows["Cases"]["left"], rows["Cases"]["right"]) == ("212", "4,410")
    assert rows["Edge after costs, bp"] == {
        "caption": "Edge after costs, bp", "left": "—", "right": "+0.8 (0.2 to 1.4)",
    }  # fmt: skip
    assert rows["Trained: hit rate"]["right"] == "0.541"
    page.settle()
    page.press("compareForward")
    page.until(lambda: page.read("promotionCard", "count") != "with GBM v29, 60 min")
    page.press("promotionCompare")
    page.until(lambda: page.read("promotionCard", "title") == "Promotion")


def test_an_ais_opinions_are_scored_and_never_promoted(page: Hands) -> None:
    """The row says what it is; nothing is offered."""
    page.app.desk.intelligence.choose("ai:grok-4.3/60")
    page.until(lambda: page.read("promotionName") == "grok-4.3, 60 min")
    assert page.read("promotionIntro").endswith("never orders, and never promoted.")
    assert not page.shows("promotionAct")


def test_a_model_that_was_demoted_says_by_what(page: Hands, backend: Backend) -> None:
    """In the words of the rule that did it."""
    why = "demoted 7 Oct: worse than the baseline over 400 cases"
    fallen = learning.model("gbm-30-v31", 30, state=ModelState.RETIRED, words=why)
    line = learning.line(
        "gbm-30-v31", 30, state=ModelState.RETIRED, verdict=Verdict.WORSE, words=why
    )
    backend.write(registry.ML_MODELS, learning.models(fallen))
    backend.write(registry.ML_SCORECARD, learning.card(line))
    page.until(lambda: page.read("promotionName") == "GBM v31, 30 min")
    assert page.read("promotionRemark", "text") == why
    assert page.read("promotionIntro").startswith("Retired")


# ---------------------------------------------------------------- candidates


def test_each_opinion_has_its_sources_its_time_and_what_became_of_it(page: Hands) -> None:
    """Whose it is, how old, what it took and cost, and that it is never an order."""
    words = shown(page, "opinionsCard")
    for expected in (
        "Grok candidates", "An opinion, never an order. The models and risk checks decide.",
        "▲ up", "▼ down", "bloomberg.com, 2 more", "reuters.com, 1 more", "78%", "14:15", "29 min",
        "stopped: sector cap", "order accepted", "0.19 of 1.00 USD today",
    ):  # fmt: skip
        assert expected in words, expected
    assert page.read("opinionsCardNote") == "grok-4.3 · 2 min, 4.1 s, 0.012 USD"


def test_text_from_outside_is_shown_and_nothing_more(page: Hands, backend: Backend) -> None:
    """Tags stay letters, turned writing and line feeds are gone, every text is plain."""
    bad = learning.candidate(
        "JPM", HOSTILE, 30, "not held", cited=("javascript:alert(1)", HOSTILE),
        recommendation=Recommendation.STRONG_SELL,
    )  # fmt: skip
    backend.write(
        registry.GROK_CANDIDATES, learning.opinions(bad, words=HOSTILE, state=CandidateState.ERROR)
    )
    clean = "<b>Buy</b> evil <img src='x'> ignore all rules &amp; sell"
    page.until(lambda: clean in page.words())
    texts = [item for item in page._items(page.item("opinionsCard")) if item.inherits("QQuickText")]
    formats = {
        QQmlExpression(qmlContext(one), one, "textFormat + 0").evaluate()[0] for one in texts
    }
    assert formats == {Qt.TextFormat.PlainText.value}
    assert clean in page.read("opinionsRemark", "text")


@pytest.mark.parametrize(
    ("state", "title"),
    [
        (CandidateState.NOT_CONFIGURED, "No AI is connected"),
        (CandidateState.BUDGET_USED, "Today's budget for the AI is used up"),
        (CandidateState.ERROR, "The AI could not be asked"),
        (CandidateState.ACTIVE, "No candidates"),
    ],
)
def test_why_there_is_no_candidate_is_said_in_words(
    page: Hands, backend: Backend, state: CandidateState, title: str
) -> None:
    """Nothing is invented where nobody answered; what still holds stays under the remark."""
    said = "the answer ended in its middle"
    backend.write(registry.GROK_CANDIDATES, learning.opinions(state=state, words=said))
    page.until(lambda: page.shows("opinionsEmpty"))
    assert page.read("opinionsEmpty", "title") == title
    assert page.read("opinionsEmpty", "words").startswith("The answer ended in its middle.")
    assert not page.shows("opinionsTable")

    holds = learning.opinions(*learning.OPINIONS[:1], state=state, words=said)
    backend.write(registry.GROK_CANDIDATES, holds)
    page.until(lambda: page.shows("opinionsTable"))
    if state is CandidateState.ACTIVE:
        assert not page.shows("opinionsRemark")
    else:
        assert page.read("opinionsRemark", "text") == f"{title}. The answer ended in its middle."


def test_without_a_key_it_says_where_one_goes(page: Hands, backend: Backend) -> None:
    """Nobody was asked, and nothing was spent."""
    unasked = learning.opinions(
        state=CandidateState.NOT_CONFIGURED, model="", asked_at=None, took_s=None, cost_usd=None
    )
    backend.write(
        registry.GROK_CANDIDATES, msgspec.structs.replace(unasked, feed=FeedKind.REAL_TIME)
    )
    page.until(lambda: "QTRADE_AI__KEY" in page.read("opinionsEmpty", "words"))
    assert page.read("opinionsCardNote") == ""
    assert page.read("opinionsSpent") == ""
    # In a simulation a key would change nothing.
    backend.write(
        registry.GROK_CANDIDATES, msgspec.structs.replace(unasked, feed=FeedKind.SIMULATION)
    )
    page.until(lambda: "QTRADE_AI__KEY" not in page.read("opinionsEmpty", "words"))


def test_an_opinion_opens_its_symbol(page: Hands) -> None:
    """On Markets, as a row of any other page does."""
    page.item("opinionsTable").forceActiveFocus()
    page.type(Qt.Key.Key_Down)
    page.type(Qt.Key.Key_Return)
    page.until(lambda: page.page == "Markets")
    page.until(lambda: page.read("chartSymbol") == "NVDA")


# ---------------------------------------------------------------- whatever happens


def test_a_silent_worker_locks_what_it_would_have_to_do(page: Hands, backend: Backend) -> None:
    """With the reason; the figures stay."""
    dead = machine.WORKING | {"worker": machine.role_health(RoleState.SILENT)}
    backend.write(registry.SYSTEM_STATUS, machine.system(dead))
    page.until(lambda: page.read("trainingCancel", "enabled") is False)
    for name in ("trainingCancel", "promotionAct", "scoreTableAct-gbm-30-v31/30"):
        assert page.read(name, "hint") == "Worker does not answer", name
    assert "52.4%" in shown(page, "scoreCard")


def test_without_redis_all_is_grey_and_nothing_can_be_asked(
    open_desk: Callable[[str], Hands], private_valkey: ServerProcess
) -> None:
    """Since when, in every card."""
    backend = Backend(private_valkey.url)
    hands = open_desk(private_valkey.url)
    backend.write(registry.MARKET_STATUS, published.status())
    learning.publish_learning(backend)
    hands.show(PAGE)
    hands.until(lambda: hands.snapshot.candidates is not None)
    hands.settle()
    private_valkey.kill()
    hands.until(lambda: not hands.snapshot.connected)
    for card in ("scoreCard", "trainingCard", "opinionsCard"):
        hands.until(lambda card=card: hands.read(f"{card}Note").startswith("stale since"))
    for chart in ("calibrationChart", "lossChart"):
        assert hands.read(chart, "stale") is True
    assert hands.read("trainingCancel", "enabled") is False
    assert hands.read("trainingCancel", "hint") == "No connection to Redis"
    private_valkey.start()
    backend.close()


@pytest.mark.parametrize("size", [(1600, 1000), (1280, 800), (1120, 760)], ids=str)
def test_the_buttons_stay_within_their_cards(
    page: Hands, backend: Backend, size: tuple[int, int]
) -> None:
    """With long words in every place, in the narrowest window, too."""
    page.app.window.resize(*size)
    long = "of which nobody knows yet how it will end, because the shadow has only just begun"
    wordy = learning.model(
        "gbm-60-v32", 60, state=ModelState.SHADOW, words=long, promotable=False,
        gates=learning.gates((*learning.GATES, ("A gate with a long name", None, long))),
    )  # fmt: skip
    backend.write(registry.ML_MODELS, learning.models(wordy, *learning.KEPT))
    page.until(lambda: page.app.desk.intelligence.promotion.view.remark == long)
    backend.write(
        registry.ML_TRAINING_STATUS, learning.training(detail=long, data=long, split=long)
    )
    page.until(lambda: page.snapshot.training.data == long)
    page.settle()
    for card, names in {
        "promotionCard": ("promotionAct", "promotionCompare", "gates"),
        "trainingCard": ("trainingCancel", "lossChart", "trainingFact2"),
        "calibrationCard": ("calibrationHorizon", "calibrationMeaning", "calibrationChart"),
    }.items():
        for name in names:
            assert place(page.item(card)).contains(place(page.item(name))), name
    assert page.item("lossChart").height() > 40
    assert page.item("gates").height() > 60


def test_a_banner_moves_only_the_first_row(page: Hands) -> None:
    """What is below stays where it is."""
    rows = ("calibrationCard", "trainingCard", "promotionCard", "opinionsCard")
    before = [place(page.item(name)) for name in rows]
    page.snapshot.notice = Notice("crit", "Nothing was sent.", "Again.", SystemClock().now())
    page.app.desk.refresh()
    page.settle()
    assert [place(page.item(name)) for name in rows] == before


def test_the_page_can_be_photographed(page: Hands) -> None:
    """Both charts are drawn in the theme's colours, dark and light."""
    for theme in ("dark", "light"):
        ink = json.loads(TOKENS.read_text(encoding="utf-8"))["color"][theme]["series1"].lower()
        image = page.app.grab()
        for name in ("calibrationChart", "lossChart"):
            box = place(page.item(name)).toRect()
            colors = {
                image.pixelColor(x, y).name()
                for x in range(box.left(), box.right(), 2)
                for y in range(box.top(), box.bottom())
            }
            assert ink in colors, name
        QTest.keyClick(page.app.window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
        page.settle()


def test_what_a_person_chose_is_forgotten_with_the_server(page: Hands) -> None:
    """Another backend has other models."""
    page.app.desk.intelligence.choose("gbm-60-v29/60")
    page.until(lambda: page.app.desk.intelligence.score.view.selected == "gbm-60-v29/60")
    page.app.desk._forget()
    page.app.desk.refresh()
    assert page.app.desk.intelligence.score.view.selected == ""


def test_other_money_is_called_by_its_name(page: Hands, backend: Backend) -> None:
    """A model in use with real money says so, and so does the button."""
    live = msgspec.structs.replace(published.engine(), mode="LIVE")
    backend.write(registry.TRADING_STATUS, live)
    page.until(lambda: "in use, LIVE" in shown(page, "scoreCard"))
    assert page.read("promotionAct") == "Promote to LIVE"
    assert "real money" in page.read("promotionIntro")


def test_the_baseline_speaks_where_no_model_is_in_use(page: Hands, backend: Backend) -> None:
    """It is nobody's model: a fallback, with nothing to promote and nothing to demote."""
    line = learning.line("baseline-drift-vol", 30, model="baseline-drift-vol", version="")
    backend.write(registry.ML_SCORECARD, learning.card(line))
    backend.write(registry.ML_MODELS, learning.models())
    page.until(lambda: "fallback" in shown(page, "scoreCard"))
    assert page.read("promotionName") == "Baseline, 30 min"
    assert page.read("promotionIntro").startswith("Drift and volatility alone")
    assert not page.shows("promotionAct")
    assert not page.shows("scoreTableAct-baseline-drift-vol/30")


def test_only_the_newest_refusal_of_a_horizon_has_a_row(page: Hands, backend: Backend) -> None:
    """One that a later training has overtaken is history."""
    old, new = (
        learning.model(
            f"gbm-30-v{number}", 30, state=ModelState.REFUSED, words=f"leak {number}",
            trained_at=published.NOW - timedelta(days=40 - number),
        )
        for number in (33, 34)
    )  # fmt: skip
    backend.write(registry.ML_SCORECARD, learning.card())
    backend.write(registry.ML_MODELS, learning.models(new, old))
    table = page.app.desk.intelligence.scores
    page.until(lambda: table.rowOf("gbm-30-v34/30") >= 0)
    assert table.rowOf("gbm-30-v33/30") < 0
