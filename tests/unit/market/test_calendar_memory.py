"""A remembered calendar is the same calendar."""

from datetime import date
from pathlib import Path

from qt_trade.market.calendar import load_sessions
from qt_trade.market.calendar_memory import remembered_sessions

FIRST, LAST = date(2013, 1, 1), date(2013, 12, 31)


def test_what_comes_from_the_file_is_what_the_library_said(tmp_path: Path) -> None:
    known = load_sessions(FIRST, LAST)
    asked = remembered_sessions(FIRST, LAST, tmp_path)
    again = remembered_sessions(FIRST, LAST, tmp_path)
    assert asked.all == again.all == known.all
    assert asked.holidays == again.holidays == known.holidays


def test_the_second_answer_comes_from_the_file(tmp_path: Path) -> None:
    remembered_sessions(FIRST, LAST, tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_text(file.read_text().replace("Thanksgiving", "Turkey Day"))
    assert "Turkey Day" in remembered_sessions(FIRST, LAST, tmp_path).holidays.values()


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    remembered_sessions(FIRST, LAST, tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(b'{"sessions": [')
    assert remembered_sessions(FIRST, LAST, tmp_path).all
    assert file.stat().st_size > 1000
