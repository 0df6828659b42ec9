"""``qtrade ml`` against a worker's desk on a real server."""

import json
import os
import pty
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.desktop.backend import NOW, RUN, Backend, predicted, stamp
from tests.unit.cli.conftest import Qtrade

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads import intelligence as wire
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.payloads.signals import MlTrainingStatus
from qt_trade.kit.clock import SystemClock
from qt_trade.kit.loop_thread import LoopThread
from qt_trade.model.predictions import Skill
from qt_trade.model.scores import ModelState, Verdict


def training(job_id: str, event: str, progress: float, detail: str = "") -> MlTrainingStatus:
    """Return what a trainer says of itself."""
    over = event in ("finished", "failed", "cancelled")
    return MlTrainingStatus(
        **stamp("worker"), active=not over, job_id=job_id, stage="fold 2 of 4", progress=progress,
        trigger="by hand", event=event, detail=detail, started=NOW, updated=NOW,  # type: ignore[arg-type]
        metrics={"hit rate": 0.53},
        curve=wire_curve(), loss="log loss", data="60 days", split="purged", costs="1.5 bp",
        left_s=1.0,
    )  # fmt: skip


def wire_curve() -> Any:
    from qt_trade.contract.payloads.signals import Curve  # noqa: PLC0415  # one use

    return Curve(rounds=(1, 2), training=(0.69, 0.68), validation=(0.693, 0.69))


class Trainer:
    """A worker's desk that answers as it is told; a training ends at once in ``ends``."""

    def __init__(self, url: str) -> None:
        self.received: list[Any] = []
        self.refusal = ""
        self.ends = "finished"
        self._thread = LoopThread("trainer")
        self._bus = Bus(url, Party.WORKER, SystemClock(), random.Random(1))
        self._thread.run(self._open())

    async def _open(self) -> None:
        await self._bus.open()
        self._bus.serve(registry.ML_REQUESTS, self._answer, self._reject)

    async def _answer(self, request: Any) -> Reply:
        self.received.append(request)
        if not self.refusal and isinstance(request, wire.Train):
            for told in (
                training(request.command_id, "start", 0.3),
                training("another", "failed", 1.0, "not ours"),
                training(request.command_id, self.ends, 1.0, f"it {self.ends}"),
            ):
                await self._bus.write(registry.ML_TRAINING_STATUS, told)
        return self._reply(request.command_id, self.refusal)

    def _reject(self, rejection: Any) -> Reply:
        return self._reply(rejection.command_id, rejection.reason)

    def _reply(self, command_id: str, refusal: str) -> Reply:
        return Reply(
            **stamp("worker"), command_id=command_id, accepted=not refusal,
            reason=refusal or "taken", order_id=None, verdicts=(),
        )  # fmt: skip

    def close(self) -> None:
        self._thread.run(self._bus.close())
        self._thread.close()


@pytest.fixture
def trainer(redis_url: str) -> Iterator[Trainer]:
    running = Trainer(redis_url)
    yield running
    running.close()


def interval(value: float) -> wire.Interval:
    return wire.Interval(value=value, low=value - 1.2, high=value + 1.2)


def line(**changes: Any) -> wire.ScoreLine:
    """Return a model's line of the score-card, with enough cases."""
    whole = wire.ScoreLine(
        model_id="gbm-30-v31", model="GBM", version="v31", horizon_min=30,
        state=ModelState.IN_USE, hit_rate=0.539, naive_hit_rate=0.519, difference=interval(2.0),
        verdict=Verdict.BETTER, cases=5980, cases_needed=400, brier=0.2466,
        coverage=wire.Interval(value=0.81, low=0.8, high=0.82), pinball=0.1,
        information_coefficient=interval(0.02), edge_bp=interval(0.8), calibration=(), words="",
    )  # fmt: skip
    return msgspec.structs.replace(whole, **changes)


