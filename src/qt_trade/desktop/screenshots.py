"""Pictures of the running product: ``python -m qt_trade.desktop.screenshots FOLDER``.

Starts a whole stack of its own (simulation feed, paper account, a temporary data folder), lets some
weeks pass quickly, trains models on them, attaches a desktop without a display, waits until every
page has something real to show, and grabs each page at 100 % and 200 %. In the end the desktop's
line is cut, which gives the picture of a lost connection. Nothing in the pictures is made up: what
they show was streamed, predicted, decided and filled by the run itself.
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
PAST_SPEED, PAST_S = 4000, 135
"""How fast the weeks before pass, and for how long (wall): a training needs 25 sessions."""
UNPROVEN = "QTRADE_INTELLIGENCE__TRADE_UNPROVEN"
"""Models stay in shadow for days; without this nothing would be traded in the pictures."""
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
LOOK_EVERY_S = 0.1
CONNECTION = "connection.json"
QTRADE = (sys.executable, "-m", "qt_trade.cli.main")


def main() -> None:
    """Make the pictures; the folder is the only argument."""
    if len(sys.argv) != 2:  # noqa: PLR2004  # the program and the folder
        sys.exit("usage: python -m qt_trade.desktop.screenshots FOLDER")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="qtrade-screenshots-") as data:
        past = ("--speed", str(PAST_SPEED), "--for", str(PAST_S))
        subprocess.run(_up(Path(data), *past), check=True)  # noqa: S603  # our own program
        with stack(Path(data)) as url:
            train = [*QTRADE, "ml", "train", "--data-dir", data]
            subprocess.run(train, check=True)  # noqa: S603  # our own program
            for scale in (1, 2):
                _in_its_own_process(url, folder, scale)


def _up(data: Path, *options: str) -> list[str]:
    return [
        *(*QTRADE, "up", "--headless", "--feed", "simulation", "--data-dir", str(data)),
        *options,
    ]


@contextmanager
def stack(data: Path) -> Iterator[str]:
    """Run a headless stack in ``data`` and yield its Redis URL; stop it in order.

    Raises RuntimeError when it does not come up.
    """
    command = _up(data, "--speed", str(SPEED), "--autotrade", "BALANCED")
    environment = os.environ | {UNPROVEN: "true"}
    process = subprocess.Popen(command, env=environment)  # noqa: S603  # our own program
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
