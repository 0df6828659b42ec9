"""A simulated trading day of several workers with the free plans, and what each provider saw of it.

``python -m tests.conformance.quotas.trading_day`` prints the table of docs/guide/providers-quotas.md.
"""

import asyncio
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

from tests.conformance.quotas.virtual_time import VirtualTime
from tests.servers import flush, valkey_in

from qt_trade.contract.quotas import RedisQuotas
from qt_trade.market.calendar import Session, Sessions, load_sessions
from qt_trade.market.errors import MarketDataError
from qt_trade.market.gate import Gate, QuotaLedger
from qt_trade.market.planner import SETTLED_AFTER, Importance, Watched, plan_round, slot_at
from qt_trade.market.provider import Access, Plan, Provider, ProviderKit, ProviderSpec, QuoteBatch
from qt_trade.market.providers import alpaca, finnhub, fmp, marketstack, twelvedata, yahoo
from qt_trade.market.rounds import ask
from qt_trade.market.thrift import ThriftyLedger
from qt_trade.model.quotas import Limit, Window, WindowUse
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol
from qt_trade.roles.worker.data.polling import turns_after

SPECS = (finnhub, fmp, marketstack, twelvedata, yahoo, alpaca)
ALLOWED: Mapping[str, tuple[Limit, ...]] = {
    "finnhub": (Limit(30, Window.SECOND), Limit(60, Window.MINUTE)),
    "fmp": (Limit(250, Window.DAY),),
    "marketstack": (Limit(5, Window.SECOND), Limit(100, Window.MONTH)),
    "twelvedata": (Limit(8, Window.MINUTE), Limit(800, Window.DAY)),
    "yahoo": (Limit(2, Window.SECOND),),
    "alpaca": (Limit(200, Window.MINUTE),),
}
"""What the free plans allow, written down here and not taken from the plans in the code."""
SLOT = timedelta(minutes=5)
WORKERS = 3
LATENCY_S = (0.08, 0.4)
ON_ITS_WAY_S = (0.02, 0.45)
"""How long a call is under way before the provider counts it: each one differently."""
NORMAL_DAY = date(2026, 12, 2)
EARLY_DAY = date(2026, 12, 24)
SYMBOLS = (20, 100, 500)


@dataclass
class Arrivals:
    """What a provider counted: every call when it came in, and what it cost."""

    calls: list[tuple[datetime, int]] = field(default_factory=list)

    def most(self, limit: Limit) -> int:
        """Return the most that any window held, wherever it began."""
        length = limit.window.sliding
        if length is None:
            periods: Counter[str] = Counter()
            for at, cost in self.calls:
                periods[f"{at:%Y-%m}" if limit.window is Window.MONTH else f"{at:%Y-%m-%d}"] += cost
            return max(periods.values(), default=0)
        most = held = begin = 0
        calls = sorted(self.calls)
        for at, cost in calls:
            held += cost
            while calls[begin][0] <= at - length:
                held -= calls[begin][1]
                begin += 1
            most = max(most, held)
        return most

    def spent(self, since: datetime, until: datetime) -> int:
        """Return what was spent in a span."""
        return sum(cost for at, cost in self.calls if since <= at < until)


class Emulated(Provider):
    """A provider that answers everything after a while; what it was asked goes through the gate."""

    def __init__(
        self, spec: ProviderSpec, kit: ProviderKit, arrivals: Arrivals, time: VirtualTime
    ) -> None:
        super().__init__(spec, kit)
        self.gate = Gate(spec.name, spec.title, kit.plan.limits, kit.ledger, kit.wall, kit.sleep)
        self._arrivals = arrivals
        self._time = time

    async def quotes(self, symbols: Sequence[Symbol]) -> QuoteBatch:
        await self.call(self.plan.cost(len(symbols)), 5.0)
        nothing = dict.fromkeys(
            ("bid", "ask", "bid_size", "ask_size", "volume", "open", "high", "low")
        )
        return QuoteBatch(
            {
                symbol: Quote(
                    symbol=symbol, at=self._time.now(), price=10.0, previous_close=None, **nothing
                )
                for symbol in symbols
            },
            {},
        )

    async def call(self, cost: int, patience_s: float) -> None:
        """Make a call."""
        await self.gate.enter(cost, patience_s)
        rng = self.kit.rng
        under_way = timedelta(seconds=rng.uniform(*ON_ITS_WAY_S))
        self._arrivals.calls.append((self._time.now() + under_way, cost))
        await self._time.sleep(under_way.total_seconds() + rng.uniform(*LATENCY_S))
        await self.gate.settle(None)


