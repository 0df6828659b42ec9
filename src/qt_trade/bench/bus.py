"""``bench bus``: what the contract costs beside the same commands without it, and an idle desktop.

Bus and bare sockets do the same in turn, in this process, on a server of the measurement's own.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median

from qt_trade.bench import bus_commands, bus_writes, idle, older
from qt_trade.bench.result import (
    Result,
    Row,
    figure,
    of_repeats,
    ratio_at_least,
    ratio_at_most,
    value_at_most,
)
from qt_trade.bench.server import own_postgres, own_valkey
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.kit.clock import SystemClock
from qt_trade.kit.logs import configure_logs
from qt_trade.model.feeds import FeedKind

WRITE_P50_MAX, WRITE_P99_MAX = 2.0, 3.0
THROUGHPUT_MIN = 0.35
COMMAND_MAX = 3.0
IDLE_MAX = 1.0
SLICES = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured in each repeat; ``idle_s`` and ``polls`` once."""

    repeats: int = 5
    writes: int = 1500
    documents: int = 5000
    quotes: int = 20_000
    commands: int = 200
    idle_s: float = 20.0
    polls: int = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is measured, and who takes part."""

    url: str
    database_url: str
    streamer: Bus
    worker: Bus
    engine: Bus
    desk: Bus

    @property
    def buses(self) -> tuple[Bus, ...]:
        """All who take part."""
        return (self.streamer, self.worker, self.engine, self.desk)


@dataclass(frozen=True, slots=True)
class Round:
    """What one repeat found: times in ms and rates a second, ours and the floor's."""

    writes: tuple[list[float], list[float]]
    documents: tuple[float, float]
    quotes: tuple[float, float]
    commands: tuple[list[float], list[float]]


def measure(plan: Plan | None = None) -> Result:
    """Measure; takes about a minute and a half by default."""
    configure_logs(role="desktop", feed=FeedKind.SIMULATION, run_id="bench", level="WARNING")
    with own_valkey() as url, own_postgres() as database_url:
        return asyncio.run(_measure(url, database_url, plan or Plan()))


async def _measure(url: str, database_url: str, plan: Plan) -> Result:
    parties = (Party.STREAMER, Party.WORKER, Party.ENGINE, Party.FRONTEND)
    place = Place(url, database_url, *(_bus(url, party) for party in parties))
    try:
        for bus in place.buses:
            await bus.open()
        async with bus_commands.desk_on(database_url) as clerk:
            place.engine.serve(registry.MANUAL_ORDERS, clerk.on_order, clerk.reject)
            # The first warms up and does not count.
            rounds = [await _round(place, plan) for _ in range(plan.repeats + 1)][1:]
        await place.desk.close()  # it has the name of those that are counted
        alive = await idle.commands_per_s(url, place.engine, plan.idle_s)
        silent = await idle.commands_per_s(url, None, plan.idle_s)
    finally:
        for bus in place.buses:
            await bus.close()
    old, notes = _older(url, plan)
    rows = (*_latencies(rounds), *_rates(rounds), *_idle(alive, silent), *old)
    return Result("bus", rows, notes)


def _bus(url: str, party: Party) -> Bus:
    return Bus(url, party, SystemClock(), random.SystemRandom())


async def _round(place: Place, plan: Plan) -> Round:
    return Round(
        writes=await _in_turn(
            plan.writes,
            lambda count: bus_writes.watched_writes(place.engine, place.worker, count),
            lambda count: bus_writes.bare_watched_writes(place.url, count),
        ),
        documents=(
            await bus_writes.documents_per_s(place.engine, plan.documents),
            bus_writes.bare_documents_per_s(place.url, plan.documents),
        ),
        quotes=(
            await bus_writes.quotes_per_s(place.streamer, plan.quotes),
            bus_writes.bare_quotes_per_s(place.url, plan.quotes),
        ),
        commands=await _in_turn(
            plan.commands,
            lambda count: bus_commands.answered_commands(place.desk, count),
            lambda count: bus_commands.bare_commands(place.url, place.database_url, count),
        ),
    )


async def _in_turn(
    count: int,
    ours: Callable[[int], Awaitable[list[float]]],
    floor: Callable[[int], list[float]],
) -> tuple[list[float], list[float]]:
    """Measure both in slices, one after the other: what disturbs the machine hits both alike."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(SLICES):
        times[0].extend(await ours(max(1, count // SLICES)))
        times[1].extend(floor(max(1, count // SLICES)))
    return times


def _latencies(rounds: Sequence[Round]) -> tuple[Row, ...]:
    write = f"write of {bus_writes.document_size()} B → object in a watcher"
    command = "command → journalled → reply"
    writes = _columns([one.writes for one in rounds])
    commands = _columns([one.commands for one in rounds])
    return (
        _row(f"{write}, p50", writes, 0.5, WRITE_P50_MAX),
        _row(f"{write}, p99", writes, 0.99, WRITE_P99_MAX),
        _row(f"{command}, p50", commands, 0.5, COMMAND_MAX),
        _row(f"{command}, p99", commands, 0.99, COMMAND_MAX),
    )


def _columns(
    pairs: Sequence[tuple[list[float], list[float]]],
) -> tuple[list[list[float]], list[list[float]]]:
    return [ours for ours, _ in pairs], [floor for _, floor in pairs]


def _row(
    name: str, columns: tuple[list[list[float]], list[list[float]]], share: float, gate: float
) -> Row:
    ours, floor = (of_repeats(column, share) for column in columns)
    return ratio_at_most(name, ours, "ms", gate, floor)


def _rates(rounds: Sequence[Round]) -> tuple[Row, ...]:
    rates = {
        "documents": [one.documents for one in rounds],
        "quotes": [one.quotes for one in rounds],
    }
    return tuple(
        ratio_at_least(
            f"validated {what} from one writer",
            median(ours for ours, _ in pairs),
            "1/s",
            THROUGHPUT_MIN,
            median(floor for _, floor in pairs),
        )
        for what, pairs in rates.items()
    )


def _idle(alive: float, silent: float) -> tuple[Row, ...]:
    name = "commands an idle desktop sends"
    return (
        value_at_most(f"{name}, backend alive", alive, "1/s", IDLE_MAX),
        value_at_most(f"{name}, backend dead and silent", silent, "1/s", IDLE_MAX),
    )


def _older(url: str, plan: Plan) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    program = older.find_program()
    if program is None:
        return (), (f"{older.PROGRAMS[0]} not found: the older design's rows are left out",)
    polls = older.poll(program, url, plan.polls)
    name = f"older design: a poll of {older.KEYS} keys, a process each"
    share = median(polls.cpu_ms) / (older.POLL_S * 1000)
    return (
        figure(f"{name}, time", median(polls.times_ms), "ms"),
        figure(f"{name}, CPU", median(polls.cpu_ms), "ms"),
        figure(
            f"older design: commands a second, polling every {older.POLL_S:g} s",
            older.KEYS / older.POLL_S,
            "1/s",
        ),
        figure("older design: CPU of one desktop's polling", share * 100, "% of a core"),
    ), ()
