"""The real engine in a world where everything goes wrong: no rule is ever broken."""

import asyncio
import json
import os
import random
import subprocess
import sys

import pytest
from tests.unit.roles.simulate.planted import ForgetsFees

from qt_trade.kit.logs import configure_logs
from qt_trade.model.feeds import FeedKind
from qt_trade.roles.simulate.loop import Life, StuckError, VirtualLoop
from qt_trade.roles.simulate.many import simulate
from qt_trade.roles.simulate.parts import Parts
from qt_trade.roles.simulate.seed import run_seed

SEEDS = 2_000
FAULTS_MIN = 20
SWEPT_EVERY = 7
"""Of all awaits of one busy engine every seventh is tried; the seeds try the others at random."""
TURNS_MAX = 700


@pytest.fixture(autouse=True)
def _quiet() -> None:
    configure_logs(role="simulate", feed=FeedKind.SIMULATION, run_id="x", level="CRITICAL")


@pytest.mark.timeout(900)
def test_two_thousand_seeds_break_no_rule() -> None:
    """Crashes, cuts, doubled and late commands, two engines, servers away: nothing lost or doubled."""
    total = simulate(1, SEEDS)
    assert [(one.seed, one.violations) for one in total.failing] == []
    assert (total.seeds, total.violations) == (SEEDS, 0)
    assert total.orders > SEEDS
    assert total.crashes > SEEDS
    assert len(total.faults) >= FAULTS_MIN, total.faults


@pytest.mark.timeout(300)
def test_an_engine_may_die_at_every_await_of_a_busy_minute() -> None:
    """The same world again and again, with the death one await later each time."""
    died = 0
    for turn in range(1, TURNS_MAX, SWEPT_EVERY):
        outcome = run_seed(4, crash_at=turn)
        assert outcome.violations == (), f"killed after {turn} turns"
        died += outcome.crashes
    assert died >= TURNS_MAX // SWEPT_EVERY


def test_a_seed_is_the_same_in_every_process() -> None:
    """Whoever plays a failing seed again sees what was seen, line by line."""
    program = (
        "import json; from qt_trade.roles.simulate.many import simulate; seen = [];"
        "simulate(11, 1, heard=seen.append); print(json.dumps(seen[0].trace))"
    )
    traces = [
        subprocess.run(
            [sys.executable, "-c", program],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert traces[0] == traces[1]
    assert len(json.loads(traces[0])) > 100


def test_a_failing_seed_says_how_to_play_it_again() -> None:
    """The object for programs names the seed, the rule and the command; the trace is kept."""
    total = simulate(5, 1, Parts(core=ForgetsFees))
    told = total.as_object()
    assert told["violations"]
    (failing,) = told["failing"]
    assert failing["replay"] == "qtrade simulate --first 5 --seeds 1"
    assert any("VIOLATED" in line for line in total.failing[0].trace)


def test_a_killed_process_runs_no_further_line_and_no_finally() -> None:
    """SIGKILL asks nobody: whoever waits in a ``try`` does not reach its ``finally``."""
    # Sockets, threads and signals are abstract in it, and nobody here asks for them.
    loop = VirtualLoop(random.Random(1))
    did: list[str] = []

    async def live() -> None:
        try:
            while True:
                await asyncio.sleep(1.0)
                did.append("turn")
        finally:
            did.append("finally")

    async def main() -> list[str]:
        loop.spawn(Life("victim", dies_at=3), live())
        await asyncio.sleep(60.0)
        return list(did)

    assert loop.run(main()) == ["turn"]
    assert loop.time() == 60.0
    loop.close()


def test_a_world_in_which_nothing_is_due_says_that_it_is_stuck() -> None:
    """A seed that would wait for ever ends at once, with words."""
    loop = VirtualLoop(random.Random(1))
    with pytest.raises(StuckError, match="nothing is ready or due"):
        loop.run(asyncio.Event().wait())
    loop.close()
