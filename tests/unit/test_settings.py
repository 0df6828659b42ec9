"""Settings: read from the environment, and refused in words that name the variable."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from qt_trade.contract.target import address_of, target_of
from qt_trade.model.feeds import FeedChoice
from qt_trade.settings import SettingsError, default_data_dir, load_settings

VARIABLES = tuple(
    prefix + name
    for prefix in ("", "QTRADE_")
    for name in (
        "REDIS_URL", "DATABASE_URL", "REDIS_URL_FILE", "REDIS_PASSWORD_FILE", "DATABASE_URL_FILE",
    )
)  # fmt: skip
REDIS = "redis://:secret@127.0.0.1:6379/0"


@pytest.fixture(autouse=True)
def _no_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_what_the_supervisor_hands_to_a_role_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Feed, speed, start and symbols come by the environment, typed."""
    monkeypatch.setenv("QTRADE_FEED__CHOICE", "replay")
    monkeypatch.setenv("QTRADE_FEED__SPEED", "240.0")
    monkeypatch.setenv("QTRADE_FEED__START", "2013-10-04T14:30:00+00:00")
    monkeypatch.setenv("QTRADE_FEED__SYMBOLS", '["aapl", "brk-b"]')
    feed = load_settings().feed
    assert (feed.choice, feed.speed) == (FeedChoice.REPLAY, 240.0)
    assert feed.start == datetime(2013, 10, 4, 14, 30, tzinfo=UTC)
    assert feed.symbols == ("AAPL", "BRK.B")


@pytest.mark.parametrize("name", ["REDIS_URL", "QTRADE_REDIS_URL"])
def test_a_redis_url_is_understood_with_and_without_prefix(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """REDIS_URL is what everybody calls it."""
    monkeypatch.setenv(name, REDIS)
    settings = load_settings()
    assert settings.redis() == REDIS
    assert ":secret@" not in repr(settings)


def test_an_option_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """--redis-url means this one, whatever is set."""
    monkeypatch.setenv("QTRADE_REDIS_URL", REDIS)
    monkeypatch.setenv("REDIS_URL", REDIS)
    assert load_settings(redis_url="redis://elsewhere/1").redis() == "redis://elsewhere/1"


@pytest.mark.parametrize("prefix", ["", "QTRADE_"])
def test_secrets_may_stand_in_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, prefix: str
) -> None:
    """A Redis password is not kept, but the name of its file: it is read at every connect."""
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    monkeypatch.setenv(f"{prefix}REDIS_URL", "rediss://trader@h/1")
    monkeypatch.setenv(f"{prefix}REDIS_PASSWORD_FILE", str(file))
    target = target_of(load_settings().redis())
    assert (target.password_file, target.user, target.database) == (str(file), "trader", 1)
    monkeypatch.delenv(f"{prefix}REDIS_URL")
    monkeypatch.delenv(f"{prefix}REDIS_PASSWORD_FILE")
    monkeypatch.setenv(f"{prefix}REDIS_URL_FILE", str(file))
    file.write_text("redis://u:s3cret@elsewhere/0\n")
    address = address_of(load_settings().redis())
    assert (address.target.place, address.target.password_file) == ("elsewhere:6379", str(file))
    assert address.password == ""
    file.write_text("redis://elsewhere/0\n")
    assert load_settings().redis() == "redis://elsewhere/0"
    monkeypatch.setenv(f"{prefix}REDIS_PASSWORD_FILE", "/other")
    assert target_of(load_settings().redis()).password_file == "/other"  # noqa: S105  # a name
    file.write_text("postgresql://u:s3cret@h/x\n")
    monkeypatch.delenv(f"{prefix}REDIS_URL_FILE")
    monkeypatch.setenv(f"{prefix}DATABASE_URL_FILE", str(file))
    assert load_settings().database() == "postgresql://u:s3cret@h/x"


def test_what_stands_in_a_url_goes_before_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An option names another server than the environment does; so does a run's own server."""
    monkeypatch.setenv("REDIS_URL_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("REDIS_PASSWORD_FILE", str(tmp_path / "secret"))
    assert load_settings(redis_url=REDIS).redis() == REDIS
    other = "redis://h:6379/0?password_file=%2Fother"
    assert load_settings(redis_url=other).redis() == other


def test_a_file_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With the variable it is about."""
    monkeypatch.setenv("REDIS_URL_FILE", str(tmp_path / "missing"))
    with pytest.raises(
        SettingsError, match=r"REDIS_URL: its file .*missing cannot be read: No suc"
    ):
        load_settings()
    (tmp_path / "missing").write_text(" \n")
    with pytest.raises(SettingsError, match=r"REDIS_URL: its file .*missing is empty"):
        load_settings()
    (tmp_path / "missing").write_bytes(b"\xff")
    with pytest.raises(SettingsError, match=r"it is no text"):
        load_settings()
    (tmp_path / "missing").write_text("s3cret")
    with pytest.raises(SettingsError, match=r"it is no URL such as") as refused:
        load_settings()
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("REDIS_URL", "127.0.0.1:6379", "REDIS_URL: it is no URL such as redis://"),
        ("REDIS_URL", "redis://:secret@127.0.0.1:port/0", "REDIS_URL: it is no URL"),
        (
            "DATABASE_URL",
            "mysql://u:secret@h/x",
            "DATABASE_URL: it is no URL such as postgresql://",
        ),
        ("QTRADE_FEED__SPEED", "fast", "QTRADE_FEED__SPEED: .* valid number"),
        ("QTRADE_FEED__SPEED", "0.5", "QTRADE_FEED__SPEED: .* greater than or equal to 1"),
        ("QTRADE_FEED__START", "2013-10-04T14:30:00", "QTRADE_FEED__START: .* timezone"),
        ("QTRADE_FEED__CHOICE", "tape", "QTRADE_FEED__CHOICE: .*'realtime'"),
        ("QTRADE_FEED__SYMBOLS", '["1X"]', "QTRADE_FEED__SYMBOLS: '1X' is no US ticker"),
        ("QTRADE_FEED__SYMBOLS", "AAPL,MSFT", "lists are written as JSON"),
    ],
)
def test_a_bad_value_is_named_with_what_would_be_right(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    """The variable's name, not a stack of validators; never a password."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=words) as refused:
        load_settings()
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_server_is_said_when_it_is_needed() -> None:
    """A desktop needs no database, and no program needs a server that it does not use."""
    settings = load_settings()
    with pytest.raises(SettingsError, match="REDIS_URL is not set"):
        settings.redis()
    with pytest.raises(SettingsError, match="DATABASE_URL is not set"):
        settings.database()


def test_the_data_folder_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """XDG_DATA_HOME where it is set, else below the home folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_data_dir() == tmp_path / "qtrade"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_data_dir() == tmp_path / ".local" / "share" / "qtrade"


def test_a_first_limit_beyond_its_bounds_is_named_at_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not when the engine cannot write it: nothing would ever open, and nobody would see why."""
    monkeypatch.setenv("QTRADE_RISK__ORDERS_PER_MIN_MAX", "100000")
    with pytest.raises(SettingsError, match=r"QTRADE_RISK__ORDERS_PER_MIN_MAX.*1000"):
        load_settings()
