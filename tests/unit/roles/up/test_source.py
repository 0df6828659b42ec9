"""What is going to be played: named after its content, and refused before anything starts."""

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.end_to_end.recording import write_recording
from tests.unit.roles.up.test_options import USUAL

from qt_trade.kit.clock import SystemClock
from qt_trade.model.feeds import FeedChoice
from qt_trade.roles.supervision.errors import StartError
from qt_trade.roles.up.options import UpOptions
from qt_trade.roles.up.source import Source, look_at, recording_key
from qt_trade.settings import load_settings


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recording(tmp_path_factory.mktemp("recording") / "bars.parquet")


def look(tmp_path: Path, **asked: Any) -> Source:
    options = UpOptions(**USUAL | {"data_dir": tmp_path / "data"} | asked)
    return look_at(options, load_settings(), SystemClock())


def replay(tmp_path: Path, path: Path) -> Source:
    return look(tmp_path, feed=FeedChoice.REPLAY, source=path)


def test_each_kind_of_feed_has_its_key(tmp_path: Path, recording: Path) -> None:
    """Real time one for ever, a simulation by its seed, a recording by name and content."""
    assert look(tmp_path).key == "realtime"
    assert look(tmp_path, feed=FeedChoice.SIMULATION).key == "simulation:7"
    assert look(tmp_path, feed=FeedChoice.SIMULATION, seed=11).key == "simulation:11"
    found = replay(tmp_path, recording)
    assert re.fullmatch(r"replay:bars-[0-9a-f]{8}", found.key)
    assert found.name == "bars.parquet"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ALPACA__PLAN", "gold", "QTRADE_PROVIDERS__ALPACA__PLAN: 'gold' is no plan"),
        ("ALPACA__OPTIONS", '{"trading": "both"}', "OPTIONS: the option trading is 'both'"),
        ("FINNHUB__OPTIONS", '{"mute_s": "soon"}', "OPTIONS: the option mute_s is 'soon'"),
        ("FINHUB__KEY", "k-42", "QTRADE_PROVIDERS__FINHUB: there is none; known: alpaca"),
    ],
)
def test_a_provider_that_is_set_up_wrong_is_named_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    """Rather than by a role that dies of it again and again; a recording asks nobody."""
    monkeypatch.setenv(f"QTRADE_PROVIDERS__{name}", value)
    with pytest.raises(StartError, match=re.escape(words)):
        look(tmp_path)
    assert look(tmp_path, feed=FeedChoice.SIMULATION).key == "simulation:7"


def test_a_moved_recording_keeps_its_key(tmp_path: Path, recording: Path) -> None:
    """Its account goes with it."""
    moved = tmp_path / "bars.parquet"
    moved.write_bytes(recording.read_bytes())
    assert recording_key(moved) == recording_key(recording)


def test_another_recording_of_the_same_name_is_another(tmp_path: Path, recording: Path) -> None:
    """Two folders with a bars.parquet each do not share an account."""
    other = tmp_path / "bars.parquet"
    pl.read_parquet(recording).filter(pl.col("symbol") != "AAA").write_parquet(other)
    assert recording_key(other) != recording_key(recording)


def test_a_folder_is_its_files(tmp_path: Path, recording: Path) -> None:
    """One more file makes another recording; what is no recording does not count."""
    folder = tmp_path / "days"
    folder.mkdir()
    (folder / "one.parquet").write_bytes(recording.read_bytes())
    first = recording_key(folder)
    (folder / "notes.txt").write_text("not a bar")
    assert recording_key(folder) == first
    assert first.startswith("replay:days-")
    (folder / "two.parquet").write_bytes(b"more")
    assert recording_key(folder) != first


def test_any_name_makes_a_key_that_fits_everywhere(tmp_path: Path) -> None:
    """Blanks, umlauts and length do not reach ids and tables."""
    odd = tmp_path / f"Bärs of {'x' * 60}:1.parquet"
    odd.write_bytes(b"1")
    assert re.fullmatch(r"replay:[A-Za-z0-9._-]{1,40}-[0-9a-f]{8}", recording_key(odd))


def at_night(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("ts").dt.offset_by("8h"))


def without_close(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.drop("close")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (at_night, "--from .*has no minute of a regular session"),
        (without_close, "--from .*column 'close' is missing"),
    ],
)
def test_a_recording_that_cannot_be_played_is_refused(
    tmp_path: Path, recording: Path, spoil: Any, words: str
) -> None:
    """With the option, the file and what would be right."""
    path = tmp_path / "bad.parquet"
    spoil(pl.read_parquet(recording)).write_parquet(path)
    with pytest.raises(StartError, match=words):
        replay(tmp_path, path)


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    """A broken file, an empty folder."""
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 nonsense")
    with pytest.raises(StartError, match=r"--from .*broken.parquet: not a readable Parquet file"):
        replay(tmp_path, broken)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(StartError, match=r"--from .*empty: no \*.parquet file in this folder"):
        replay(tmp_path, empty)
