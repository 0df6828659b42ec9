"""The floor: a bare line to a real server that tells the truth."""

import pytest

from qt_trade.bench.floor import BareLine, pubsub_floor


def test_a_bare_line_speaks(redis_url: str) -> None:
    """Commands, answers, and errors as errors."""
    with BareLine(redis_url) as line:
        assert line.call(b"SET", b"k", b"v") == b"OK"
        assert line.call(b"GET", b"k") == b"v"
        with pytest.raises(Exception, match="ERR unknown command"):
            line.call(b"NONSENSE")


def test_every_round_trip_of_the_floor_is_a_time(redis_url: str) -> None:
    """As many as asked for, none of them nothing."""
    times = pubsub_floor(redis_url, 20)
    assert len(times) == 20
    assert min(times) > 0
