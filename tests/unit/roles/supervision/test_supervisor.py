"""Real processes are started in order, kept alive, and ended in order, whatever happens."""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from tests.unit.roles.supervision.programs import (
    CLOSED_BY_THE_USER,
    DEAF,
    DIES,
    DIES_WHEN_READY,
    NEVER_READY,
    OBEDIENT,
    SAYS_ITS_RESTARTS,
    WAIT_S,
    Recorder,
    SmallestDelays,
    program,
    supervisor,
    these,
)

from qt_trade.roles.supervision.keeper import FIRST_TRIES_MAX
from qt_trade.roles.supervision.processes import ProcessSpec
from qt_trade.roles.supervision.reporting import (
    AllReady,
    Died,
    Note,
    Ready,
    Restarted,
    Starting,
    Stopped,
    Stopping,
)
from qt_trade.roles.supervision.supervisor import Ending, RunResult, Stage, Supervisor

pytestmark = pytest.mark.asyncio

WITH_GRANDCHILD = (
    "import subprocess\nworker = subprocess.Popen(['/bin/sleep', '600'])\n"
    f"print(worker.pid, flush=True)\n{OBEDIENT}"
)


@asynccontextmanager
async def running(boss: Supervisor, recorder: Recorder, *stages: Stage):
    """Yield the future result of a run that is ready; stop the run at the end."""
    run = asyncio.ensure_future(boss.run(stages))
    try:
        await recorder.until(lambda: recorder.of(AllReady) or run.done())
        yield run
    finally:
        boss.stop()
        await asyncio.wait((run,), timeout=WAIT_S)


async def result_of(run: "asyncio.Future[RunResult]") -> RunResult:
    async with asyncio.timeout(WAIT_S):
        return await run


async def test_stages_come_up_in_order_and_go_down_in_reverse(tmp_path: Path) -> None:
    recorder = Recorder()
    boss = supervisor(tmp_path, recorder)
    stages = [
        Stage("servers", these(program("valkey", OBEDIENT), program("postgres", OBEDIENT))),
        Stage("roles", these(program("engine", OBEDIENT))),
        Stage("desktop", these(program("desktop", OBEDIENT))),
    ]
    result = await boss.run(stages, run_for_s=0)
    steps = [(type(e).__name__, e.name) for e in recorder.events if isinstance(e, Starting | Ready)]
    assert steps[:2] == [("Starting", "valkey"), ("Starting", "postgres")]
    assert {name for _, name in steps[2:4]} == {"valkey", "postgres"}
    assert steps[4:] == [
        ("Starting", "engine"), ("Ready", "engine"), ("Starting", "desktop"), ("Ready", "desktop"),
    ]  # fmt: skip
    ended = [event.name for event in recorder.of(Stopped)]
    assert ended[:2] == ["desktop", "engine"]
    assert set(ended[2:]) == {"valkey", "postgres"}
    assert result.ending is Ending.TIME_OVER
    assert (result.error, result.killed) == (None, ())
    assert result.restarts == {"valkey": 0, "postgres": 0, "engine": 0, "desktop": 0}
    assert boss.pids == {}


async def test_a_killed_role_is_started_again_at_once_and_it_is_told(tmp_path: Path) -> None:
    recorder = Recorder()
    boss = supervisor(tmp_path, recorder)
    async with running(boss, recorder, Stage("roles", these(program("engine", OBEDIENT)))) as run:
        first = boss.pids["engine"]
        os.kill(first, signal.SIGKILL)
        await recorder.until(lambda: recorder.of(Restarted))
        assert boss.pids["engine"] != first
        boss.stop()
        result = await result_of(run)
    (death,) = recorder.of(Died)
    assert death == Died("engine", "killed by SIGKILL", 0.0, tmp_path / "engine.log")
    assert result.restarts == {"engine": 1}
    assert (result.ending, result.error) == (Ending.ASKED, None)


