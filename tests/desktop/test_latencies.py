"""The half hour of a connection: what is kept of its round trips, and what is let go."""

from datetime import UTC, datetime, timedelta

from qt_trade.desktop.latencies import POINTS, SPAN_S, STEP_S, Latencies

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_slowest_of_a_stretch_stands_for_it() -> None:
    """A spike must not be lost between two quick answers."""
    known = Latencies()
    for seconds, latency_ms in ((0, 1.0), (1, 90.0), (2, 2.0), (STEP_S, 3.0)):
        known.note("Redis", latency_ms, NOON + timedelta(seconds=seconds))
    assert known.of("Redis", NOON + timedelta(seconds=STEP_S)) == (90.0, 3.0)


def test_what_did_not_answer_leaves_no_point() -> None:
    """A gap is not a fast answer."""
    known = Latencies()
    known.note("Redis", None, NOON)
    assert known.of("Redis", NOON) == ()


def test_only_the_last_half_hour_is_told() -> None:
    """Older points go, also when nothing new has come."""
    known = Latencies()
    for step in range(2 * POINTS):
        known.note("Redis", float(step), NOON + timedelta(seconds=step * STEP_S))
    end = NOON + timedelta(seconds=(2 * POINTS - 1) * STEP_S)
    assert known.of("Redis", end) == tuple(float(n) for n in range(POINTS, 2 * POINTS))
    assert known.of("Redis", end + timedelta(seconds=SPAN_S)) == ()


def test_a_connection_that_is_no_more_is_forgotten() -> None:
    """Its process may come again under another name."""
    known = Latencies()
    known.note("worker Redis", 1.0, NOON)
    known.forget("worker Redis")
    assert known.of("worker Redis", NOON) == ()
