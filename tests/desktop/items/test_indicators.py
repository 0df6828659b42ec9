"""EMA, VWAP and RSI against values worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_trade.desktop.items.indicators import ema, paid_so_far, rsi, vwap


def test_an_ema_begins_with_the_mean_and_takes_half_of_each_step() -> None:
    # Period 3: weight 1/2. Mean of 2, 4, 6 is 4; then (4 + 8) / 2 = 6 and (6 + 2) / 2 = 4.
    values = ema(np.array([2.0, 4.0, 6.0, 8.0, 2.0]), 3)
    assert np.isnan(values[:2]).all()
    assert values[2:].tolist() == pytest.approx([4.0, 6.0, 4.0])


def test_wilders_rsi() -> None:
    # Moves +1 +1 −2: gains 2/3, losses 2/3 over three, so 50. Then +3: gains (2/3·2 + 3)/3,
    # losses (2/3·2 + 0)/3, so 100 · 13 / (13 + 4).
    values = rsi(np.array([10.0, 11.0, 12.0, 10.0, 13.0]), 3)
    assert np.isnan(values[:3]).all()
    assert values[3:].tolist() == pytest.approx([50.0, 100 * 13 / 17])


@pytest.mark.parametrize(
    ("closes", "last"), [([1.0, 2, 3, 4], 100.0), ([4.0, 3, 2, 1], 0.0), ([5.0, 5, 5, 5], 50.0)]
)
def test_an_rsi_at_its_ends(closes: list[float], last: float) -> None:
    assert rsi(np.array(closes), 3)[-1] == pytest.approx(last)


def test_a_vwap_weighs_by_volume_and_begins_anew_each_session() -> None:
    high, low, close = np.array([11.0, 21, 31]), np.array([9.0, 19, 29]), np.array([10.0, 20, 30])
    values = vwap(*paid_so_far(high, low, close, np.array([100.0, 300, 50]), np.array([1, 1, 2])))
    assert values.tolist() == pytest.approx([10.0, (10 * 100 + 20 * 300) / 400, 30.0])


def test_a_vwap_is_missing_before_the_first_share() -> None:
    one = np.array([10.0, 10, 10])
    values = vwap(*paid_so_far(one, one, one, np.array([0.0, 0, 5]), np.array([1, 1, 1])))
    assert np.isnan(values).tolist() == [True, True, False]


@pytest.mark.parametrize("count", [0, 1, 19])
def test_too_few_bars_say_nothing(count: int) -> None:
    closes = np.full(count, 10.0)
    assert np.isnan(ema(closes, 20)).all()
    assert np.isnan(rsi(closes, 19)).all()
    session = np.zeros(count, np.int64)
    assert len(vwap(*paid_so_far(closes, closes, closes, closes, session))) == count


@given(
    st.lists(st.floats(1, 1000), min_size=1, max_size=300),
    st.integers(2, 30),
)
def test_blocks_give_what_a_plain_loop_gives(closes: list[float], period: int) -> None:
    weight, plain = 2 / (period + 1), [float("nan")] * len(closes)
    if len(closes) >= period:
        plain[period - 1] = sum(closes[:period]) / period
    for place in range(period, len(closes)):
        plain[place] = plain[place - 1] + weight * (closes[place] - plain[place - 1])
    assert ema(np.array(closes), period).tolist() == pytest.approx(plain, nan_ok=True)