@dataclass
class Line:
    """One provider's day. ``at_half_time``: the share of the session's spending done by then."""

    plan: Plan
    arrivals: Arrivals
    watched: int
    streamed: int
    asked: dict[Symbol, list[datetime]]
    at_half_time: float | None
    windows_at_close: tuple[WindowUse, ...]

    @property
    def covered(self) -> int:
        """How many symbols it had a price of: by its stream or by a question."""
        return self.streamed + len(self.asked)

    @property
    def every_min(self) -> float | None:
        """How many minutes lay between two questions for the same symbol, in the middle."""
        gaps = [
            (later - earlier) / timedelta(minutes=1)
            for moments in self.asked.values()
            for earlier, later in pairwise(moments)
        ]
        return median(gaps) if gaps else None


@dataclass
class Day:
    """A day that is simulated: several workers, one ledger."""

    url: str
    session: Session
    sessions: Sessions
    count: int
    seed: int = 1

    def __post_init__(self) -> None:
        self._ledgers = [RedisQuotas(self.url) for _ in range(WORKERS)]
        self._time = VirtualTime(self.session.open - timedelta(hours=2), self._answered)
        self._arrivals = {one.SPEC.name: Arrivals() for one in SPECS}
        self._asked: dict[str, dict[Symbol, list[datetime]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self._symbols = [Symbol(f"S{number:03d}") for number in range(self.count)]
        self._at_close: dict[str, tuple[WindowUse, ...]] = {}
        self.claimed: Counter[tuple[str, datetime]] = Counter()

    async def lived(self) -> dict[str, Line]:
        """Live through it and return every provider's day."""
        try:
            await self._time.run(self._live())
        finally:
            for one in self._ledgers:
                await one.close()
        return {one.SPEC.name: self._line(one.SPEC) for one in SPECS}

    async def _answered(self) -> bool:
        busy = False
        for ledger in self._ledgers:
            line = ledger._caller._line
            if ledger._caller._opening or (line is not None and not line.idle):
                # Answers come in order: after this one's nothing sent before is outstanding.
                await ledger._caller.call("PING")
                busy = True
        return busy

    async def _live(self) -> None:
        workers = [self._providers(number, ledger) for number, ledger in enumerate(self._ledgers)]
        background = self._providers(WORKERS, ThriftyLedger(self._ledgers[0], self.sessions))
        under_way: dict[tuple[int, str], asyncio.Task[None]] = {}
        at = self.session.open - timedelta(hours=1)
        end = self.session.close + SETTLED_AFTER + timedelta(minutes=30)
        visitor = random.Random(self.seed)
        while at < end:
            await self._time.until(at)
            if at == self.session.close:
                await self._note_close(workers[0])
            for number, providers in enumerate(workers):
                for name, provider in providers.items():
                    before = under_way.get((number, name))
                    if before is None or before.done():
                        work = self._slot(number, name, provider, at)
                        under_way[number, name] = asyncio.create_task(work)
            for provider in background.values():
                # Somebody backfills history, as much as he gets: out of the same budget.
                await self._time.sleep(visitor.random() * 5)
                with suppress(MarketDataError):
                    await provider.call(1, 0.0)
            at += SLOT
        await asyncio.gather(*under_way.values())

    def _providers(self, worker: int, ledger: QuotaLedger) -> dict[str, Emulated]:
        made = {}
        for one in SPECS:
            kit = ProviderKit(
                access=Access(),
                plan=one.SPEC.plan(""),
                ledger=ledger,
                wall=self._time,
                sleep=self._time.sleep,
                rng=random.Random(f"{self.seed} {worker} {one.SPEC.name}"),
                may_be_mute=lambda: True,
            )
            name = one.SPEC.name
            made[name] = Emulated(one.SPEC, kit, self._arrivals[name], self._time)
        return made

    async def _slot(self, worker: int, name: str, provider: Emulated, at: datetime) -> None:
        """Do as a worker does; which of them comes first is chance."""
        ledger, plan = self._ledgers[worker], provider.plan
        await self._time.sleep(provider.kit.rng.random())
        slot = slot_at(self.sessions, at, SLOT)
        turns = await ledger.turns(name)
        state = await ledger.state(name, plan.limits, self._time.now())
        watched = [
            Watched(
                symbol,
                Importance.POSITION if number % 10 == 0 else Importance.OTHER,
                streamed=number < plan.stream_max,
                asked=turns.get(symbol),
            )
            for number, symbol in enumerate(self._symbols)
        ]
        planned = plan_round(plan, state, watched, slot)
        claimed = planned.calls and await ledger.claim(f"{name}:{at.isoformat()}", 300)
        if claimed:
            self.claimed[name, at] += 1
            outcome = await ask(provider, planned.calls, slot.ends, self._time, self._time.sleep)
            for symbol, quote in outcome.quotes.items():
                self._asked[name][symbol].append(quote.at)
            after = turns_after(turns, watched, planned, outcome, slot)
            await ledger.set_turns(name, after)

    async def _note_close(self, providers: Mapping[str, Emulated]) -> None:
        for name, provider in providers.items():
            state = await self._ledgers[0].state(name, provider.plan.limits, self._time.now())
            self._at_close[name] = state.windows

    def _line(self, spec: ProviderSpec) -> Line:
        arrivals, session = self._arrivals[spec.name], self.session
        half = session.open + (session.close - session.open) / 2
        spent = arrivals.spent(session.open, session.close)
        streamed = min(self.count, spec.plan("").stream_max)
        return Line(
            plan=spec.plan(""),
            arrivals=arrivals,
            watched=self.count,
            streamed=streamed,
            asked=self._asked[spec.name],
            at_half_time=arrivals.spent(session.open, half) / spent if spent else None,
            windows_at_close=self._at_close[spec.name],
        )


# The table


def table(days: Sequence[tuple[str, Mapping[str, Line]]]) -> str:
    """Return the days as a table of Markdown."""
    rows = [
        (
            "| day | symbols | provider | streamed | polled | covered | asked again after | calls |"
            " spent by half-time | left at the close |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for title, lines in days:
        for name, line in lines.items():
            every = "–" if line.every_min is None else f"{line.every_min:.0f} min"
            half = "–" if line.at_half_time is None else f"{line.at_half_time:.0%}"
            rows.append(
                f"| {title} | {line.watched} | {name} | {line.streamed} | {len(line.asked)} |"
                f" {line.covered / line.watched:.0%} | {every} | {len(line.arrivals.calls)} |"
                f" {half} | {_left(line)} |"
            )
    return "\n".join(rows)


def _left(line: Line) -> str:
    kept = [use for use in line.windows_at_close if use.limit.window.sliding is None]
    words = [f"{use.left} of {use.limit.count} ({use.limit.window})" for use in kept]
    return ", ".join(words) or "no such limit"


def calendar() -> Sessions:
    """Return the exchange's calendar."""
    return load_sessions(date(2026, 11, 1), date(2027, 1, 31))


def session_of(sessions: Sessions, day: date) -> Session:
    """Return a day's session."""
    found = sessions.session_of(datetime(day.year, day.month, day.day, 18, tzinfo=UTC))
    assert found is not None
    return found


def main() -> None:
    """Print the table."""
    sessions, days = calendar(), []
    with tempfile.TemporaryDirectory() as folder, valkey_in(Path(folder)) as server:
        for title, day in (("normal", NORMAL_DAY), ("early close", EARLY_DAY)):
            for count in SYMBOLS:
                flush(server.url)
                lived = Day(server.url, session_of(sessions, day), sessions, count).lived()
                days.append((title, asyncio.run(lived)))
    print(table(days))  # noqa: T201  # its purpose


if __name__ == "__main__":
    main()
