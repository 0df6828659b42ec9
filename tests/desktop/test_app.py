"""The desktop as a process: it says when it is on the screen, and ends in order."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from qt_trade.desktop.app import READY_FD

BUSY = """
import os, signal, sys
from PySide6.QtCore import Qt
from qt_trade.desktop import app
from qt_trade.settings import Settings

class Interrupted(app.DesktopApp):
    def __init__(self, *given):
        super().__init__(*given)
        self.frames = 0
        self.window.beforeRendering.connect(self.ask, Qt.ConnectionType.DirectConnection)

    def ask(self):
        self.frames += 1
        if self.frames == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        self.window.update()

app.DesktopApp = Interrupted
sys.exit(app.run_desktop(Settings()))
"""
"""A desktop that is asked to end while it draws its third frame."""
CLOSED = """
import signal, sys
from PySide6.QtGui import QGuiApplication
from qt_trade.desktop import app
from qt_trade.settings import Settings

signal.signal(signal.SIGUSR1, lambda *_: QGuiApplication.topLevelWindows()[0].close())
sys.exit(app.run_desktop(Settings()))
"""
"""A desktop whose window is closed, as by a hand, when it gets SIGUSR1."""
PROGRAM = (
    "import sys; from qt_trade.desktop.app import run_desktop; "
    "from qt_trade.settings import Settings; sys.exit(run_desktop(Settings()))"
)


@pytest.mark.parametrize(
    ("program", "number"),
    [(PROGRAM, signal.SIGTERM), (PROGRAM, signal.SIGINT), (CLOSED, signal.SIGUSR1)],
    ids=["terminated", "interrupted", "closed"],
)
def test_it_tells_its_first_frame_and_ends_in_order_when_asked(
    redis_url: str, tmp_path: Path, program: str, number: signal.Signals
) -> None:
    read, write = os.pipe()
    environment = _environment(redis_url, tmp_path) | {READY_FD: str(write)}
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environment, pass_fds=[write], stderr=subprocess.PIPE
    ) as process:
        os.close(write)
        with os.fdopen(read) as ready:
            assert ready.readline() == "ready\n"
        process.send_signal(number)
        _, complaints = process.communicate(timeout=20)
    assert (process.returncode, complaints) == (0, b"")
    assert (tmp_path / "QtTrade" / "QtTrade.conf").exists()


def test_it_ends_in_order_when_asked_in_the_middle_of_a_frame(
    redis_url: str, tmp_path: Path
) -> None:
    environment = _environment(redis_url, tmp_path)
    command = [sys.executable, "-c", BUSY]
    ended = subprocess.run(command, env=environment, capture_output=True, timeout=20, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")


def _environment(redis_url: str, folder: Path) -> dict[str, str]:
    return os.environ | {
        "QTRADE_REDIS_URL": redis_url,
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": str(folder),
    }


@pytest.mark.parametrize(
    "program", [("-c", PROGRAM), ("-m", "qt_trade.cli.main", "desktop")], ids=["app", "command"]
)
def test_without_a_redis_url_it_opens_and_asks_for_one(
    tmp_path: Path, program: tuple[str, ...]
) -> None:
    read, write = os.pipe()
    environment = _environment("", tmp_path) | {
        READY_FD: str(write),
        "XDG_DATA_HOME": str(tmp_path),
    }
    for name in ("QTRADE_REDIS_URL", "REDIS_URL"):
        environment.pop(name, None)
    with subprocess.Popen(
        [sys.executable, *program],
        env=environment,
        pass_fds=[write],
        stderr=subprocess.PIPE,
    ) as process:
        os.close(write)
        with os.fdopen(read) as ready:
            assert ready.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        _, complaints = process.communicate(timeout=20)
    assert (process.returncode, complaints) == (0, b"")