async def test_a_process_is_told_how_often_it_was_started_again(tmp_path: Path) -> None:
    """So that it can tell it on: the System page shows it."""
    recorder = Recorder()
    boss = supervisor(tmp_path, recorder)
    role = program("engine", SAYS_ITS_RESTARTS)
    async with running(boss, recorder, Stage("roles", these(role))):
        os.kill(boss.pids["engine"], signal.SIGKILL)
        await recorder.until(lambda: recorder.of(Restarted))
    said = (tmp_path / "engine.log").read_text().splitlines()
    assert said == ["restarts None", "restarts 1"]


async def test_waits_between_restarts_grow_with_full_jitter_up_to_a_ceiling(tmp_path: Path) -> None:
    recorder, rng = Recorder(), SmallestDelays()
    boss = supervisor(tmp_path, recorder, rng)
    flapping = program("worker", DIES_WHEN_READY)
    async with running(boss, recorder, Stage("roles", these(flapping))):
        await recorder.until(lambda: len(recorder.of(Died)) >= 8)
    assert rng.bounds[:7] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    assert recorder.of(Died)[0].cause == "exit code 3"


async def test_a_role_that_never_comes_up_ends_the_run_and_its_log_is_quoted(
    tmp_path: Path,
) -> None:
    recorder = Recorder()
    boss = supervisor(tmp_path, recorder)
    stages = [
        Stage("servers", these(program("valkey", OBEDIENT))),
        Stage("roles", these(program("engine", DIES))),
    ]
    result = await boss.run(stages)
    assert result.ending is Ending.FAILED
    assert result.error is not None
    assert "engine does not stay up (exit code 3)" in result.error
    assert "no such feed" in result.error
    assert len(recorder.of(Died)) == FIRST_TRIES_MAX
    assert result.seconds_to_ready is None
    assert [event.name for event in recorder.of(Stopped)] == ["engine", "valkey"]


async def test_a_role_that_is_never_ready_is_told_from_one_that_crashed(tmp_path: Path) -> None:
    recorder = Recorder()
    boss = supervisor(tmp_path, recorder)
    mute = program("engine", NEVER_READY, ready_timeout_s=0.05, restart=False)
    result = await boss.run([Stage("roles", these(mute))])
    assert [event.cause for event in recorder.of(Died)] == ["not ready after 0.05 s"]
    assert result.ending is Ending.FAILED


async def test_a_program_that_is_not_there_is_an_error_not_a_hang(tmp_path: Path) -> None:
    boss = supervisor(tmp_path, Recorder())
    missing = ProcessSpec("engine", ("/nonexistent/engine",))
    result = await boss.run([Stage("roles", these(missing))])
    assert result.error is not None
    assert "No such file" in result.error


async def test_a_process_that_cannot_be_started_is_an_error_not_a_hang(tmp_path: Path) -> None:
    boss = supervisor(tmp_path, Recorder())
    lost = program("engine", OBEDIENT, cwd=tmp_path / "nowhere")
    result = await boss.run([Stage("roles", these(lost))])
    assert result.error is not None
    assert "engine cannot be started" in result.error


async def test_the_run_goes_on_without_a_part_it_does_not_need(tmp_path: Path) -> None:
    recorder = Recorder()
    boss = supervisor(tmp_path, recorder)
    stages = [
        Stage("roles", these(program("engine", OBEDIENT))),
        Stage("desktop", these(program("desktop", DIES, critical=False, restart=False))),
    ]
    async with running(boss, recorder, *stages) as run:
        assert list(boss.pids) == ["engine"]
        boss.stop()
        assert (await result_of(run)).error is None
    assert recorder.of(Died)[0].next_start_s is None


