"""``qtrade doctor``: each finding says what is there, or how to mend what is not."""

import json
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Qtrade

from qt_trade.cli import checkup
from qt_trade.cli.options import Target
from qt_trade.contract.target import address_of
from qt_trade.contract.trial import StepName
from qt_trade.roles.supervision.data_dir import Connection, prepare_data_dir


def test_a_sound_machine_has_nothing_to_mend(
    qtrade: Qtrade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code 0; every part that a run needs is looked at, Qt by really starting it."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    said = qtrade("doctor", "--json", "--data-dir", str(tmp_path))
    assert said.code == 0, said.err
    findings = {one["check"]: one for one in json.loads(said.out)}
    assert {name for name in findings if not name.startswith("market data: ")} == {
        "Python", "server roles", "desktop", "embedded servers", "Qt libraries", "display",
        "clock", "ports", "data folder", "Redis", "PostgreSQL",
    }  # fmt: skip
    assert findings["Qt libraries"]["words"] == "Qt starts (offscreen)"
    assert "no run under way" in findings["Redis"]["words"]


def test_the_servers_of_a_run_are_asked(
    qtrade: Qtrade, tmp_path: Path, redis_url: str, postgres_url: str
) -> None:
    """Both answer, at the addresses the run left word of; no password is shown."""
    folder = prepare_data_dir(tmp_path / "data")
    folder.write_connection(Connection(redis_url, redis_url, postgres_url, "run", 1))
    said = qtrade("doctor", "--json", "--data-dir", str(folder.path))
    assert said.code == 0, said.err
    findings = {one["check"]: one for one in json.loads(said.out)}
    assert [name for name in findings if name.startswith("Redis")] == [
        f"Redis: {step}" for step in StepName
    ]
    assert "answers" in findings["Redis: connected"]["words"]
    assert "answers in" in findings["PostgreSQL"]["words"]
    assert findings["Redis: backend"]["words"] == "no backend has written here yet"
    assert findings["Redis: backend"]["fix"]
    assert address_of(redis_url).password not in said.out


def test_dead_servers_are_found_and_the_doctor_complains(
    qtrade: Qtrade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code 1, the table with the way to mend it, and the summary on standard error."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/x")
    said = qtrade("doctor", "--data-dir", str(tmp_path), "--redis-url", "redis://127.0.0.1:1/0")
    assert said.code == 1
    assert "to be mended: Redis: connected, PostgreSQL" in said.err
    assert "correct host and port" in said.out
    assert "secret" not in said.out


def test_what_is_missing_is_named() -> None:
    """The package, and the command that brings it."""
    finding = checkup.packages("a part", ("json", "no_such_package"))
    assert (finding.ok, finding.words) == (False, "missing: no_such_package")
    assert "make setup" in finding.fix
    assert finding.sign == "✕"


def test_a_data_folder_that_cannot_be_one(tmp_path: Path) -> None:
    """A file in its place, or above it."""
    file = tmp_path / "file"
    file.write_text("")
    assert not checkup.data_dir(file / "below").ok
    assert checkup.data_dir(tmp_path / "new" / "folder").ok


def test_no_display_is_advice_not_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server has none, and `up` runs there."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    finding = checkup.display()
    assert (finding.ok, finding.sign) == (True, "!")


def test_a_display_that_qt_cannot_use_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Qt ends the program then; it does so in a process of its own."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "no-such-platform")
    finding = checkup.display()
    assert not finding.ok
    assert finding.words


def test_no_free_port_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the way round it."""

    def none_free(count: int, rng: object) -> tuple[int, ...]:
        raise OSError("no 2 free ports")

    monkeypatch.setattr(checkup, "spare_ports", none_free)
    assert "REDIS_URL" in checkup.ports().fix


def test_a_redis_that_is_not_there_is_no_fault_before_a_run(tmp_path: Path) -> None:
    """`up` starts one."""
    (finding,) = checkup.redis(Target(tmp_path))
    assert finding.ok
