"""The Intelligence page: what QML is given of models and opinions, and what a person may ask."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from PySide6.QtCore import Property, QObject, Signal, Slot

from qt_trade.contract import registry
from qt_trade.contract.errors import NoReplyError
from qt_trade.contract.payloads.intelligence import (
    CancelTraining,
    Demote,
    MlRequest,
    Promote,
    ScoreLine,
    Train,
)
from qt_trade.desktop.link import Answer, DeskLink
from qt_trade.desktop.models.candidates import CandidatesModel
from qt_trade.desktop.models.intelligence import ScoreModel
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import (
    calibration,
    opinions,
    promotion,
    rights,
    scorecard,
    training,
    words,
)
from qt_trade.desktop.view_models.candidates import candidate_rows
from qt_trade.desktop.view_models.promotion import Shown
from qt_trade.desktop.view_models.requests import Requests
from qt_trade.desktop.view_models.rows_model import RowsModel
from qt_trade.desktop.view_models.state import ViewState, view_state
from qt_trade.kit.clock import Clock
from qt_trade.model.predictions import HORIZONS_MIN
from qt_trade.model.scores import ModelState

TRAINER, MODELS = "ml-trainer", "ml-models"
"""The names of the requests whose answers this page shows: in which card."""
_MONEY = {"LIVE": " It trades with real money.", "PAPER": " Simulated money alone."}


@dataclass(frozen=True, slots=True)
class AskView:
    """What a person is asked before something is done."""

    title: str = ""
    words: str = ""
    verb: str = ""


class IntelligenceDesk(QObject):
    """Everything is the worker's; here it is put side by side."""

    asked = Signal()
    """A question stands in ``ask``: put it to the person."""

    def __init__(
        self, link: DeskLink, desk: Snapshot, requests: Requests, clock: Clock, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._link, self._desk, self._requests, self._clock = link, desk, requests, clock
        self._chosen, self._horizon, self._other = "", 0, ""
        self._pending: MlRequest | None = None
        self._sent: dict[str, str] = {}
        self._states = {
            "score": view_state(scorecard.ScoreView(), self),
            "calibration": view_state(calibration.CalibrationView(), self),
            "training": view_state(training.TrainingView(), self),
            "promotion": view_state(promotion.PromotionView(), self),
            "opinions": view_state(opinions.OpinionsView(), self),
            "ask": view_state(AskView(), self),
        }
        self._scores, self._candidates = ScoreModel(self), CandidatesModel(self)
        self._gates, self._figures = RowsModel(self), RowsModel(self)

    # What the page reads

    @Property(QObject, constant=True)
    def score(self) -> ViewState:
        return self._states["score"]

    @Property(QObject, constant=True)
    def calibration(self) -> ViewState:
        return self._states["calibration"]

    @Property(QObject, constant=True)
    def training(self) -> ViewState:
        return self._states["training"]

    @Property(QObject, constant=True)
    def promotion(self) -> ViewState:
        return self._states["promotion"]

    @Property(QObject, constant=True)
    def opinions(self) -> ViewState:
        return self._states["opinions"]

    @Property(QObject, constant=True)
    def ask(self) -> ViewState:
        return self._states["ask"]

    @Property(QObject, constant=True)
    def scores(self) -> ScoreModel:
        return self._scores

    @Property(QObject, constant=True)
    def candidates(self) -> CandidatesModel:
        return self._candidates

    @Property(QObject, constant=True)
    def gates(self) -> RowsModel:
        return self._gates

    @Property(QObject, constant=True)
    def figures(self) -> RowsModel:
        return self._figures

    def show(self, wall: datetime) -> None:
        """Take over the snapshot."""
        desk, objection = self._desk, rights.worker_objection(self._desk)
        found = promotion.everything(desk)
        if self._chosen not in found:
            self._chosen = ""
        chosen = found.get(self._chosen)
        line = None if chosen is None else chosen.score
        self._show_scores(wall, objection, line)
        self._show_calibration(line)
        self._put("training", **training.training_fields(desk, wall))
        busy = bool(self._view("training").busy)
        self._put("training", can_ask=not objection and not busy, objection=objection)
        self._show_promotion(found, objection)
        self._states["opinions"].show(opinions.opinions_view(desk, wall))
        self._candidates.replace(candidate_rows(desk, wall))

    def answered(self, answer: Answer) -> None:
        """Show what became of a request, in the card it was made in."""
        card = {TRAINER: "training", MODELS: "promotion"}.get(answer.request)
        if card is not None:
            text, tone = _ending(answer, self._sent.get(card, ""))
            self._put(card, busy=False, result=text, result_tone=tone)
            self.show(self._clock.now())

    def forget(self) -> None:
        """Let go of what a person chose: another backend follows."""
        self._chosen, self._horizon, self._other = "", 0, ""
        self._pending = None
        for card in ("training", "promotion"):
            self._put(card, busy=False, result="")
        self._put("promotion", comparing=False)
        self._put("score", by_symbol=False)

    # What the page asks for

    @Slot(str)
    def choose(self, key: str) -> None:
        """Show a model in the cards below."""
        found = promotion.everything(self._desk)
        if key in found:
            line = found[key].line
            self._chosen, self._other = key, ""
            self._horizon = 0 if line is None else line.horizon_min
            self._put("promotion", result="")
            self.show(self._clock.now())

    @Slot(int)
    def chooseHorizon(self, index: int) -> None:  # noqa: N802  # Qt's names, here and below
        """Show the calibration at another horizon."""
        self._horizon = HORIZONS_MIN[index]
        self.show(self._clock.now())

    @Slot(int)
    def showSymbols(self, index: int) -> None:  # noqa: N802
        """Show the models (0), or the symbols of the one that is selected (1)."""
        self._put("score", by_symbol=index == 1)
        self.show(self._clock.now())

    @Slot()
    def train(self) -> None:
        """Train anew, one model for each horizon."""
        view = self._view("training")
        if view.can_ask and not view.active:
            self._send(TRAINER, Train(**self._stamp(), horizons_min=()), "training")

    @Slot()
    def askCancel(self) -> None:  # noqa: N802
        """Ask whether the training that runs should really stop."""
        told = self._desk.training
        if told is not None and told.active and told.job_id and self._view("training").can_ask:
            self._pending = CancelTraining(**self._stamp(), job_id=told.job_id)
            dropped = f"It is at {words.figures(told.stage)}; what it had is dropped."
            self._ask("Cancel the training?", dropped, "Cancel training")

    @Slot(str)
    def askAct(self, key: str) -> None:  # noqa: N802
        """Ask about what may be done with a model; without a key with the one that is shown."""
        found = promotion.everything(self._desk)
        shown = found.get(key or self._shown_key(found))
        model = None if shown is None else shown.model
        mode = scorecard.mode_of(self._desk)
        action = scorecard.action_of(model, mode, rights.worker_objection(self._desk))
        if model is None or not action.on or self._view("promotion").busy:
            return
        name = f"{scorecard.name_of(model)}, {model.horizon_min} min"
        if model.state is ModelState.IN_USE:
            self._pending = Demote(**self._stamp(), model_id=model.model_id)
            back = "It is out of use at once; the one before it is put back, where there is one."
            self._ask(f"Demote {name}?", back, "Demote")
        else:
            self._pending = Promote(**self._stamp(), model_id=model.model_id)
            way = f"It takes the place of what is in use at its horizon.{_MONEY.get(mode, '')}"
            self._ask(f"{action.verb}: {name}?", way, action.verb)

    @Slot()
    def confirm(self) -> None:
        """Do what was asked about."""
        wish, self._pending = self._pending, None
        if wish is not None and not rights.worker_objection(self._desk):
            training_card = isinstance(wish, CancelTraining)
            name, card = (TRAINER, "training") if training_card else (MODELS, "promotion")
            self._send(name, wish, card)

    @Slot()
    def compare(self) -> None:
        """Put a second model beside the one that is shown, or take it away."""
        self._other = ""
        self._put("promotion", comparing=not self._view("promotion").comparing)
        self.show(self._clock.now())

    @Slot(int)
    def step(self, by: int) -> None:
        """Compare with the next model, or the one before."""
        found = promotion.everything(self._desk)
        others = promotion.partners(found, self._shown_key(found))
        if others:
            place = others.index(self._other) if self._other in others else 0
            self._other = others[(place + by) % len(others)]
            self.show(self._clock.now())

    # Inside

    def _shown_key(self, found: dict[str, Shown]) -> str:
        return self._chosen or promotion.first_shown(found)

    def _show_scores(self, wall: datetime, objection: str, line: ScoreLine | None) -> None:
        desk = self._desk
        fields = scorecard.score_fields(desk, wall)
        stale = bool(fields["stale"])
        symbols = scorecard.symbol_rows(desk, line, stale=stale)
        by_symbol = bool(self._view("score").by_symbol and symbols)
        rows = symbols if by_symbol else scorecard.score_rows(desk, objection, stale=stale)
        self._scores.replace(rows)
        told = "" if line is None or not symbols else words.count(len(symbols), "symbol")
        self._put("score", **fields, selected=self._chosen, symbols_words=told)

    def _show_calibration(self, chosen: ScoreLine | None) -> None:
        score = self._view("score")
        horizon = calibration.horizon_of(self._desk, self._horizon)
        line = calibration.shown_line(self._desk, chosen, horizon)
        self._put(
            "calibration",
            known=self._desk.scorecard is not None,
            stale=score.stale,
            note=score.note,
            note_tone=score.note_tone,
            **calibration.calibration_fields(self._desk, line, horizon),
        )

    def _show_promotion(self, found: dict[str, Shown], objection: str) -> None:
        key = self._shown_key(found)
        shown, others = found.get(key), promotion.partners(found, key)
        other = self._other if self._other in others else next(iter(others), "")
        view = self._view("promotion")
        self._gates.show(promotion.gate_rows(shown))
        comparing = view.comparing and bool(others)
        pair = found.get(other) if comparing else None
        self._figures.show(promotion.comparison_rows(shown, pair))
        line = None if pair is None else pair.line
        fields = promotion.promotion_fields(self._desk, shown, objection)
        if view.busy:
            fields["can_act"] = False
        self._put(
            "promotion",
            **fields,
            comparing=comparing,
            can_compare=bool(others),
            others=len(others),
            other="" if line is None else f"{scorecard.name_of(line)}, {line.horizon_min} min",
        )

    def _view(self, name: str) -> Any:
        return self._states[name].view

    def _put(self, card: str, /, **fields: Any) -> None:
        self._states[card].show(replace(self._view(card), **fields))

    def _ask(self, title: str, text: str, verb: str) -> None:
        self._put("ask", title=title, words=text, verb=verb)
        self.asked.emit()

    def _stamp(self) -> dict[str, Any]:
        return self._requests.stamp(self._clock.now())

    def _send(self, request: str, wish: MlRequest, card: str) -> None:
        self._sent[card] = _DONE[type(wish)]
        self._link.send(request, registry.ML_REQUESTS, wish)
        self._put(card, busy=True, result="Asked, waiting for the worker", result_tone="faint")
        self.show(self._clock.now())


_DONE: dict[type, str] = {
    Train: "Asked for. ",
    CancelTraining: "Cancelled. ",
    Promote: "Promoted. ",
    Demote: "Demoted. ",
}


def _ending(answer: Answer, done: str) -> tuple[str, str]:
    reply = answer.reply
    if reply is not None:
        said = words.sentence(words.prose(reply.reason))
        return (f"{done}{said}".strip(), "ok") if reply.accepted else (f"Refused: {said}", "crit")
    if isinstance(answer.error, NoReplyError):
        return "UNKNOWN: the worker has not answered.", "warn"
    return words.sentence(f"Not sent: {answer.error}"), "crit"
