"""Settings: read from the environment, and refused in words that name the variable."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from qt_trade.model.feeds import FeedChoice
from qt_trade.settings import SettingsError, default_data_dir, load_settings

VARIABLES = ("REDIS_URL", "DATABASE_URL", "QTRADE_REDIS_URL", "QTRADE_DATABASE_URL")
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
    assert "secret" not in repr(settings)


def test_an_option_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """--redis-url means this one, whatever is set."""
    monkeypatch.setenv("QTRADE_REDIS_URL", REDIS)
    monkeypatch.setenv("REDIS_URL", REDIS)
    assert load_settings(redis_url="redis://elsewhere/1").redis() == "redis://elsewhere/1"


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
