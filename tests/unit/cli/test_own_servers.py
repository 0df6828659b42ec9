"""`qtrade init` and `qtrade prepare`: what servers of one's own need, made once and kept."""

import json
import re
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Qtrade

from qt_trade.cli.first_files import ENV_FILE, POSTGRES_PASSWORD, USERS_FILE
from qt_trade.roles.supervision.users import EVERYBODY, hash_of


def files_in(folder: Path) -> dict[str, str]:
    """Return the text of every file by its path inside the folder."""
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def passwords_in(folder: Path) -> dict[str, str]:
    return {
        name: text.strip() for name, text in files_in(folder).items() if name.endswith("password")
    }


def test_everything_is_made_and_closed_to_others(qtrade: Qtrade, tmp_path: Path) -> None:
    """A password of its own for each user, none of them shown, none in .env."""
    said = qtrade("init", str(tmp_path))
    made = passwords_in(tmp_path)
    assert said.code == 0
    assert len(made) == len(set(made.values())) == len(EVERYBODY) + 1
    for name, text in files_in(tmp_path).items():
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600, name
        assert name in said.out
        if not name.startswith("secrets/"):
            assert not any(password in text for password in made.values()), name
    assert not any(password in said.out for password in made.values())
    assert all(len(password) >= 32 for password in made.values())


def test_the_users_file_knows_the_passwords_by_their_hashes(qtrade: Qtrade, tmp_path: Path) -> None:
    """Each user has exactly the password of its file; the default user is off."""
    qtrade("init", str(tmp_path))
    lines = (tmp_path / USERS_FILE).read_text().splitlines()
    users = {line.split()[1]: line for line in lines}
    assert users["default"].startswith("user default off")
    for user in EVERYBODY:
        password = (tmp_path / "secrets" / f"redis_{user}_password").read_text().strip()
        assert re.findall(r"#[0-9a-f]{64}", users[user]) == [hash_of(password)]


def test_nothing_is_overwritten(qtrade: Qtrade, tmp_path: Path) -> None:
    """A second call changes nothing and says what is there."""
    qtrade("init", str(tmp_path))
    before = files_in(tmp_path)
    said = qtrade("init", str(tmp_path))
    assert said.code == 1
    assert "--force" in said.err
    assert files_in(tmp_path) == before


def test_force_makes_all_passwords_anew(qtrade: Qtrade, tmp_path: Path) -> None:
    """But for one's own settings, and PostgreSQL's where its folder was made with the old one."""
    qtrade("init", str(tmp_path))
    (tmp_path / ENV_FILE).write_text("QTRADE_FEED=simulation\n")
    (tmp_path / "volumes" / "postgres" / "PG_VERSION").write_text("18\n")
    before = passwords_in(tmp_path)
    assert qtrade("init", "--force", str(tmp_path)).code == 0
    after = passwords_in(tmp_path)
    assert {name for name in before if before[name] == after[name]} == {POSTGRES_PASSWORD}
    assert (tmp_path / ENV_FILE).read_text() == "QTRADE_FEED=simulation\n"


def test_a_prepared_run_is_what_roles_play(
    qtrade: Qtrade, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables, account and id are decided once; another feed is refused, and so is a guess."""
    for name, value in {
        "DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:1/0",
        "QTRADE_FEED__CHOICE": "simulation", "QTRADE_DATA_DIR": str(tmp_path),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    refused = qtrade("role", "engine")
    assert refused.code == 1
    assert "qtrade prepare" in refused.err
    told = json.loads(qtrade("prepare", "--json").out)
    assert (told["account"], told["source_key"]) == ("paper:simulation:7:1", "simulation:7")
    again = json.loads(qtrade("prepare", "--json").out)
    assert again["account"] == told["account"]
    assert again["run_id"] != told["run_id"]
    assert json.loads(qtrade("prepare", "--restart", "--json").out)["account"].endswith(":2")
    monkeypatch.setenv("QTRADE_FEED__CHOICE", "realtime")
    assert "prepared for simulation" in qtrade("role", "engine").err


def test_prepare_needs_a_database(qtrade: Qtrade) -> None:
    """It says which setting is missing."""
    said = qtrade("prepare")
    assert said.code == 2
    assert "DATABASE_URL" in said.err
