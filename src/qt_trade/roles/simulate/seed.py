"""One seed from its first moment to the verdict."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from qt_trade.roles.simulate.fate import Fates, Slot
from qt_trade.roles.simulate.loop import Life, StuckError
from qt_trade.roles.simulate.parts import REAL, Parts
from qt_trade.roles.simulate.people import People
from qt_trade.roles.simulate.verdict import judge
from qt_trade.roles.simulate.world import PRICES, SYMBOLS, World

BUSY_S = 180.0
CALM_S = 150.0
"""Long enough for two reconciliations with nothing in the way."""
CLOSES_EARLY = 0.2
TICK_S = 3.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a seed. ``trace``: the last of what happened, a line each."""

    seed: int
    violations: tuple[str, ...]
    faults: Counter[str]
    orders: int
    crashes: int
    trace: tuple[str, ...]


def run_seed(seed: int, parts: Parts = REAL, crash_at: int | None = None) -> Outcome:
    """Run a seed. ``crash_at``: kill the first engine after so many turns, and none otherwise."""
    world = World(seed, parts)
    witness = world.witness
    try:
        world.loop.run(_play(world, crash_at))
        judge(world)
    except StuckError as stuck:
        witness.violated("the engine stands", str(stuck))
    finally:
        world.loop.close()
    for failure in world.loop.failures:
        witness.violated("the engine stands", f"unheard: {failure!r}")
    return Outcome(
        seed=seed,
        violations=tuple(witness.violations),
        faults=witness.faults,
        orders=witness.counts["orders"],
        crashes=witness.counts["crashes"],
        trace=tuple(witness.lines),
    )


async def _play(world: World, crash_at: int | None) -> None:
    rng = world.chance(8)
    slots = [Slot(world, name) for name in ("a", "bb")[: rng.choice((1, 2))]]

    def died(life: Life) -> None:
        for slot in slots:
            if slot.life is life:
                slot.on_death()

    world.loop.on_death = died
    people, fates = People(world, BUSY_S), Fates(world, slots, BUSY_S)
    if crash_at is not None:
        fates.calm()
        slots[0].first_dies_at = crash_at
    for symbol in SYMBOLS:
        world.quote(symbol, PRICES[symbol])
    works = [slot.run() for slot in slots]
    works += [_market(world), people.ask(), people.call_cycles(), fates.strike()]
    tasks = [asyncio.create_task(work) for work in works]
    await asyncio.sleep(BUSY_S)
    await asyncio.gather(*tasks[-3:])
    fates.calm()
    await asyncio.sleep(CALM_S)
    for task in tasks:
        if task.done() and not task.cancelled() and task.exception() is not None:
            raise StuckError(f"the world fell over: {task.exception()!r}")


async def _market(world: World) -> None:
    """Let prices move; at times the session ends before the seed does."""
    rng = world.chance(7)
    closes = rng.random() < CLOSES_EARLY
    prices = dict(PRICES)
    while True:
        await asyncio.sleep(rng.expovariate(1 / TICK_S))
        if closes and world.feed.market.open and world.loop.time() > BUSY_S * 0.8:
            world.close_market()
        symbol = rng.choice(SYMBOLS)
        prices[symbol] = round(prices[symbol] * (1 + rng.uniform(-0.004, 0.004)), 2)
        if world.feed.market.open:
            world.quote(symbol, prices[symbol])
