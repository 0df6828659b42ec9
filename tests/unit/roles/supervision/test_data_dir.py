"""The data folder is private, keeps its secrets, and is refused in words."""

import os
import stat
from pathlib import Path

import pytest

from qt_trade.roles.supervision.data_dir import Connection, prepare_data_dir
from qt_trade.roles.supervision.errors import DataDirError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_in_it_is_its_owners_alone(tmp_path: Path) -> None:
    folder = prepare_data_dir(tmp_path / "new" / "data")
    folder.secret("valkey_trader_password")
    folder.write_connection(
        Connection(
            "redis://:x@127.0.0.1:1/0", "redis://:v@127.0.0.1:1/0", "postgresql://", "run", 1
        )
    )
    for path in (folder.path, *folder.path.rglob("*")):
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path


def test_an_empty_folder_is_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    assert mode(prepare_data_dir(tmp_path / "data").path) == 0o700


def test_a_folder_with_other_things_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "letter").write_text("mine")
    assert mode(prepare_data_dir(tmp_path).path) == 0o755


def test_a_folder_others_may_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("ours")
    tmp_path.chmod(0o777)
    with pytest.raises(DataDirError, match="may be written by other users"):
        prepare_data_dir(tmp_path)


def test_a_secret_stays_the_same(tmp_path: Path) -> None:
    first = prepare_data_dir(tmp_path / "data").secret("valkey_trader_password")
    again = prepare_data_dir(tmp_path / "data").secret("valkey_trader_password")
    other = prepare_data_dir(tmp_path / "data").secret("postgres_password")
    assert (first.created, again.created) == (True, False)
    assert first.text == again.text != other.text
    assert len(first.text) >= 32


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    folder = prepare_data_dir(tmp_path / "data")
    secret = folder.secret("valkey_trader_password")
    connection = Connection(
        *[f"redis://:{secret.text}@x/0"] * 2, f"postgresql://u:{secret.text}@x", "r", 1
    )
    assert secret.text not in f"{secret!r}{connection!r}"


def test_a_connection_is_read_back_until_it_is_removed(tmp_path: Path) -> None:
    folder = prepare_data_dir(tmp_path / "data")
    connection = Connection(
        "redis://:x@127.0.0.1:1/0",
        "redis://:v@127.0.0.1:1/0",
        "postgresql://u:y@h/d",
        "run-7",
        4711,
    )
    folder.write_connection(connection)
    assert folder.read_connection() == connection
    folder.remove_connection()
    folder.remove_connection()
    assert folder.read_connection() is None


def test_somebody_elses_folder_is_refused(tmp_path: Path) -> None:
    foreign = Path("/usr")
    if os.geteuid() == 0:
        foreign = tmp_path / "foreign"
        foreign.mkdir()
        os.chown(foreign, 65534, 65534)
    with pytest.raises(DataDirError, match="belongs to user"):
        prepare_data_dir(foreign)


@pytest.mark.parametrize("below", ["", "data"])
def test_a_file_in_its_place_is_refused(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataDirError, match="choose another --data-dir"):
        prepare_data_dir(tmp_path / "file" / below)


def test_a_place_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(DataDirError, match="cannot be used"):
        prepare_data_dir(Path("/proc/qtrade"))


def test_the_folder_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    folder = prepare_data_dir(tmp_path / "data")
    (folder.path / "version").write_text("2\n")
    with pytest.raises(DataDirError, match="layout '2'"):
        prepare_data_dir(tmp_path / "data")
