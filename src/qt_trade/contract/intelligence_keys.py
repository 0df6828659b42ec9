"""The keys of models and their scores; part of the registry, which is too long for one page."""

from qt_trade.contract.endpoints import Command, Document, Party
from qt_trade.contract.payloads import intelligence

_WORKER = frozenset({Party.WORKER})

ML_SCORECARD: Document[intelligence.MlScorecard] = Document(
    "backend:ml_scorecard",
    intelligence.MlScorecard,
    _WORKER,
    "What every model has shown against doing nothing",
)
ML_MODELS: Document[intelligence.MlModels] = Document(
    "backend:ml_models", intelligence.MlModels, _WORKER, "Every trained model and its gates"
)
ML_REQUESTS: Command[intelligence.MlRequest] = Command(
    "frontend:ml_requests",
    intelligence.MlRequest,  # type: ignore[arg-type]  # a union of structs is no class to mypy
    frozenset({Party.FRONTEND}),
    "Train, cancel a training, promote or demote a model",
    readers=_WORKER,
)
