"""How soon the desktop's first frame is there, from the start of its process."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from qt_trade.bench.result import Row, value_at_most

_BARE = """
import os
os.environ["QSG_RENDER_LOOP"] = "basic"
from PySide6.QtCore import QCoreApplication, QTimer, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickWindow
application = QGuiApplication(["bare"])
window = QQuickWindow()
window.resize(1600, 1000)
tell = lambda: os.write(int(os.environ["QTRADE_READY_FD"]), b"ready\\n")
window.frameSwapped.connect(tell, Qt.ConnectionType.SingleShotConnection)
window.show()
QTimer.singleShot(0, window.update)
application.exec()
"""
"""An empty window of Qt Quick: what no desktop in Python is quicker than."""


@dataclass(frozen=True, slots=True)
class Starts:
    """Seconds to the first frame, of each start: ours and the bare window's."""

    ours: Sequence[float]
    bare: Sequence[float]

    def row(self, gate_s: float) -> Row:
        """Return the figure."""
        name = "warm start to the first frame"
        return value_at_most(name, median(self.ours), "s", gate_s, median(self.bare))


def first_frames(url: str, starts: int) -> Starts:
    """Start both so often, after one start that warms the caches. The desktop reaches ``url``."""
    ours = [sys.executable, "-m", "qt_trade.cli.main", "desktop"]
    bare = [sys.executable, "-c", _BARE]
    env = os.environ | {"REDIS_URL": url}
    _seconds_to_first_frame(ours, env)
    _seconds_to_first_frame(bare, env)
    return Starts(
        [_seconds_to_first_frame(ours, env) for _ in range(starts)],
        [_seconds_to_first_frame(bare, env) for _ in range(starts)],
    )


def _seconds_to_first_frame(command: Sequence[str], env: dict[str, str]) -> float:
    reading, writing = os.pipe()
    begun = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603  # our own program
        command,
        env=env | {"QTRADE_READY_FD": str(writing)},
        pass_fds=(writing,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        told = os.read(reading, 16)
        took = time.perf_counter() - begun
    finally:
        os.close(reading)
        process.terminate()
        process.wait(30)
    if not told:
        raise RuntimeError(f"{command[1:3]} ended before its first frame")
    return took
