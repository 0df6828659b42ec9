"""The predictions: said of every symbol at the end of a quarter of an hour, sealed, then published."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.market import Bar as BarPayload
from qt_trade.contract.payloads.market import MarketStatus
from qt_trade.contract.payloads.predictions import PredictionsCurrent
from qt_trade.contract.payloads.trading import TradingSettings
from qt_trade.intelligence import baseline
from qt_trade.intelligence.learning.statements import claim_of, skill_of
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.market.calendar import Sessions
from qt_trade.model.claims import Claim
from qt_trade.model.predictions import Prediction
from qt_trade.model.scores import Verdict
from qt_trade.model.symbols import Symbol
from qt_trade.roles.bars import bar_of
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.kept_documents import KeptDocuments
from qt_trade.roles.rhythm import current_boundary, last_boundary
from qt_trade.roles.work import Work
from qt_trade.roles.worker.data.dispersions import dispersions_at
from qt_trade.roles.worker.data.published_bars import PublishedBars
from qt_trade.roles.worker.payloads import SOURCE, predicted, unpredicted
from qt_trade.roles.worker.predicting.sayings import InUse, said_of
from qt_trade.roles.worker.predicting.shelf import OnHand, Shelf
from qt_trade.roles.worker.predicting.signals import Moment, enhanced, signals
from qt_trade.settings import Settings

if TYPE_CHECKING:
    from qt_trade.roles.worker.predicting.expecting import Expected

QUARTER = timedelta(minutes=15)
"""What models were trained on: they speak when such a bar has ended."""
BARS_SEEN = 100
"""More minutes than the baseline looks back upon."""


@dataclass(frozen=True, slots=True)
class PredictionParts:
    """What predictions are made with."""

    bus: Bus
    store: wiring.MarketStore
    bars: PublishedBars
    documents: KeptDocuments
    feed_time: FeedTime
    wall: Clock
    settings: Settings
    sessions: Sessions
    done: Work


@dataclass(frozen=True, slots=True)
class _Hour:
    """The moment predicted from (feed time), and when the session that is open then closes."""

    status: MarketStatus
    at: datetime
    close: datetime | None

    @property
    def open_until(self) -> datetime | None:
        """When the session closes, None where none is open at the moment."""
        return None if self.close is None or self.at >= self.close else self.close


class Predictions:
    """Made twice for the same moment they are the same, and each claim is sealed once."""

    def __init__(self, parts: PredictionParts) -> None:
        self._p = parts
        self._shelf = Shelf(parts.store.models)
        self._trust = wiring.trust(parts.settings)
        self._looking: asyncio.Task[Mapping[str, Expected]] | None = None
        self._log = get_logger()

    async def make(self, status: MarketStatus) -> None:
        """Predict every symbol from its closed bars, seal what is said, and publish it."""
        hour = self._hour(status)
        # A job that is called a moment early would miss the last minute.
        early = (hour.at - self._p.feed_time.clock.now()).total_seconds()
        await asyncio.sleep(max(0.0, early / status.clock.speed))
        if hour.open_until is not None:
            seen = await dispersions_at(self._p.bus, hour.at, status.run_id)
            await self._p.store.dispersions.store(hour.at, seen)
            await self._p.bars.until(hour.at, status.symbols, status.clock.speed)
        published = {symbol: await self._p.bars.read(symbol) for symbol in status.symbols}
        # Before models look: they read what is stored.
        await self._p.bars.store(bar for bars in published.values() for bar in bars)
        bare = await asyncio.to_thread(_baseline, published, hour)
        on_hand = await self._shelf.at(hour.at)
        expected = await self._expected(on_hand, hour)
        said = self._said(bare, await self._in_use(on_hand, expected, hour), hour)
        late = await self._seal([*_bare_claims(bare), *_claims(on_hand, expected, hour)])
        await self._publish({of: _timely(one, late) for of, one in said.items()}, published, hour)

    def _hour(self, status: MarketStatus) -> _Hour:
        now = self._p.feed_time.clock.now()
        boundary = current_boundary(now, self._p.settings.rhythms.predictions)
        close = status.next_close if status.market_open else None
        return _Hour(status, last_boundary(boundary, QUARTER), close)

    async def _expected(self, on_hand: OnHand, hour: _Hour) -> "Mapping[str, Expected]":
        if not on_hand.learnt or hour.open_until is None:
            return {}
        while self._looking is not None and not self._looking.done():
            # Its round was given up, and nothing ends a thread. Beside it this one would take twice
            # as long and be given up as well, and the next one, until nothing is predicted.
            await asyncio.wait([self._looking])
        self._looking = asyncio.create_task(asyncio.to_thread(self._look, on_hand, hour))
        self._looking.add_done_callback(_heard)
        return await asyncio.shield(self._looking)

    def _look(self, on_hand: OnHand, hour: _Hour) -> "Mapping[str, Expected]":
        # Here, for it takes seconds, and only where there is a model.
        from qt_trade.roles.worker.predicting.expecting import Ground, expected  # noqa: PLC0415

        settings = self._p.settings
        ground = Ground(settings.database(), settings.run.source_key, self._p.sessions)
        return expected(ground, hour.status.symbols, hour.at, on_hand.learnt)

    async def _in_use(
        self, on_hand: OnHand, expected: "Mapping[str, Expected]", hour: _Hour
    ) -> dict[int, InUse]:
        live = await self._live(hour.status.run_id)
        found = {}
        for minutes, record in on_hand.in_use.items():
            name = record.model_id
            said = expected.get(name)
            found[minutes] = InUse(
                model_id=name,
                skill=skill_of(record.facts.skill, live.get(name, Verdict.WAIT)),
                by_symbol={} if said is None else said.by_symbol,
                trouble=on_hand.troubles.get(name, "") if said is None else said.trouble,
            )
        return found

    async def _live(self, run_id: str) -> dict[str, Verdict]:
        """Return what models have shown since they predict; nothing of another run's."""
        try:
            found = await self._p.bus.read(registry.ML_SCORECARD)
        except InvalidMessageError:
            return {}
        if found is None or found.value.run_id != run_id:
            return {}
        return {line.model_id: line.verdict for line in found.value.lines}

    def _said(
        self,
        bare: Mapping[str, baseline.Outcome],
        in_use: Mapping[int, InUse],
        hour: _Hour,
    ) -> dict[str, baseline.Outcome]:
        close = hour.open_until
        if close is None:
            return dict(bare)
        return {
            symbol: said_of(Symbol(symbol), hour.at, close, outcome, in_use)
            for symbol, outcome in bare.items()
        }

    async def _seal(self, claims: Sequence[Claim]) -> dict[tuple[str, str, int], str]:
        """Seal claims; return those that came too late to be any, and why."""
        sealing = await self._p.store.claims.seal(claims, now=self._p.feed_time.clock.now())
        if sealing.refused:
            words = sealing.refused[0].words
            self._log.warning("claims.refused", claims=len(sealing.refused), words=words)
        return {
            (one.claim.symbol, one.claim.model_id, one.claim.horizon_min): one.words
            for one in sealing.refused
        }

    async def _publish(
        self,
        said: Mapping[str, baseline.Outcome],
        published: Mapping[str, Sequence[BarPayload]],
        hour: _Hour,
    ) -> None:
        made = [one.prediction for one in said.values() if one.prediction is not None]
        symbols = {}
        for symbol, one in said.items():
            last = published[symbol][-1] if published[symbol] else None
            if one.prediction is None:
                price = None if last is None else last.close
                symbols[symbol] = unpredicted(one.words, price, hour.at)
            else:
                symbols[symbol] = predicted(one.prediction, one.words)
        every = self._p.settings.rhythms.predictions
        document = PredictionsCurrent(
            ts=self._p.wall.now(),
            source=SOURCE,
            feed=hour.status.feed,
            run_id=hour.status.run_id,
            feed_ts=hour.at,
            next_feed_ts=hour.at + every,
            model=_who(made),
            predictions_made=_count(made) + await self._made_before(hour),
            symbols=symbols,
        )
        await self._p.documents.write(registry.PREDICTIONS_CURRENT, document)
        moment = Moment(document.ts, hour.at, hour.status.feed, hour.status.run_id, document.model)
        missing = {name: line.words for name, line in symbols.items() if not line.horizons}
        await self._tell(made, missing, moment)
        self._p.done.done(f"predictions of {len(made)} of {len(symbols)} symbols")
        self._log.info("job.predictions", symbols=len(made), of=len(symbols), by=document.model)

    async def _tell(self, made: list[Prediction], missing: dict[str, str], moment: Moment) -> None:
        """Publish predictions as the older frontends read them, and what there is not."""
        write, every = self._p.documents.write, self._p.settings.rhythms.predictions
        await write(registry.ML_PREDICTIONS_ENHANCED, enhanced(made, missing, moment, every))
        settings = await self._settings_in_force()
        await write(registry.ML_TRADING_SIGNALS, signals(made, settings, self._trust, moment))

    async def _settings_in_force(self) -> TradingSettings | None:
        try:
            found = await self._p.bus.read(registry.TRADING_SETTINGS)
        except InvalidMessageError:
            return None
        return None if found is None else found.value

    async def _made_before(self, hour: _Hour) -> int:
        """Return the horizons predicted in this run before this moment."""
        try:
            found = await self._p.bus.read(registry.PREDICTIONS_CURRENT)
        except InvalidMessageError:
            return 0
        if found is None or found.value.run_id != hour.status.run_id:
            return 0
        before = found.value
        again = before.feed_ts == hour.at
        counted = sum(len(line.horizons) for line in before.symbols.values()) if again else 0
        return max(0, before.predictions_made - counted)