def card(*lines: wire.ScoreLine) -> wire.MlScorecard:
    of_one = wire.SymbolScore(
        symbol="AAPL", model_id="gbm-30-v31", horizon_min=30, cases=200, hit_rate=0.55,
        difference=None, verdict=Verdict.WAIT,
    )  # fmt: skip
    return wire.MlScorecard(
        **stamp("worker"), run_id=RUN, feed_ts=NOW, since=NOW - timedelta(days=30),
        naive="the more frequent direction of the last 20 days", lines=lines, symbols=(of_one,),
        sealed=7000, scored=6192, head="c0ffee",
    )  # fmt: skip


def kept(**changes: Any) -> wire.MlModels:
    whole = wire.ModelLine(
        model_id="gbm-60-v32", model="GBM", version="v32", horizon_min=60,
        state=ModelState.SHADOW, trained_at=NOW, data_from=NOW - timedelta(days=60), data_to=NOW,
        rows=31_200, features=("rsi_14",), parameters={"num_leaves": 15}, seed=7,
        data_hash="abcd", metrics={"hit_rate": 0.53},
        gates=(
            wire.Gate(name="Beats it after costs", passed=True, words="+0.8 bp"),
            wire.Gate(name="400 shadow cases", passed=None, words="212 of 400"),
        ),
        promotable=False, words="two gates are not open yet",
    )  # fmt: skip
    return wire.MlModels(
        **stamp("worker"), run_id=RUN, models=(msgspec.structs.replace(whole, **changes),)
    )


def test_a_training_is_followed_to_its_end(
    trainer: Trainer, redis_url: str, qtrade: Qtrade
) -> None:
    """The words of another training are not taken for those of the one that was asked for."""
    said = qtrade("ml", "train", "60", "15", "60", "--redis-url", redis_url, "--json")
    assert said.code == 0, said.err
    answer = json.loads(said.out)
    assert answer["training"]["detail"] == "it finished"
    (request,) = trainer.received
    assert request.horizons_min == (60, 15)
    assert answer["training"]["job_id"] == request.command_id


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ("failed", "the training failed: it failed"),
        ("cancelled", "the training was cancelled: it cancelled"),
    ],
)
def test_a_training_that_comes_to_nothing_ends_with_code_1(
    trainer: Trainer, redis_url: str, qtrade: Qtrade, ends: str, words: str
) -> None:
    """Whoever waits in a script hears that there is no new model."""
    trainer.ends = ends
    said = qtrade("ml", "train", "--redis-url", redis_url)
    assert (said.code, words in said.err) == (1, True), said


def test_interrupted_in_a_script_the_training_goes_on(trainer: Trainer, redis_url: str) -> None:
    """Nobody is asked where nobody can answer; the words say how to stop it after all."""
    trainer.ends = "horizon_trained"
    command = [sys.executable, "-c", "from qt_trade.cli.main import main; main()"]
    with subprocess.Popen(
        [*command, "ml", "train", "--redis-url", redis_url],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "taken\n"
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=30)
    assert (process.returncode, "`qtrade ml cancel` stops it" in words) == (130, True), words
    assert [type(one) for one in trainer.received] == [wire.Train]


