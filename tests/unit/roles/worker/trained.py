"""Small models whose word is known: they expect a rise of everything, or a fall."""

from datetime import datetime, timedelta

import lightgbm
import numpy as np

from qt_trade.intelligence.learning.cases import Floats
from qt_trade.intelligence.learning.learnt import Certainty, Learnt
from qt_trade.model.models import Decision, ModelFacts
from qt_trade.model.predictions import Skill
from qt_trade.storage.models import ModelStore

FEATURES = ("return_1", "volatility_8")
ROWS = 300


def learnt(
    horizon_min: int,
    data_to: datetime,
    *,
    rises: bool = True,
    features: tuple[str, ...] = FEATURES,
    volatility: str = "volatility_8",
    rounds: int = 3,
) -> Learnt:
    """Return a model that has seen nine of ten prices rise (or fall), whatever came before."""
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(ROWS, len(features)))
    went = (np.arange(ROWS) % 10 > 0) == rises
    return Learnt(
        horizon_min=horizon_min,
        features=features,
        volatility=(volatility,),
        parameters={"rounds": float(rounds)},
        seed=7,
        data_hash="ab12",
        data_from=data_to - timedelta(days=60),
        data_to=data_to,
        rows=ROWS,
        metrics={"hit_rate": 0.6},
        direction=_text("binary", rows, went.astype(np.float64), rounds),
        spread=_text("regression", rows, np.full(ROWS, np.log(0.8)), rounds),
        certainty=Certainty("platt", slope=0.5),
        residuals=tuple(np.sort(rng.normal(size=500)).tolist()),
    )


def _text(objective: str, rows: Floats, wanted: Floats, rounds: int) -> str:
    """Return LightGBM's text of a model whose raw score means what a kept one's does."""
    settings = {"objective": objective, "num_threads": 1, "seed": 7, "verbosity": -1}
    return lightgbm.train(settings, lightgbm.Dataset(rows, wanted), rounds).model_to_string()


async def keep(
    models: ModelStore,
    model: Learnt,
    *,
    skill: Skill = Skill.PROVEN,
    in_use: bool = True,
    content: bytes | None = None,
) -> str:
    """Keep a model in a registry, in use or in the shadow, and return its id."""
    facts = ModelFacts(
        family="gbm",
        horizon_min=model.horizon_min,
        trained_at=model.data_to,
        data_from=model.data_from,
        data_to=model.data_to,
        rows=model.rows,
        features=model.features,
        parameters=model.parameters,
        metrics=model.metrics,
        seed=model.seed,
        data_hash=model.data_hash,
        gates=(),
        skill=skill,
        refused="",
        trigger="a test",
    )
    made_by = f"{model.horizon_min}-{in_use}-{skill}"
    record = await models.add(model.to_bytes() if content is None else content, facts, made_by)
    if in_use:
        await models.promote(record.model_id, Decision(model.data_to, "a test", "proven"))
    return record.model_id
