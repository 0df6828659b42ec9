"""The desktop as a process: it says when it is on the screen, and ends in order."""

import os
import signal
import subprocess
import sys

import pytest

from qt_trade.desktop.app import READY_FD, run_desktop
from qt_trade.settings import Settings, SettingsError

PROGRAM = (
    "import sys; from qt_trade.desktop.app import run_desktop; "
    "from qt_trade.settings import Settings; sys.exit(run_desktop(Settings()))"
)


def test_it_tells_its_first_frame_and_ends_in_order_when_asked(redis_url: str, tmp_path) -> None:
    read, write = os.pipe()
    environment = os.environ | {
        READY_FD: str(write),
        "QTRADE_REDIS_URL": redis_url,
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": str(tmp_path),
    }
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, pass_fds=[write])
    os.close(write)
    with os.fdopen(read) as ready:
        assert ready.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    assert (tmp_path / "QtTrade" / "QtTrade.conf").exists()


def test_without_a_redis_url_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.delenv("QTRADE_REDIS_URL", raising=False)
    with pytest.raises(SettingsError, match="REDIS_URL"):
        run_desktop(Settings())