def test_interrupted_at_a_terminal_the_person_is_asked(trainer: Trainer, redis_url: str) -> None:
    """A yes cancels this very training."""
    trainer.ends = "horizon_trained"
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from qt_trade.cli.main import main; main()"]
    with subprocess.Popen(
        [*command, "ml", "train", "--redis-url", redis_url],
        stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "taken\n"
        process.send_signal(signal.SIGINT)
        os.write(ours, b"y\n")
        told, words = process.communicate(timeout=30)
    os.close(ours)
    os.close(theirs)
    assert (process.returncode, "Cancel the training, too?" in words) == (130, True), words
    assert "taken" in told
    asked, stopped = trainer.received
    assert stopped.job_id == asked.command_id


def test_a_horizon_that_nobody_predicts_is_refused_before_anything_is_sent(
    trainer: Trainer, redis_url: str, qtrade: Qtrade
) -> None:
    """The words name the horizons there are."""
    said = qtrade("ml", "train", "45", "--redis-url", redis_url)
    assert said.code == 2
    assert "there is no horizon of 45: 15, 30, 60" in said.err
    assert trainer.received == []


def test_cancel_means_the_training_that_runs(
    trainer: Trainer, backend: Backend, redis_url: str, qtrade: Qtrade
) -> None:
    """Without one it says so; with one it names its job."""
    said = qtrade("ml", "cancel", "--redis-url", redis_url)
    assert (said.code, "no training runs" in said.err) == (1, True)
    backend.write(registry.ML_TRAINING_STATUS, training("train-1", "start", 0.5))
    said = qtrade("ml", "cancel", "--redis-url", redis_url)
    assert (said.code, said.out.strip()) == (0, "taken"), said.err
    assert [one.job_id for one in trainer.received] == ["train-1"]


@pytest.mark.parametrize("verb", ["promote", "demote"])
def test_a_model_is_put_in_use_and_taken_out_by_its_name(
    trainer: Trainer, redis_url: str, qtrade: Qtrade, verb: str
) -> None:
    """A refusal is told in the desk's words, with code 1."""
    said = qtrade("ml", verb, "gbm-60-v32", "--redis-url", redis_url)
    assert (said.code, said.out.strip()) == (0, "taken"), said.err
    trainer.refusal = "400 shadow cases: 212 of 400"
    said = qtrade("ml", verb, "gbm-60-v32", "--redis-url", redis_url)
    assert (said.code, "212 of 400" in said.err) == (1, True)
    assert [one.model_id for one in trainer.received] == ["gbm-60-v32"] * 2


def test_predictions_are_shown_with_band_and_skill(
    backend: Backend, redis_url: str, qtrade: Qtrade
) -> None:
    """A symbol without any is told in words, and ends it with code 1."""
    backend.write(registry.PREDICTIONS_CURRENT, predicted())
    said = qtrade("ml", "predict", "AAPL", "--redis-url", redis_url)
    assert said.code == 0, said.err
    assert "60 min" in said.out
    assert "90 % band" in said.out
    said = qtrade("ml", "predict", "AAPL", "ZZZ", "--redis-url", redis_url)
    assert said.code == 1
    assert "ZZZ: no signal: it is not watched" in said.out


def test_the_score_card_says_what_is_not_known_yet(
    backend: Backend, redis_url: str, qtrade: Qtrade
) -> None:
    """A figure has its interval, and too few cases are no figure."""
    unknown = dict.fromkeys(
        ("hit_rate", "naive_hit_rate", "difference", "brier", "coverage",
         "information_coefficient", "edge_bp"),
    )  # fmt: skip
    waiting = line(model_id="gbm-60-v32", cases=212, verdict=Verdict.WAIT, **unknown)
    few = "not enough data yet: 2 of 10 sessions"
    young = line(model_id="gbm-15-v1", cases=512, verdict=Verdict.WAIT, words=few, **unknown)
    backend.write(registry.ML_SCORECARD, card(line(), waiting, young))
    said = qtrade("ml", "score", "ZZZ", "--redis-url", redis_url)
    assert (said.code, "ZZZ: nothing that was predicted of it" in said.out) == (1, True)
    said = qtrade("ml", "score", "AAPL", "--redis-url", redis_url)
    assert said.code == 0, said.err
    words = " ".join(said.out.split())
    assert "+2.0 (0.8 to 3.2)" in words
    assert "not enough data yet" in said.out
    assert "212 of 400" in said.out
    assert f"512 │ {few}" in said.out
    assert "Naive is the more frequent direction of the last 20 days." in words
    assert "AAPL │ gbm-30-v31 │ 30 min" in words
    assert "What it is worth with them" not in words
    assert "6,192 of 7,000 sealed predictions are scored; the seal: c0ffee" in words
    of_one = msgspec.structs.replace(
        card().symbols[0], verdict=Verdict.NOT_PROVEN, brier=0.2488, edge_bp=interval(-1.5)
    )
    judged = msgspec.structs.replace(card(line()), symbols=(of_one,))
    backend.write(registry.ML_SCORECARD, judged)
    words = " ".join(qtrade("ml", "score", "AAPL", "--redis-url", redis_url).out.split())
    _, _, worth = words.partition("What it is worth with them")
    assert "0.2488" in worth
    assert "-1.5" in worth


WIDTH_MAX = 100
"""Of a terminal beside a browser."""


def test_models_are_listed_a_line_each(backend: Backend, redis_url: str, qtrade: Qtrade) -> None:
    """In a hundred columns: what it has shown, how many live cases, how many gates are open."""
    said = qtrade("ml", "list", "--redis-url", redis_url)
    assert (said.code, "no worker has written backend:ml_models" in said.err) == (1, True)
    one = kept(metrics={"sessions": 36.0}, skill=Skill.NOT_PROVEN, model_id="gbm-60-v132")
    backend.write(registry.ML_MODELS, one)
    said = qtrade("ml", "list", "--redis-url", redis_url)
    assert said.code == 0, said.err
    assert (
        "│ gbm-60-v132 │ 60 min  │ shadow │ not proven │ 2013-10-07 │       36 │          – │     1 of 2 │"
        in said.out
    )
    backend.write(registry.ML_SCORECARD, card(line(model_id="gbm-60-v132", cases=5980)))
    said = qtrade("ml", "list", "--redis-url", redis_url)
    assert "│      5,980 │     1 of 2 │" in said.out
    assert max(len(row) for row in said.out.splitlines()) <= WIDTH_MAX
    said = qtrade("ml", "list", "--redis-url", redis_url, "--json")
    assert json.loads(said.out)["models"][0]["gates"][1]["words"] == "212 of 400"


def test_one_model_is_listed_with_its_gates(
    backend: Backend, redis_url: str, qtrade: Qtrade
) -> None:
    """What is closed and what cannot be said yet have words, what is open needs none."""
    backend.write(registry.ML_MODELS, kept())
    said = qtrade("ml", "list", "gbm-60-v32", "--redis-url", redis_url)
    assert said.code == 0, said.err
    assert "│ ✓ │ Beats it after costs │                          │" in said.out
    assert "│ · │ 400 shadow cases     │ 212 of 400               │" in said.out
    assert "on 31,200 rows of 2013-08-08 to 2013-10-07, seed 7" in said.out
    assert "qtrade ml promote" not in said.out
    said = qtrade("ml", "list", "gbm-60-v32", "--redis-url", redis_url, "--json")
    assert json.loads(said.out)["data_hash"] == "abcd"
    said = qtrade("ml", "list", "gbm-60-v9", "--redis-url", redis_url)
    assert (said.code, said.err.strip()) == (
        1, "qtrade: there is no model 'gbm-60-v9'; there are: gbm-60-v32"
    )  # fmt: skip


def test_why_a_model_is_in_its_state_is_told(
    backend: Backend, redis_url: str, qtrade: Qtrade
) -> None:
    """Where every gate is open the next step is named, and a refusal says what was refused."""
    backend.write(
        registry.ML_MODELS, kept(promotable=True, words="demoted by Ann; every gate is open")
    )
    said = qtrade("ml", "list", "gbm-60-v32", "--redis-url", redis_url)
    assert "demoted by Ann; every gate is open: `qtrade ml promote gbm-60-v32`" in said.out
    why = "Not too good to be true: no: leak alone goes with the outcome by +0.50"
    backend.write(registry.ML_MODELS, kept(state=ModelState.REFUSED, words=why))
    said = qtrade("ml", "list", "gbm-60-v32", "--redis-url", redis_url)
    assert f"refused: {why}" in said.out
