"""``bench engine``: an order from the command to the broker, a stop before a backlog, a cycle.

The engine's own desk, rules, dealer and journal on servers of the measurement's own, with the
paper broker; the floor of a command is the same commands on bare connections.
"""

import asyncio
import random
import time
import uuid
from dataclasses import dataclass
from statistics import median

from qt_trade.bench import bus_commands
from qt_trade.bench.engine_desk import SESSION, Shop, open_shop
from qt_trade.bench.floor import BareLine
from qt_trade.bench.payloads import AT, order
from qt_trade.bench.result import Result, Row, figure, of_repeats, value_at_most
from qt_trade.bench.server import own_postgres, own_valkey
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.codec import Codec
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.commands import Emergency, EmergencyAction
from qt_trade.kit.clock import SystemClock
from qt_trade.kit.logs import configure_logs
from qt_trade.model.feeds import FeedKind
from qt_trade.model.symbols import Symbol

STOP_MS_MAX = 50.0
CYCLE_MS_MAX = {20: 50.0, 500: 250.0}
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: ``orders`` in each repeat, ``backlog`` before each of ``stops``."""

    repeats: int = 3
    orders: int = 200
    backlog: int = 10_000
    stops: int = 5
    cycles: int = 7


def measure(plan: Plan | None = None) -> Result:
    """Measure; takes about a minute by default."""
    configure_logs(role="engine", feed=FeedKind.SIMULATION, run_id="bench", level="CRITICAL")
    with own_valkey() as url, own_postgres() as database_url:
        return asyncio.run(_measure(url, database_url, plan or Plan()))


async def _measure(url: str, database_url: str, plan: Plan) -> Result:
    desk = Bus(url, Party.FRONTEND, SystemClock(), random.SystemRandom())
    rows: list[Row] = []
    try:
        await desk.open()
        async with open_shop(url, database_url, "bench-orders") as shop:
            rows += await _orders(desk, shop, url, database_url, plan)
            rows.append(await _rate(desk, plan))
        for symbols, gate in CYCLE_MS_MAX.items():
            async with open_shop(url, database_url, f"bench-cycle-{symbols}") as shop:
                rows.append(await _cycle(shop, symbols, gate, plan))
        async with open_shop(url, database_url, "bench-stop") as shop:
            rows.append(await _stop(desk, url, plan))
    finally:
        await desk.close()
    notes = (
        "The broker is the paper broker; a cycle decides on predictions that are there already.",
    )
    return Result("engine", tuple(rows), notes)


async def _orders(
    desk: Bus, shop: Shop, url: str, database_url: str, plan: Plan
) -> tuple[Row, ...]:
    answers, sends, floors = [], [], []
    for _ in range(plan.repeats + 1):
        answered, sent = await _some_orders(desk, shop, plan.orders)
        answers.append(answered)
        sends.append(sent)
        floors.append(bus_commands.bare_commands(url, database_url, plan.orders))
    # The first warms up and does not count.
    rows = []
    for words, ours in (("answered", answers[1:]), ("sent to the broker", sends[1:])):
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            floor = of_repeats(floors[1:], share)
            figure_ = f"manual order → journalled → risk-checked → {words}, {name}"
            rows.append(figure(figure_, of_repeats(ours, share), "ms", floor))
    return tuple(rows)


async def _some_orders(desk: Bus, shop: Shop, count: int) -> tuple[list[float], list[float]]:
    """Return in ms how long each order took to its answer, and how long to the broker."""
    answered, began = [], {}
    for _ in range(count):
        command = order(f"bench-{uuid.uuid4().hex}")
        started = time.perf_counter_ns()
        answer = await desk.send(registry.MANUAL_ORDERS, command)
        answered.append((time.perf_counter_ns() - started) / 1e6)
        if not answer.accepted or answer.order_id is None:
            raise RuntimeError(answer.reason)
        began[answer.order_id] = started
    async with asyncio.timeout(30):
        while not began.keys() <= shop.broker.given_at.keys():  # noqa: ASYNC110  # the broker only notes
            await asyncio.sleep(0.01)
    given_at = shop.broker.given_at
    return answered, [(given_at[key] - started) / 1e6 for key, started in began.items()]


async def _rate(desk: Bus, plan: Plan) -> Row:
    """Return how many orders a second are answered when there is always another one waiting."""
    rates = []
    for _ in range(plan.repeats):
        commands = [order(f"bench-{uuid.uuid4().hex}") for _ in range(plan.orders)]
        started = time.perf_counter()
        for at in range(0, len(commands), AT_ONCE):
            await asyncio.gather(
                *(
                    desk.send(registry.MANUAL_ORDERS, one, 30.0)
                    for one in commands[at : at + AT_ONCE]
                )
            )
        rates.append(len(commands) / (time.perf_counter() - started))
    return figure("manual orders answered", median(rates), "1/s")


async def _cycle(shop: Shop, symbols: int, gate: float, plan: Plan) -> Row:
    shop.show(Symbol(f"S{number}") for number in range(symbols))
    await shop.start(symbols)
    await shop.cycle()  # warms up
    times = [await shop.cycle() for _ in range(plan.cycles)]
    name = f"trading cycle: signals, sizes, risk, orders, journal; {symbols} symbols"
    return value_at_most(name, median(times), "ms", gate)


async def _stop(desk: Bus, url: str, plan: Plan) -> Row:
    """Return how long a stop takes to its answer while orders wait to be carried out."""
    encode = Codec(registry.MANUAL_ORDERS).encode
    stream = registry.MANUAL_ORDERS.key().encode()
    times = []
    for number in range(plan.stops):
        with BareLine(url) as line:
            line.call(b"DEL", stream)
            bodies = (encode(order(f"backlog-{number}-{n}")) for n in range(plan.backlog))
            line.call_all((b"XADD", stream, b"*", b"d", body, b"r", b"none") for body in bodies)
        await _emergency(desk, Emergency.RESUME)
        # In the middle of it: some of the backlog is on its way.
        await asyncio.sleep(0.2)
        times.append(await _emergency(desk, Emergency.STOP_ALL_TRADING))
        waiting = await desk.length(registry.MANUAL_ORDERS)
        if waiting < plan.backlog // 2:
            raise RuntimeError(f"only {waiting} commands were still waiting")
    name = f"emergency stop acknowledged, {plan.backlog:,} orders waiting"
    return value_at_most(name, median(times), "ms", STOP_MS_MAX)


async def _emergency(desk: Bus, action: Emergency) -> float:
    started = time.perf_counter_ns()
    answer = await desk.send(
        registry.EMERGENCY_ACTIONS,
        EmergencyAction(
            ts=AT,
            source="bench",
            feed=None,
            session_id=SESSION,
            command_id=f"bench-{uuid.uuid4().hex}",
            action=action,
            reason="measured",
            confirmed=True,
        ),
    )
    if not answer.accepted:
        raise RuntimeError(answer.reason)
    return (time.perf_counter_ns() - started) / 1e6
