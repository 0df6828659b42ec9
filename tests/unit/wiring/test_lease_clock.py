"""A lease is relied on only as long as nobody else can have it."""

from qt_trade.wiring.lease_clock import FROZEN_S, MARGIN_S, LeaseClock


class Seconds:
    """Time in the test's hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def clock_at(seconds: Seconds) -> LeaseClock:
    return LeaseClock(6.0, seconds, seconds.now)


def test_a_proof_holds_for_its_time_less_a_margin() -> None:
    """What is begun at the last moment is over before the lease is."""
    seconds = Seconds()
    clock = clock_at(seconds)
    seconds.now += 6.0 - MARGIN_S - 0.001
    assert clock.sure
    seconds.now += 0.001
    assert not clock.sure


def test_a_proof_counts_from_the_question_and_never_back() -> None:
    """The answer may have been on its way for long, and answers may overtake each other."""
    seconds = Seconds()
    clock = clock_at(seconds)
    seconds.now = 107.0
    clock.proved(102.0)
    assert clock.sure
    clock.proved(101.0)
    assert clock.sure
    seconds.now = 107.5
    assert not clock.sure


def test_without_a_database_a_running_process_is_unbroken() -> None:
    """Who needs the database to take over cannot, and somebody has to say what is wrong."""
    seconds = Seconds()
    clock = clock_at(seconds)
    for _ in range(40):
        seconds.now += 0.5
        clock.look()
    assert (clock.sure, clock.unbroken) == (False, True)


def test_a_process_that_was_stopped_is_not() -> None:
    """From its first instruction on, and until the lease is proved anew."""
    seconds = Seconds()
    clock = clock_at(seconds)
    seconds.now += 6.0 + FROZEN_S
    assert not clock.unbroken
    clock.look()
    seconds.now += 0.5
    clock.look()
    assert not clock.unbroken
    clock.proved(seconds.now)
    assert (clock.sure, clock.unbroken) == (True, True)
    seconds.now += 6.0
    assert not clock.unbroken


def test_a_short_stop_within_the_lease_is_nothing() -> None:
    """Nobody can have taken it."""
    seconds = Seconds()
    clock = clock_at(seconds)
    seconds.now += FROZEN_S + 1.0
    assert clock.unbroken