async def test_closing_the_window_ends_everything(tmp_path: Path) -> None:
    recorder = Recorder()
    stages = [
        Stage("roles", these(program("engine", OBEDIENT))),
        Stage("desktop", these(program("desktop", CLOSED_BY_THE_USER, ends_run=True))),
    ]
    result = await supervisor(tmp_path, recorder).run(stages)
    assert (result.ending, result.error) == (Ending.WINDOW_CLOSED, None)
    assert recorder.of(Died) == []
    assert [event.name for event in recorder.of(Stopped)] == ["desktop", "engine"]


async def test_a_crash_of_the_window_does_not_end_the_run(tmp_path: Path) -> None:
    recorder = Recorder()
    boss = supervisor(tmp_path, recorder)
    window = program("desktop", OBEDIENT, ends_run=True, critical=False)
    async with running(boss, recorder, Stage("desktop", these(window))) as run:
        os.kill(boss.pids["desktop"], signal.SIGSEGV)
        await recorder.until(lambda: recorder.of(Restarted))
        assert not run.done()


async def test_what_does_not_listen_is_killed_after_its_grace(tmp_path: Path) -> None:
    recorder = Recorder()
    boss = supervisor(tmp_path, recorder)
    stage = Stage("roles", these(program("deaf", DEAF, stop_grace_s=0.05)))
    result = await boss.run([stage], run_for_s=0)
    assert result.killed == ("deaf",)
    assert recorder.of(Stopped) == [Stopped("deaf", killed=True)]


async def test_a_second_wish_to_stop_does_not_wait_for_graces(tmp_path: Path) -> None:
    recorder = Recorder()
    boss = supervisor(tmp_path, recorder)
    stage = Stage("roles", these(program("deaf", DEAF, stop_grace_s=WAIT_S * 10)))
    async with running(boss, recorder, stage) as run:
        boss.stop()
        await recorder.until(lambda: recorder.of(Stopping))
        boss.stop()
        assert (await result_of(run)).killed == ("deaf",)


async def test_a_stop_in_the_middle_of_the_start_leaves_nothing_behind(tmp_path: Path) -> None:
    recorder = Recorder()
    boss = supervisor(tmp_path, recorder)
    run = asyncio.ensure_future(boss.run([Stage("roles", these(program("slow", NEVER_READY)))]))
    async with asyncio.timeout(WAIT_S):
        while not boss.pids:  # noqa: ASYNC110  # a start is no event of the supervisor
            await asyncio.sleep(0)
    process = psutil.Process(boss.pids["slow"])
    boss.stop()
    assert (await result_of(run)).seconds_to_ready is None
    assert not process.is_running()


@pytest.mark.parametrize(
    ("number", "ending"),
    [
        (signal.SIGINT, Ending.INTERRUPTED),
        (signal.SIGTERM, Ending.TERMINATED),
        (signal.SIGHUP, Ending.HUNG_UP),
    ],
)
async def test_signals_end_the_run_in_order(
    tmp_path: Path, number: signal.Signals, ending: Ending
) -> None:
    recorder = Recorder()
    boss = supervisor(tmp_path, recorder)
    async with running(boss, recorder, Stage("roles", these(program("engine", OBEDIENT)))) as run:
        os.kill(os.getpid(), number)
        result = await result_of(run)
    assert (result.ending, result.killed) == (ending, ())


async def test_grandchildren_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    recorder = Recorder()
    boss = supervisor(tmp_path, recorder)
    async with running(boss, recorder, Stage("roles", these(program("worker", WITH_GRANDCHILD)))):
        grandchild = psutil.Process(int((tmp_path / "worker.log").read_text()))
        os.kill(boss.pids["worker"], signal.SIGKILL)
        await recorder.until(lambda: recorder.of(Restarted))
        _, alive = psutil.wait_procs([grandchild], timeout=WAIT_S)
        assert not alive


