"""Panning, zooming and ticks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_trade.desktop.items.viewport import SPAN_MIN, Viewport, nice_step, places_for, price_ticks

LONG = Viewport().grown(1000, 20)


def test_a_new_view_shows_the_end_and_the_future() -> None:
    assert (LONG.span, LONG.right, LONG.left, LONG.following) == (180, 1020, 840, True)


@pytest.mark.parametrize(("bars", "span"), [(0, 45), (30, 45), (60, 90), (90, 180), (5000, 180)])
def test_few_bars_are_not_drawn_as_a_thin_strip(bars: float, span: float) -> None:
    view = Viewport().grown(bars, 3)
    assert view.span == span
    assert view.left == max(0, bars + 3 - span)


def test_a_following_view_goes_with_new_bars() -> None:
    assert LONG.grown(1001, 20).right == 1021


def test_a_view_of_the_past_stays_when_bars_come() -> None:
    past = LONG.panned(100)
    assert (past.following, past.right) == (False, 920)
    assert past.grown(1001, 20).right == 920
    assert past.grown(1001, 20).home().right == 1021


def test_panning_to_the_end_follows_again() -> None:
    assert LONG.panned(100).panned(-500) == LONG


def test_half_of_the_view_keeps_bars() -> None:
    assert LONG.panned(1e9).right == 90


def test_zooming_a_following_view_keeps_its_end() -> None:
    near = LONG.scaled(0.5, 0.1)
    assert (near.span, near.right, near.following) == (90, 1020, True)
    assert near.grown(1001, 20).span == 90
    assert near.reset().span == 180


@given(st.floats(0.3, 3), st.floats(0, 1))
def test_zooming_the_past_keeps_what_is_under_the_pointer(factor: float, anchor: float) -> None:
    past = LONG.panned(500)
    scaled = past.scaled(factor, anchor)
    before = past.left + anchor * past.span
    assert scaled.left + anchor * scaled.span == pytest.approx(before)


def test_zooming_ends_at_a_dozen_bars_and_at_all_of_them() -> None:
    assert LONG.scaled(1e-9, 0.5).span == SPAN_MIN
    assert LONG.scaled(1e9, 0.5).span == 1020
    assert LONG.scaled(1e9, 0.5).left == 0


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("pan"), st.floats(-500, 500)),
            st.tuples(st.just("zoom"), st.floats(0.1, 10)),
            st.tuples(st.just("grow"), st.floats(0, 2000)),
        ),
        max_size=20,
    )
)
def test_no_way_leads_off_the_axis(steps: list[tuple[str, float]]) -> None:
    view = LONG
    for kind, amount in steps:
        if kind == "pan":
            view = view.panned(amount)
        elif kind == "zoom":
            view = view.scaled(amount, 0.5)
        else:
            view = view.grown(amount, 20)
        assert view.right <= view.end + 1e-6
        assert view.right >= min(view.span / 2, view.end) - 1e-6
        assert view.span >= SPAN_MIN


@pytest.mark.parametrize(
    ("least", "step"), [(0.9, 1), (1.1, 2), (2.1, 2.5), (3, 5), (7, 10), (0.013, 0.02), (0, 1)]
)
def test_steps_are_round(least: float, step: float) -> None:
    assert nice_step(least) == pytest.approx(step)


def test_ticks_are_round_prices_inside() -> None:
    assert price_ticks(178.4, 182.6, 5) == pytest.approx([179, 180, 181, 182])
    assert price_ticks(0.1, 0.35, 3) == pytest.approx([0.1, 0.2, 0.3])


@pytest.mark.parametrize(("step", "places"), [(10, 2), (0.5, 2), (0.25, 2), (0.025, 3), (2e-4, 4)])
def test_ticks_have_as_many_places_as_tell_them_apart(step: float, places: int) -> None:
    assert places_for(step) == places


@given(st.floats(0.01, 10_000), st.floats(0.01, 5_000), st.integers(1, 12))
def test_there_are_never_more_ticks_than_have_room(low: float, range_: float, most: int) -> None:
    marks = price_ticks(low, low + range_, most)
    assert len(marks) <= most + 1
    assert all(low - range_ * 1e-6 <= mark <= low + range_ * (1 + 1e-6) for mark in marks)
