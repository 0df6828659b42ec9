"""Pictures of the running product: ``python -m qt_trade.desktop.screenshots FOLDER``.

Starts a whole stack of its own (simulation feed, paper account, a temporary data folder), attaches
a desktop without a display, waits until every page has something real to show, and grabs each page
at 100 % and 200 %. In the end the desktop's line is cut, which gives the picture of a lost connection. Nothing in the pictures is made up: what they show was streamed, predicted, decided and
filled by the run itself.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qt_trade.kit.clock import monotonic

SPEED = 120
"""Market minutes per minute of waiting: enough for trades to happen while one looks on."""
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
LOOK_EVERY_S = 0.1
CONNECTION = "connection.json"


def main() -> None:
    """Make the pictures; the folder is the only argument."""
    if len(sys.argv) != 2:  # noqa: PLR2004  # the program and the folder
        sys.exit("usage: python -m qt_trade.desktop.screenshots FOLDER")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="qtrade-screenshots-") as data,
        stack(Path(data)) as url,
    ):
        for scale in (1, 2):
            _in_its_own_process(url, folder, scale)


@contextmanager
def stack(data: Path) -> Iterator[str]:
    """Run a headless stack in ``data`` and yield its Redis URL; stop it in order.

    Raises RuntimeError when it does not come up.
    """
    command = [
        *(sys.executable, "-m", "qt_trade.cli.main", "up", "--headless"),
        *("--feed", "simulation", "--speed", str(SPEED)),
        *("--autotrade", "BALANCED", "--data-dir", str(data)),
    ]
    process = subprocess.Popen(command)  # noqa: S603  # our own program
    try:
        yield _redis_url(process, data / CONNECTION)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_TIMEOUT_S)


def _redis_url(process: subprocess.Popen[bytes], connection: Path) -> str:
    deadline = monotonic() + START_TIMEOUT_S
    while not connection.exists():
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(LOOK_EVERY_S)
            raise RuntimeError(f"the stack ended with exit code {code} before it was up")
        if monotonic() > deadline:
            raise RuntimeError(f"the stack was not up within {START_TIMEOUT_S:g} s")
    url: str = json.loads(connection.read_text(encoding="utf-8"))["redis_url"]
    return url


def _in_its_own_process(url: str, folder: Path, scale: int) -> None:
    # The scale factor is read once, when Qt starts.
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "QT_QUICK_BACKEND": "software",
        "QT_SCALE_FACTOR": str(scale),
        "QTRADE_REDIS_URL": url,
    }
    command = [sys.executable, "-m", "qt_trade.desktop.camera", str(folder), str(scale)]
    subprocess.run(command, env=environment, check=True)  # noqa: S603  # our own module


if __name__ == "__main__":
    main()
