"""How numbers and times are written."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from qt_trade.desktop.models import format as fmt


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234.5, "1,234.50"),
        (Decimal("-0.75"), "−0.75"),
        (0, "0.00"),
        (-0.001, "0.00"),
        (None, "—"),
        (float("nan"), "—"),
        (float("inf"), "—"),
        (Decimal("NaN"), "—"),
    ],
)
def test_numbers_have_separated_thousands_and_a_wide_minus(value: fmt.Number, text: str) -> None:
    assert fmt.number(value) == text


@pytest.mark.parametrize(
    ("value", "text", "tone"),
    [
        (144, "+144.00", "gain"),
        (Decimal("-55.8"), "−55.80", "loss"),
        (0, "0.00", ""),
        (0.004, "0.00", ""),
        (-0.004, "0.00", ""),
        (0.005001, "+0.01", "gain"),
        (None, "—", "off"),
    ],
)
def test_gains_and_losses_have_signs_and_what_rounds_to_zero_has_none(
    value: fmt.Number | None, text: str, tone: str
) -> None:
    assert fmt.signed(value) == text
    assert fmt.tone(value) == tone


@pytest.mark.parametrize(
    ("value", "text"), [(187.32, "187.32"), (1, "1.00"), (0.1234, "0.1234"), (None, "—")]
)
def test_prices_below_a_dollar_have_four_places(value: float | None, text: str) -> None:
    assert fmt.price(value) == text


@pytest.mark.parametrize(
    ("fraction", "text", "tone", "whole"),
    [
        (0.013, "+1.30%", "gain", "▲ +1.30%"),
        (-0.0054, "−0.54%", "loss", "▼ −0.54%"),
        (0.00001, "0.00%", "", "0.00%"),
        (None, "—", "off", "—"),
        (Decimal("0.5"), "+50.00%", "gain", "▲ +50.00%"),
    ],
)
def test_percentages_have_triangle_sign_and_tone(
    fraction: fmt.Number | None, text: str, tone: str, whole: str
) -> None:
    assert fmt.percent(fraction) == text
    assert fmt.percent_tone(fraction) == tone
    assert fmt.with_triangle(text, tone) == whole


def test_shares_have_no_sign() -> None:
    assert (fmt.share(0.108), fmt.share(0.61, 0), fmt.share(None)) == ("10.8%", "61%", "—")


@pytest.mark.parametrize(
    ("shares", "text"),
    [
        (48_200_000, "48.2 M"),
        (412_600, "412.6 K"),
        (940, "940"),
        (999, "999"),
        (999_949, "999.9 K"),
        (999_950, "1.0 M"),
        (2_500_000_000, "2.5 B"),
        (0, "0"),
        (None, "—"),
    ],
)
def test_volumes_are_short(shares: int | None, text: str) -> None:
    assert fmt.volume(shares) == text


def test_quantities_are_whole() -> None:
    assert (fmt.quantity(1200), fmt.quantity(-60), fmt.quantity(None)) == ("1,200", "−60", "—")


def test_a_spread_is_measured_against_the_middle() -> None:
    assert fmt.spread_bp(99.95, 100.05) == pytest.approx(10.0)
    assert fmt.spread_bp(None, 100.05) is None
    assert fmt.spread_bp(99.95, float("nan")) is None
    assert fmt.spread_bp(0.0, 0.0) is None


@pytest.mark.parametrize(
    ("basis_points", "cell"),
    [
        (1.0, ("1 bp", "")),
        (10.0, ("10 bp", "")),
        (10.4, ("10 bp", "")),
        (10.6, ("⚠ 11 bp", "warn")),
        (17.2, ("⚠ 17 bp", "warn")),
        (-3.0, ("⚠ −3 bp", "warn")),
        (None, ("—", "off")),
    ],
)
def test_wide_and_crossed_spreads_are_amber_with_a_sign(
    basis_points: float | None, cell: tuple[str, str]
) -> None:
    assert fmt.spread(basis_points) == cell


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.84, "0.8 s"),
        (9.99, "9.9 s"),
        (10, "10 s"),
        (42.4, "42 s"),
        (119, "119 s"),
        (120, "2 min"),
        (3599, "59 min"),
        (8040, "2:14 h"),
        (86_399, "23:59 h"),
        (432_000, "5 d"),
        (-1, "0.0 s"),
    ],
)
def test_lengths_of_time_take_the_unit_that_reads_best(seconds: float, text: str) -> None:
    assert fmt.span(seconds) == text


def test_an_age_that_never_was_is_missing() -> None:
    assert (fmt.age(None), fmt.age(float("nan")), fmt.age(0.3)) == ("—", "—", "0.3 s")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(192, "3:12"), (0.2, "0:01"), (0, "0:00"), (-5, "0:00"), (7500, "2:05:00")],
)
def test_count_downs_end_at_zero_and_not_before(seconds: float, text: str) -> None:
    assert fmt.countdown(seconds) == text


def test_the_clock_is_new_yorks_in_summer_and_winter() -> None:
    assert fmt.clock(datetime(2013, 10, 7, 13, 30, 5, tzinfo=UTC)) == "09:30:05"
    assert fmt.clock(datetime(2013, 12, 2, 14, 30, 5, tzinfo=UTC)) == "09:30:05"
    assert fmt.clock(None) == "—"
