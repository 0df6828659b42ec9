"""What the cycles look at besides quotes: closed bars, an AI's opinions, which models are in use."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.payloads.intelligence import MlModels, MlScorecard
from qt_trade.contract.payloads.market import Bar as BarPayload
from qt_trade.contract.payloads.signals import (
    Candidate as CandidatePayload,
)
from qt_trade.contract.payloads.signals import (
    CandidateState,
    GrokCandidates,
    Recommendation,
)
from qt_trade.contract.topics import Batch
from qt_trade.model.claims import ai_model_id
from qt_trade.model.scores import ModelState, Verdict
from qt_trade.model.signals import Candidate, Candidates, Vote
from qt_trade.model.symbols import Symbol
from qt_trade.roles.bars import bar_of
from qt_trade.roles.engine.documents import Stamp
from qt_trade.trading.outlook import Outlook

BARS_KEPT = 240
"""Bars looked back upon at the start: what is older weighs less than a ten-thousandth."""

_VOTES = {
    Recommendation.STRONG_BUY: Vote.BUY,
    Recommendation.BUY: Vote.BUY,
    Recommendation.HOLD: Vote.HOLD,
    Recommendation.SELL: Vote.SELL,
    Recommendation.STRONG_SELL: Vote.SELL,
}


class OutlookView:
    """Follows the bars of every symbol it hears of, once."""

    def __init__(self, bus: Bus, outlook: Outlook, stamp: Stamp) -> None:
        self._bus = bus
        self._outlook = outlook
        self._stamp = stamp
        self._opinions: GrokCandidates | None = None
        self._card: MlScorecard | None = None
        self.in_use: frozenset[str] = frozenset()
        """The models in use, by their ids, as they were told last."""
        self._followed: set[Symbol] = set()
        self._wanted: list[Symbol] = []
        self._due = asyncio.Event()

    def want(self, symbols: Iterable[Symbol]) -> None:
        """Follow the bars of these, too, from now on."""
        new = [symbol for symbol in symbols if symbol not in self._followed]
        self._followed.update(new)
        self._wanted += new
        if new:
            self._due.set()

    async def run(self) -> None:
        """Follow until cancelled."""
        await self._bus.watch(registry.GROK_CANDIDATES, self.on_candidates)
        await self._bus.watch(registry.ML_SCORECARD, self.on_card)
        await self._bus.watch(registry.ML_MODELS, self.on_models)
        while True:
            await self._due.wait()
            self._due.clear()
            wanted, self._wanted = self._wanted, []
            for symbol in wanted:
                await self._bus.follow(registry.BARS, self.on_bars, symbol, last=BARS_KEPT)

    def on_bars(self, batch: Batch[BarPayload]) -> None:
        """Take closed bars of this run; those known already change nothing."""
        self._outlook.on_bars(
            bar_of(entry.value)
            for entry in batch.entries
            if entry.value.run_id == self._stamp.run_id
        )

    def on_candidates(self, change: Change[GrokCandidates]) -> None:
        """Take an AI's opinions; where there are none the reason is kept in their place."""
        self._opinions = change.value
        self._tell()

    def on_card(self, change: Change[MlScorecard]) -> None:
        """Take what came of an AI's earlier opinions; nothing of another run's."""
        card = change.value
        self._card = card if card is not None and card.run_id == self._stamp.run_id else None
        self._tell()

    def on_models(self, change: Change[MlModels]) -> None:
        """Act no more on what a model said that has been taken out of use since."""
        found = change.value
        if found is None or found.run_id != self._stamp.run_id:
            return
        used = (one.model_id for one in found.models if one.state is ModelState.IN_USE)
        before, self.in_use = self.in_use, frozenset(used)
        trust = self._outlook.trust
        gone = (trust.withdrawn | before) - self.in_use
        self._outlook.trust = replace(trust, withdrawn=gone)

    def _tell(self) -> None:
        self._outlook.on_opinions(candidates(self._opinions, self._card))


def candidates(document: GrokCandidates | None, card: MlScorecard | None = None) -> Candidates:
    """Return an AI's opinions as strategies see them. Nothing is invented where there are none.

    ``card``: what came of earlier ones. Those of an AI that does worse than a naive forecaster
    count for nothing.
    """
    if document is None:
        return Candidates()
    trouble = ""
    if document.state is not CandidateState.ACTIVE:
        trouble = f"no AI candidates: {document.state} ({document.words})"
    opinions = tuple(_candidate(one) for one in document.candidates)
    return Candidates(opinions, trouble, _discredited(document.model, card))


def _discredited(model: str, card: MlScorecard | None) -> str:
    wanted = ai_model_id(model)
    lines = () if card is None else card.lines
    worse = [one for one in lines if one.model_id == wanted and one.verdict is Verdict.WORSE]
    return f"{model} is {worse[0].words}" if worse else ""


def _candidate(one: CandidatePayload) -> Candidate:
    return Candidate(
        symbol=Symbol(one.symbol),
        vote=_VOTES[one.recommendation],
        score=one.score,
        confidence=one.confidence,
        reason=one.reason,
        expires_at=one.expires_at,
    )
