"""Results: the form for programs, the form for people, and what counts as a missed gate."""

import json

import pytest
from rich.console import Console

from qt_trade.bench.result import (
    Result,
    figure,
    of_repeats,
    quantile,
    ratio_at_least,
    ratio_at_most,
    value_at_most,
)

KEPT = value_at_most("quote to cell", 17.0, "ms", 25.0, 0.5)
MISSED = ratio_at_most("write to watcher", 0.5, "ms", 2.0, 0.1)
PLAIN = figure("quotes", 5000, "quotes")


def test_a_program_reads_exactly_these_keys() -> None:
    """The form every measurement has."""
    shape = json.loads(json.dumps(Result("pipeline", (KEPT, PLAIN)).as_object()))
    assert shape == {
        "bench": "pipeline",
        "rows": [
            {"figure": "quote to cell", "value": 17.0, "unit": "ms", "floor": 0.5, "ratio": 34.0,
             "gate": 25.0, "ok": True},
            {"figure": "quotes", "value": 5000, "unit": "quotes", "floor": None, "ratio": None,
             "gate": None, "ok": True},
        ],
    }  # fmt: skip


def test_a_gate_is_on_the_value_or_on_the_ratio() -> None:
    """At the gate it is kept, above it is missed."""
    assert KEPT.ok
    assert not MISSED.ok
    assert value_at_most("f", 25.0, "ms", 25.0).ok
    assert not value_at_most("f", 25.1, "ms", 25.0).ok
    assert ratio_at_most("f", 0.2, "ms", 2.0, 0.1).ok
    assert Result("b", (KEPT, PLAIN)).ok
    assert not Result("b", (KEPT, MISSED)).ok


def test_a_rate_must_reach_its_share_of_what_is_possible() -> None:
    """There more is better, and the gate says so."""
    assert ratio_at_least("f", 35.0, "1/s", 0.35, 100.0).ok
    missed = ratio_at_least("f", 34.0, "1/s", 0.35, 100.0)
    assert not missed.ok
    console = Console(width=120)
    with console.capture() as shown:
        console.print(Result("b", (missed,), ("nothing else was measured",)).as_table())
    assert "≥ 0.35 ×" in shown.get()
    assert "nothing else was measured" in shown.get()


def test_a_person_reads_a_table() -> None:
    """With its unit at the gate, and what was missed said so."""
    console = Console(width=120, record=True, file=None, quiet=False)
    with console.capture() as shown:
        console.print(Result("b", (KEPT, MISSED, PLAIN)).as_table())
    text = shown.get()
    assert "≤ 25 ms" in text
    assert "≤ 2 ×" in text
    assert "missed" in text
    assert "5,000" in text


def test_a_floor_of_nothing_gives_no_ratio() -> None:
    """Better none than infinite."""
    assert figure("f", 1.0, "ms", 0.0).ratio is None


def test_quantiles_are_values_that_were_measured() -> None:
    """No interpolation; the median of the repeats levels out one bad one."""
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([float(number) for number in range(100)], 0.99) == 99.0
    assert of_repeats([[1.0], [100.0], [2.0]], 0.5) == 2.0
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)
