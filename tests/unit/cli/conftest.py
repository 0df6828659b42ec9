"""The command line as a person uses it: words in, exit code and words out."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.desktop.backend import Backend

from qt_trade.cli import main


@dataclass(frozen=True, slots=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str


Qtrade = Callable[..., Said]


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine counts."""
    for name in list(os.environ):
        if name.startswith("QTRADE_FEED") or name in ("REDIS_URL", "DATABASE_URL"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


@pytest.fixture
def qtrade(capsys: pytest.CaptureFixture[str]) -> Qtrade:
    """Run a command line in this process."""

    def run(*arguments: str) -> Said:
        capsys.readouterr()
        code = main.run(arguments)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


@pytest.fixture
def backend(redis_url: str) -> Iterator[Backend]:
    """Streamer, worker and engine as far as the contract shows them, on a real server."""
    running = Backend(redis_url)
    yield running
    running.close()