async def test_a_stage_may_work_and_decide_before_its_processes_start(tmp_path: Path) -> None:
    recorder = Recorder()
    boss = supervisor(tmp_path, recorder)

    async def decide() -> Sequence[ProcessSpec]:
        assert [event.name for event in recorder.of(Ready)] == ["valkey"]
        return [program("engine", OBEDIENT)]

    stages = [Stage("servers", these(program("valkey", OBEDIENT))), Stage("roles", decide)]
    result = await boss.run(stages, run_for_s=0)
    assert (result.error, list(result.restarts)) == (None, ["valkey", "engine"])


async def test_the_last_act_of_a_stage_finds_it_alone_and_alive(tmp_path: Path) -> None:
    recorder = Recorder()
    boss = supervisor(tmp_path, recorder)
    found: list[str] = []

    async def last_act() -> None:
        found.extend(boss.pids)

    stages = [
        Stage("servers", these(program("valkey", OBEDIENT)), before_stop=last_act),
        Stage("roles", these(program("engine", OBEDIENT))),
    ]
    await boss.run(stages, run_for_s=0)
    assert found == ["valkey"]


async def test_a_last_act_that_fails_keeps_nothing_alive(tmp_path: Path) -> None:
    recorder = Recorder()

    async def last_act() -> None:
        raise ValueError("no summary")

    stage = Stage("servers", these(program("valkey", OBEDIENT)), before_stop=last_act)
    result = await supervisor(tmp_path, recorder).run([stage], run_for_s=0)
    assert "no summary" in recorder.of(Note)[0].text
    assert recorder.of(Stopped) == [Stopped("valkey", killed=False)]
    assert result.error is None


async def test_an_error_between_two_stages_is_raised_after_the_stop(tmp_path: Path) -> None:
    recorder = Recorder()

    async def migrate() -> Sequence[ProcessSpec]:
        raise RuntimeError("the database is newer")

    stages = [Stage("servers", these(program("valkey", OBEDIENT))), Stage("roles", migrate)]
    with pytest.raises(RuntimeError, match="newer"):
        await supervisor(tmp_path, recorder).run(stages)
    assert recorder.of(Stopped) == [Stopped("valkey", killed=False)]


async def test_on_ready_comes_after_everything_is_ready(tmp_path: Path) -> None:
    recorder = Recorder()
    boss = supervisor(tmp_path, recorder)
    seen: list[str] = []

    async def on_ready() -> None:
        seen.extend(event.name for event in recorder.of(Ready))

    stage = Stage("roles", these(program("a", OBEDIENT), program("b", OBEDIENT)))
    result = await boss.run([stage], on_ready=on_ready, run_for_s=0)
    assert sorted(seen) == ["a", "b"]
    assert result.seconds_to_ready is not None


async def test_a_server_gets_none_of_the_persons_keys_and_a_role_gets_its_own(
    tmp_path: Path,
) -> None:
    tell = f"import os\nprint(sorted(os.environ), flush=True)\n{OBEDIENT}"
    recorder = Recorder()
    boss = supervisor(tmp_path, recorder, FINNHUB_KEY="secret")
    stage = Stage(
        "all", these(program("server", tell, bare=True), program("role", tell, env={"SEED": "7"}))
    )
    await boss.run([stage], run_for_s=0)
    assert "FINNHUB_KEY" not in (tmp_path / "server.log").read_text()
    role = (tmp_path / "role.log").read_text()
    assert "FINNHUB_KEY" in role
    assert "SEED" in role


async def test_logs_are_private_appended_and_rotated(tmp_path: Path) -> None:
    says = f"print('hello', flush=True)\n{OBEDIENT}"
    for size in (0, 11 * 1024 * 1024):
        log = tmp_path / "role.log"
        if size:
            with log.open("ab") as file:
                file.truncate(size)
        await supervisor(tmp_path, Recorder()).run(
            [Stage("roles", these(program("role", says)))], run_for_s=0
        )
        assert log.read_text() == "hello\n"
        assert log.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "role.log.1").stat().st_size == 11 * 1024 * 1024
