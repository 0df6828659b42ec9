"""Many seeds on all cores: what they found together, and how to play a failing one again."""

import gc
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from qt_trade.kit.clock import monotonic
from qt_trade.kit.logs import configure_logs
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.simulate.parts import REAL, Parts
from qt_trade.roles.simulate.seed import Outcome, run_seed

FAILING_KEPT = 20
"""Failing seeds told in full; the rest are only counted."""
_SEEDS_AT_ONCE = 25


@dataclass(slots=True)
class Total:
    """What many seeds found. ``failing``: the first of those that broke a rule."""

    seeds: int = 0
    violations: int = 0
    orders: int = 0
    crashes: int = 0
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    failing: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Take one seed in."""
        self.seeds += 1
        self.violations += len(outcome.violations)
        self.orders += outcome.orders
        self.crashes += outcome.crashes
        self.faults.update(outcome.faults)
        if outcome.violations and len(self.failing) < FAILING_KEPT:
            self.failing.append(outcome)

    def as_object(self) -> dict[str, object]:
        """Return the form for programs."""
        return {
            "seeds": self.seeds,
            "violations": self.violations,
            "faults": dict(sorted(self.faults.items())),
            "orders": self.orders,
            "crashes": self.crashes,
            "seconds": round(self.seconds, 1),
            "failing": [
                {"seed": one.seed, "violations": list(one.violations), "replay": replay(one.seed)}
                for one in self.failing
            ],
        }


def replay(seed: int) -> str:
    """Return the command that plays a seed again, with its trace."""
    return f"qtrade simulate --first {seed} --seeds 1"


def simulate(
    first: int, seeds: int, parts: Parts = REAL, heard: Callable[[Outcome], None] | None = None
) -> Total:
    """Run seeds from ``first`` on; ``heard`` is told of each as it ends."""
    begun, total = monotonic(), Total()
    for outcome in _outcomes(first, seeds, parts):
        total.add(outcome)
        if heard is not None:
            heard(outcome)
    total.seconds = monotonic() - begun
    return total


def _outcomes(first: int, seeds: int, parts: Parts) -> Iterator[Outcome]:
    wanted = range(first, first + seeds)
    if seeds == 1:
        _quiet()
        yield run_seed(first, parts)
        return
    context = multiprocessing.get_context("spawn")
    cores = max(1, min(os.cpu_count() or 1, seeds))
    with ProcessPoolExecutor(cores, context, initializer=_quiet) as pool:
        yield from pool.map(_run, ((seed, parts) for seed in wanted), chunksize=_SEEDS_AT_ONCE)


def _run(job: tuple[int, Parts]) -> Outcome:
    seed, parts = job
    outcome = run_seed(seed, parts)
    if outcome.violations:
        return outcome
    return Outcome(seed, (), outcome.faults, outcome.orders, outcome.crashes, ())


def _quiet() -> None:
    """Keep the engine's log out of the way, and what lives as long as the process out of gc."""
    configure_logs(role="simulate", feed=FeedKind.SIMULATION, run_id="simulated", level="CRITICAL")
    gc.freeze()
