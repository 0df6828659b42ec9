"""A supervisor with real servers in a process of its own: stopped, killed, refused."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

WAIT_S = 30.0

RUN = """
import asyncio, json, os, random, sys
from pathlib import Path
from qt_trade.kit.clock import SystemClock
from qt_trade.roles.supervision.child import Surroundings
from qt_trade.roles.supervision.data_dir import Connection, prepare_data_dir
from qt_trade.roles.supervision.processes import ProcessSpec
from qt_trade.roles.supervision.reporting import event_lines
from qt_trade.roles.supervision.servers import choose_servers
from qt_trade.roles.supervision.single_instance import single_instance
from qt_trade.roles.supervision.supervisor import Stage, Supervisor

ROLE = (sys.executable, "-c", "import os, time; os.write(int(os.environ['QTRADE_READY_FD']),"
        " b'ready\\\\n'); time.sleep(600)")

async def main():
    folder = prepare_data_dir(Path(sys.argv[1]))
    with single_instance(folder.path, SystemClock()):
        servers = choose_servers(folder, random.SystemRandom(), redis_url=None, database_url=None)
        async def attachable():
            folder.write_connection(
                Connection(servers.trader_url, servers.viewer_url, servers.database_url, "run", os.getpid()))
            return [ProcessSpec("engine", ROLE)]
        async def detach():
            folder.remove_connection()
        boss = Supervisor(Surroundings(folder.logs, os.environ),
                          event_lines(sys.stdout, SystemClock()), random.SystemRandom())
        result = await boss.run(
            [Stage("servers", servers.processes, detach), Stage("roles", attachable)])
        print(json.dumps({"event": "result", "ending": result.ending, "error": result.error,
                          "killed": result.killed}), flush=True)

asyncio.run(main())
"""


class Run:
    """A supervisor in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._alarm = threading.Timer(WAIT_S, self.process.kill)
        self._alarm.start()

    def until(self, event: str) -> str:
        assert self.process.stdout is not None
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            if event in line:
                return line
        pytest.fail(f"no {event} in:\n{''.join(seen)}")

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def close(self) -> None:
        self._alarm.cancel()
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all the runs, most of which end badly: each must do for the next."""
    return tmp_path_factory.mktemp("runs") / "data"


@pytest.fixture
def run(folder: Path) -> Iterator[Run]:
    started = Run(folder)
    yield started
    started.close()


def names(family: list[psutil.Process]) -> set[str]:
    return {process.name() for process in family}


def test_a_stop_in_order_leaves_neither_processes_nor_a_connection(run: Run) -> None:
    run.until("run.ready")
    family = run.family()
    assert {"valkey-server", "postgres"} <= names(family)
    assert (run.folder / "connection.json").stat().st_mode & 0o777 == 0o600
    run.process.send_signal(signal.SIGINT)
    line = run.until('"result"')
    assert '"ending": "Ctrl-C", "error": null, "killed": []' in line
    _, alive = psutil.wait_procs(family, timeout=WAIT_S)
    assert not alive
    assert not (run.folder / "connection.json").exists()
    assert run.process.wait(WAIT_S) == 0


def test_no_orphan_survives_the_death_of_the_supervisor(run: Run) -> None:
    run.until("run.ready")
    family = run.family()
    assert {"valkey-server", "postgres"} <= names(family)
    run.process.kill()
    _, alive = psutil.wait_procs(family, timeout=WAIT_S)
    assert not alive
    again = Run(run.folder)
    try:
        again.until("run.ready")
    finally:
        again.close()


def test_servers_that_die_come_back_on_the_same_ports(run: Run) -> None:
    run.until("run.ready")
    told = (run.folder / "connection.json").read_text()
    for name, program in (("valkey", "valkey-server"), ("postgres", "postgres")):
        leader = next(
            process
            for process in run.family()
            if process.name() == program and process.ppid() == run.process.pid
        )
        leader.kill()
        assert f'"name": "{name}"' in run.until("role.died")
        assert f'"name": "{name}", "restarts": 1' in run.until("role.restarted")
    assert (run.folder / "connection.json").read_text() == told


def test_a_second_run_on_the_same_folder_is_refused(run: Run) -> None:
    run.until("run.ready")
    family = run.family()
    second = Run(run.folder)
    try:
        assert f"process {run.process.pid} since " in second.until("QtTrade already runs on")
        assert second.process.wait(WAIT_S) != 0
    finally:
        second.close()
    assert all(process.is_running() for process in family)


def test_the_run_is_not_of_the_terminals_group(run: Run) -> None:
    run.until("run.ready")
    ours = os.getpgid(run.process.pid)
    assert all(os.getpgid(process.pid) != ours for process in run.family())
