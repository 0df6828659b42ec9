"""``qtrade strategy``: what can trade here, and whether a file of one's own could."""

import json
from pathlib import Path

import pytest
from tests.unit.cli.conftest import Qtrade

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "dip_buyer.py"
CHANCE = """
from itertools import count
from qt_trade.model.orders import Side
from qt_trade.model.shares import shares
from qt_trade.trading.strategies.snapshot import Intent
NAME = "chance"
calls = count(1)
def decide(snapshot):
    return [Intent(one, Side.BUY, shares(next(calls)), "x") for one in snapshot.candidates]
"""


def test_the_example_is_tried_and_its_wishes_are_told(qtrade: Qtrade) -> None:
    """For people and for programs."""
    said = qtrade("strategy", "check", str(EXAMPLE))
    assert said.code == 0
    assert "dip-buyer is a strategy" in said.out
    assert "BUY 20 BBB: it fell to RSI 28" in said.out
    told = json.loads(qtrade("strategy", "check", str(EXAMPLE), "--json").out)
    assert told["name"] == "dip-buyer"
    assert [one["symbol"] for one in told["intents"]] == ["AAA", "BBB"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("NAME = 'x'", "there is no function decide(snapshot)"),
        ("NAME = 'x'\ndef decide(s): return 1 / len(s.quotes)", "on an empty snapshot: ZeroDiv"),
        ("NAME = 'x'\ndef decide(s): return [0] if s.quotes else []", "on the example: intent 0"),
        (CHANCE, "the same snapshot gave two answers"),
    ],
)
def test_a_file_that_could_not_trade_is_refused(
    qtrade: Qtrade, tmp_path: Path, text: str, words: str
) -> None:
    """With the reason, on standard error, and exit code 1."""
    file = tmp_path / "x.py"
    file.write_text(text)
    said = qtrade("strategy", "check", str(file))
    assert said.code == 1
    assert words in said.err


def test_presets_and_own_strategies_are_listed(
    qtrade: Qtrade, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what could not be loaded, with the reason."""
    monkeypatch.setenv("QTRADE_STRATEGIES__FILES", json.dumps([str(EXAMPLE), "/gone.py"]))
    told = json.loads(qtrade("strategy", "list", "--json").out)
    assert told["presets"] == ["CONSERVATIVE", "BALANCED", "AGGRESSIVE"]
    assert [one["name"] for one in told["own"]] == ["dip-buyer"]
    assert told["troubles"] == ["/gone.py: there is no such Python file"]
    said = qtrade("strategy", "list")
    assert "BALANCED" in said.out
    assert "dip-buyer" in said.out
    assert "not loaded: /gone.py" in said.out
