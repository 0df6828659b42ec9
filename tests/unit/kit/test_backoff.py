"""Backoff: grows, is jittered, never passes its ceiling, starts over."""

import random

from hypothesis import given
from hypothesis import strategies as st

from qt_trade.kit.backoff import Backoff


@given(seed=st.integers(), attempts=st.integers(1, 2000))
def test_no_delay_passes_the_growing_bound_or_the_ceiling(seed: int, attempts: int) -> None:
    """However often it was tried, in vain."""
    backoff = Backoff(0.05, 0.5, random.Random(seed))
    for attempt in range(attempts):
        assert 0 <= backoff.next_delay() <= min(0.5, 0.05 * 2 ** min(attempt, 60))
    assert backoff.attempt == attempts


def test_many_clients_do_not_come_back_in_step() -> None:
    """Full jitter: the whole span is used."""
    delays = [Backoff(1.0, 1.0, random.Random(seed)).next_delay() for seed in range(200)]
    assert min(delays) < 0.1
    assert max(delays) > 0.9


def test_after_a_success_it_starts_over() -> None:
    """From the base again."""
    backoff = Backoff(0.05, 60.0, random.Random(1))
    for _ in range(20):
        backoff.next_delay()
    backoff.reset()
    assert backoff.attempt == 0
    assert backoff.next_delay() <= 0.05
