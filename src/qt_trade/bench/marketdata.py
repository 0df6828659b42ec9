"""``bench marketdata``: a round of questions to all providers, bars into PostgreSQL, a consensus.

The providers are the emulators of a checkout, in a process of their own, with a latency; the budgets
lie on a server of the measurement's own and are those of plans without end.
"""

import asyncio
import math
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import median

from qt_trade.bench.emulators import NoCheckoutError, emulated
from qt_trade.bench.marketdata_bars import bar_rows
from qt_trade.bench.marketdata_consensus import consensus_rows
from qt_trade.bench.result import Result, Row, figure, ratio_at_most
from qt_trade.bench.server import own_postgres, own_valkey
from qt_trade.contract.quotas import RedisQuotas
from qt_trade.kit.clock import SystemClock
from qt_trade.kit.logs import configure_logs
from qt_trade.market.planner import Round
from qt_trade.market.provider import Access, Provider, ProviderKit
from qt_trade.market.rounds import ask_all
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol
from qt_trade.wiring.providers import known_specs

REFRESH_MAX = 1.3
PLANS: Mapping[str, str] = {
    "alpaca": "plus",
    "finnhub": "premium",
    "fmp": "ultimate",
    "marketstack": "business",
    "twelvedata": "pro",
}
"""What is asked together. Yahoo's library makes one request at a time: it is measured alone."""
ALONE: Mapping[str, str] = {"yahoo": "unofficial"}
YAHOO_ALONE = (
    "Yahoo is asked alone: its library makes one request at a time, so that its round is the longest"
    " of all and nothing could be seen of the others beside it."
)
BARE_COPY = "Floor of the bars: one COPY of ready-made bytes into an empty table with the same key."
ENDLESS = 1_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured. ``rounds``: how many for each number of symbols, ``alone``: for Yahoo."""

    rounds: tuple[tuple[int, int], ...] = ((20, 9), (100, 5), (500, 3))
    alone: tuple[tuple[int, int], ...] = ((20, 3),)
    repeats: int = 5
    latency_ms: float = 100.0
    bar_symbols: int = 500
    minutes: int = 390
    judged: int = 20_000


def measure(plan: Plan | None = None) -> Result:
    """Measure; takes about a minute by default."""
    configure_logs(role="worker", feed=FeedKind.REAL_TIME, run_id="bench", level="CRITICAL")
    chosen = plan or Plan()
    notes = [YAHOO_ALONE, BARE_COPY]
    rows: list[Row] = []
    try:
        with own_valkey() as url:
            rows += _refreshed(url, PLANS, chosen.rounds, chosen.latency_ms)
            rows += _refreshed(url, ALONE, chosen.alone, chosen.latency_ms)
    except NoCheckoutError as error:
        notes.append(f"No round was measured: {error}.")
    with own_postgres() as database_url:
        rows += asyncio.run(
            bar_rows(database_url, chosen.bar_symbols, chosen.minutes, chosen.repeats)
        )
    rows += consensus_rows(chosen.judged, chosen.repeats)
    return Result("marketdata", tuple(rows), tuple(notes))


def _refreshed(
    url: str, plans: Mapping[str, str], rounds: Sequence[tuple[int, int]], latency_ms: float
) -> Sequence[Row]:
    most = max(count for count, _ in rounds)
    with emulated(plans, most, latency_ms) as accesses:
        return asyncio.run(_rounds(url, plans, accesses, rounds, latency_ms / 1000))


async def _rounds(
    url: str,
    plans: Mapping[str, str],
    accesses: Mapping[str, Access],
    rounds: Sequence[tuple[int, int]],
    latency_s: float,
) -> list[Row]:
    ledger = RedisQuotas(url)
    providers = _providers(plans, accesses, ledger)
    rows = []
    try:
        for count, repeats in rounds:
            symbols = [Symbol(f"S{number}") for number in range(count)]
            await _round(providers, symbols)  # warms up: connections, scripts
            rows.append(await _row(providers, symbols, repeats, latency_s))
    finally:
        for provider in providers.values():
            await provider.close()
        await ledger.close()
    return rows


def _providers(
    plans: Mapping[str, str], accesses: Mapping[str, Access], ledger: RedisQuotas
) -> dict[str, Provider]:
    """Make the providers on their largest plans, whose limits are counted and never reached."""
    specs, made = known_specs(), {}
    for name, plan_name in plans.items():
        plan = specs[name].plan(plan_name)
        limits = tuple(replace(limit, count=ENDLESS) for limit in plan.limits)
        kit = ProviderKit(
            access=replace(accesses[name], plan=plan_name),
            plan=replace(plan, limits=limits),
            ledger=ledger,
            wall=SystemClock(),
            sleep=asyncio.sleep,
            rng=random.Random(7),  # noqa: S311  # nobody is to guess it
            may_be_mute=lambda: True,
        )
        made[name] = specs[name].make(kit)
    return made


async def _row(
    providers: Mapping[str, Provider], symbols: Sequence[Symbol], repeats: int, latency_s: float
) -> Row:
    times: list[float] = []
    used: list[float] = []
    for _ in range(repeats):
        with _timed(times, used):
            await _round(providers, symbols)
    calls = sum(len(list(one.plan.calls(symbols))) for one in providers.values())
    floor_s = _floor_s(providers, symbols, latency_s)
    who = " and ".join(one.spec.title for one in providers.values())
    if len(providers) > 1:
        who = f"{len(providers)} providers"
    name = (
        f"refresh of {len(symbols)} symbols at {who}, {calls} calls,"
        f" {median(used) / calls * 1000:.1f} ms of our CPU each"
    )
    if providers.keys() == PLANS.keys():
        return ratio_at_most(name, median(times), "s", REFRESH_MAX, floor_s)
    return figure(name, median(times), "s", floor_s)


def _floor_s(
    providers: Mapping[str, Provider], symbols: Sequence[Symbol], latency_s: float
) -> float:
    """Return what the slowest provider takes: its calls, as many at once as it allows."""
    turns = (
        math.ceil(len(list(one.plan.calls(symbols))) / one.plan.concurrency)
        for one in providers.values()
    )
    return max(turns) * latency_s


async def _round(providers: Mapping[str, Provider], symbols: Sequence[Symbol]) -> None:
    """Ask every provider for every symbol. Raises RuntimeError where one has no price."""
    wall = SystemClock()
    rounds = {
        name: (one, Round(tuple(tuple(some) for some in one.plan.calls(symbols))))
        for name, one in providers.items()
    }
    outcomes = await ask_all(rounds, wall.now() + timedelta(minutes=5), wall, asyncio.sleep)
    for name, outcome in outcomes.items():
        if outcome.quotes.keys() != set(symbols):
            why = outcome.stopped or next(iter(outcome.silent.values()), "")
            raise RuntimeError(f"{name} priced {len(outcome.quotes)} of {len(symbols)}: {why}")


@contextmanager
def _timed(times: list[float], used: list[float]) -> Iterator[None]:
    began, worked = time.perf_counter(), time.process_time()
    yield
    times.append(time.perf_counter() - began)
    used.append(time.process_time() - worked)
