"""What the worker says of models, their scores, a training and an AI's candidates, for the tests."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.desktop.backend import NOW, RUN, Backend, stamp

from qt_trade.contract import registry
from qt_trade.contract.payloads import intelligence, signals
from qt_trade.contract.payloads.signals import CandidateState, Recommendation
from qt_trade.kit.clock import SystemClock
from qt_trade.model.scores import ModelState, Verdict

SINCE = datetime(2013, 9, 9, 13, 30, tzinfo=UTC)
SAID = ((0.525, 0.511, 0.009, 3120), (0.575, 0.552, 0.012, 1804), (0.625, 0.594, 0.02, 911),
        (0.675, 0.628, 0.034, 402), (0.725, 0.66, 0.057, 138))  # fmt: skip
"""Said, right, half of its interval, cases."""
GATES = (
    ("Walk-forward beats naive", True, "+1.9 pts"),
    ("Beats it after costs", True, "+0.8 bp"),
    ("400 shadow cases", None, "212 of 400"),
    ("10 trading days in shadow", None, "6 of 10"),
    ("No look-ahead found", True, "0 of 38"),
)


def around(value: float, half: float) -> intelligence.Interval:
    return intelligence.Interval(value=value, low=value - half, high=value + half)


def calibrated(points: tuple[tuple[float, float, float, int], ...] = SAID) -> Any:
    return tuple(
        intelligence.Calibration(said=said, right=around(right, half), cases=cases)
        for said, right, half, cases in points
    )


def line(model_id: str, horizon: int, **more: Any) -> intelligence.ScoreLine:
    fields: dict[str, Any] = {
        "model_id": model_id,
        "model": "GBM",
        "version": model_id.rpartition("-")[2],
        "horizon_min": horizon,
        "state": ModelState.IN_USE,
        "hit_rate": 0.539,
        "naive_hit_rate": 0.519,
        "difference": around(2.0, 1.5),
        "verdict": Verdict.BETTER,
        "cases": 5980,
        "cases_needed": 400,
        "brier": 0.2466,
        "coverage": around(0.801, 0.011),
        "pinball": 3.12,
        "information_coefficient": around(0.041, 0.02),
        "edge_bp": around(0.8, 0.6),
        "calibration": calibrated(),
        "words": "",
    }
    return intelligence.ScoreLine(**fields | more)


WAITING: dict[str, Any] = {
    "hit_rate": None, "naive_hit_rate": None, "difference": None, "verdict": Verdict.WAIT,
    "cases": 212, "brier": None, "coverage": None, "pinball": None,
    "information_coefficient": None, "edge_bp": None, "calibration": (),
}  # fmt: skip
LINES = (
    line("gbm-15-v31", 15, hit_rate=0.524, naive_hit_rate=0.516, difference=around(0.8, 1.2),
         verdict=Verdict.NOT_PROVEN, cases=6375, brier=0.2487),
    line("gbm-30-v31", 30),
    line("gbm-60-v29", 60, hit_rate=0.546, naive_hit_rate=0.522, difference=around(2.4, 2.1),
         cases=4410, brier=0.2458),
    line("gbm-60-v32", 60, state=ModelState.SHADOW, **WAITING),
    line("linear-30-v8", 30, model="Linear", state=ModelState.RETIRED, hit_rate=0.512,
         difference=around(-0.7, 1.5), verdict=Verdict.WORSE, brier=0.2502),
)  # fmt: skip
AI = line("ai:grok-4.3", 60, model="grok-4.3", version="", state=ModelState.SHADOW,
          **WAITING | {"cases": 612, "words": "not enough data yet: 2 of 5 sessions"})  # fmt: skip


def card(*lines: intelligence.ScoreLine, **more: Any) -> intelligence.MlScorecard:
    fields: dict[str, Any] = {
        "run_id": RUN,
        "feed_ts": NOW,
        "since": SINCE,
        "naive": "always the more frequent direction of the last 20 days",
        "lines": lines or (*LINES, AI),
        "symbols": tuple(
            intelligence.SymbolScore(
                symbol=symbol, model_id="gbm-30-v31", horizon_min=30, cases=cases,
                hit_rate=0.53, difference=around(1.1, 3.0), verdict=Verdict.NOT_PROVEN,
            )
            for symbol, cases in (("AAPL", 598), ("TSLA", 601))
        ),
        "sealed": 24_400,
        "scored": 22_957,
        "head": "9f2c" * 16,
    }  # fmt: skip
    return intelligence.MlScorecard(**stamp("worker"), **fields | more)


def model(model_id: str, horizon: int, **more: Any) -> intelligence.ModelLine:
    fields: dict[str, Any] = {
        "model_id": model_id,
        "model": "GBM",
        "version": model_id.rpartition("-")[2],
        "horizon_min": horizon,
        "state": ModelState.IN_USE,
        "trained_at": NOW - timedelta(days=3),
        "data_from": NOW - timedelta(days=60),
        "data_to": NOW - timedelta(days=3),
        "rows": 15_600,
        "features": ("return_1", "volatility", "rsi"),
        "parameters": {"rounds": 400.0},
        "seed": 7,
        "data_hash": "ab" * 32,
        "metrics": {"hit_rate": 0.541, "edge_bp": 0.8},
        "gates": tuple(
            intelligence.Gate(name=name, passed=True, words=words) for name, _, words in GATES
        ),
        "promotable": False,
        "words": "",
    }
    return intelligence.ModelLine(**fields | more)


def gates(rows: tuple[tuple[str, bool | None, str], ...] = GATES) -> Any:
    return tuple(
        intelligence.Gate(name=name, passed=passed, words=words) for name, passed, words in rows
    )


SHADOW = model(
    "gbm-60-v32", 60, state=ModelState.SHADOW, gates=gates(),
    words="At this pace the last gate opens about Fri 11 Oct.",
)  # fmt: skip
READY = model(
    "gbm-60-v32", 60, state=ModelState.SHADOW, promotable=True,
    gates=gates(tuple((name, True, words) for name, _, words in GATES)),
)  # fmt: skip
KEPT = (model("gbm-60-v29", 60), model("gbm-30-v31", 30), model("gbm-15-v31", 15),
        model("linear-30-v8", 30, model="Linear", state=ModelState.RETIRED))  # fmt: skip


def models(*kept: intelligence.ModelLine) -> intelligence.MlModels:
    return intelligence.MlModels(**stamp("worker"), run_id=RUN, models=kept)


def curve(rounds: int = 70) -> signals.Curve:
    steps = tuple(range(10, 10 * rounds + 10, 10))
    wave = [0.0004 * math.sin(7.3 * n) for n in range(rounds)]
    return signals.Curve(
        rounds=steps,
        training=tuple(0.6793 + 0.0139 * math.exp(-n / 160) + wave[n // 10 - 1] / 3 for n in steps),
        validation=tuple(0.6856 + 0.0076 * math.exp(-n / 120) + wave[n // 10 - 1] for n in steps),
    )


def training(**more: Any) -> signals.MlTrainingStatus:
    now = SystemClock().now()
    fields: dict[str, Any] = {
        "active": True,
        "job_id": "train-7",
        "stage": "60 min: fold 4 of 6",
        "progress": 0.62,
        "trigger": "by hand at desk-1",
        "event": "horizon_trained",
        "detail": "15 and 30 min are done",
        "started": now - timedelta(minutes=11),
        "updated": now,
        "metrics": {"hit_rate": 0.541},
        "curve": curve(),
        "loss": "log loss of the direction",
        "data": "9 Aug to 4 Oct 2013, 15.6 K rows",
        "split": "purged 6-fold, 60 min embargo",
        "costs": "1.5 bp each side",
        "left_s": 395.0,
    }
    return signals.MlTrainingStatus(**stamp("worker"), **fields | more)


IDLE: dict[str, Any] = {
    "active": False, "job_id": "", "stage": "", "progress": 0.0, "trigger": "", "event": "none",
    "detail": "", "started": None, "metrics": {}, "curve": None, "loss": "", "data": "",
    "split": "", "costs": "", "left_s": None,
}  # fmt: skip


def candidate(symbol: str, reason: str, left_min: int, became: str, **more: Any) -> Any:
    fields: dict[str, Any] = {
        "score": 0.7,
        "recommendation": Recommendation.BUY,
        "target_price": None,
        "current_price": 100.0,
        "expected_return": 0.004,
        "risk_level": 3,
        "confidence": 0.78,
        "time_horizon": "60min",
        "cited": ("bloomberg.com", "reuters.com", "sec.gov"),
        "generated_at": NOW - timedelta(minutes=2),
    }
    return signals.Candidate(
        symbol=symbol, reason=reason, became=became,
        expires_at=NOW + timedelta(minutes=left_min, seconds=30), **fields | more,
    )  # fmt: skip


OPINIONS = (
    candidate("TSLA", "Gap up 6% on volume, momentum continues above 184.", 29, "stopped: spread"),
    candidate("NVDA", "Data-centre order news confirmed by two outlets, volume 2.1× average.", 44,
              "stopped: sector cap", confidence=0.74, cited=("reuters.com", "nvidia.com")),
    candidate("JPM", "Raised full-year guidance, strong trading revenue.", 74, "order accepted",
              confidence=0.70, cited=("jpmorganchase.com",)),
    candidate("XOM", "Refinery starts above forecast.", 44, "stopped: cash reserve",
              confidence=0.69, cited=("eia.gov",)),
    candidate("AMZN", "Order delay rumour, single source, not confirmed.", 14, "not held",
              recommendation=Recommendation.SELL, confidence=0.40, cited=("x.com",)),
)  # fmt: skip


def opinions(*shown: signals.Candidate, **more: Any) -> signals.GrokCandidates:
    fields: dict[str, Any] = {
        "state": CandidateState.ACTIVE,
        "words": "",
        "model": "grok-4.3",
        "asked_at": SystemClock().now() - timedelta(minutes=2, seconds=5),
        "took_s": 4.1,
        "cost_usd": 0.012,
        "spent_usd": 0.19,
        "budget_usd": 1.0,
        "candidates": shown,
    }
    return signals.GrokCandidates(**stamp("worker"), **fields | more)


def publish_learning(backend: Backend) -> None:
    """Write the four documents in the middle of a day: three models in use, one in the shadow."""
    backend.write(registry.ML_SCORECARD, card())
    backend.write(registry.ML_MODELS, models(SHADOW, *KEPT))
    backend.write(registry.ML_TRAINING_STATUS, training())
    backend.write(registry.GROK_CANDIDATES, opinions(*OPINIONS))