def _heard(looking: "asyncio.Task[Mapping[str, Expected]]") -> None:
    """Take note of how a look ended whose round was given up: the next one says what is wrong."""
    if not looking.cancelled():
        looking.exception()


def _baseline(
    published: Mapping[str, Sequence[BarPayload]], hour: _Hour
) -> dict[str, baseline.Outcome]:
    found = {}
    for symbol, bars in published.items():
        ended = [bar for bar in bars if bar.at < hour.at][-BARS_SEEN:]
        found[symbol] = baseline.predict([bar_of(bar) for bar in ended], hour.at, hour.close)
    return found


def _bare_claims(bare: Mapping[str, baseline.Outcome]) -> list[Claim]:
    made = (one.prediction for one in bare.values())
    return [claim for one in made if one is not None for claim in baseline.claims_of(one)]


def _claims(on_hand: OnHand, expected: "Mapping[str, Expected]", hour: _Hour) -> list[Claim]:
    """Return what every model says, in use or in the shadow, of what can be seen by the close."""
    claims = []
    for model_id, said in expected.items():
        learnt = on_hand.learnt[model_id]
        ends = hour.at + timedelta(minutes=learnt.horizon_min)
        if hour.close is not None and ends <= hour.close:
            claims += [
                claim_of(one, learnt.horizon_min, model_id, learnt.data_to)
                for one in said.by_symbol.values()
            ]
    return claims


def _timely(said: baseline.Outcome, late: Mapping[tuple[str, str, int], str]) -> baseline.Outcome:
    """Return what is said without the horizons that could not be sealed any more."""
    made = said.prediction
    if made is None or not late:
        return said
    dropped = {
        one.horizon_min: late[made.symbol, one.model, one.horizon_min]
        for one in made.horizons
        if (made.symbol, one.model, one.horizon_min) in late
    }
    kept = tuple(one for one in made.horizons if one.horizon_min not in dropped)
    words = "; ".join([said.words, *(f"{of} min: {why}" for of, why in dropped.items())])
    return baseline.Outcome(replace(made, horizons=kept) if kept else None, words)


def _who(made: Iterable[Prediction]) -> str:
    models = sorted({horizon.model for one in made for horizon in one.horizons})
    return ", ".join(models) or baseline.MODEL


def _count(made: Iterable[Prediction]) -> int:
    return sum(len(prediction.horizons) for prediction in made)
