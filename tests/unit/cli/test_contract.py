"""``qtrade contract``: complete, exact about what is wrong, and honest about what breaks."""

import io
import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.unit.cli.conftest import Qtrade
from tests.unit.contract import make

from qt_trade.cli import docs
from qt_trade.contract import registry
from qt_trade.contract.codec import Codec
from qt_trade.contract.exports import files

DESIGN = """\
trading_settings trading_status system_status risk_settings portfolio_positions market_data
market_status predictions_current multi_api_enhanced_data multi_api_enhanced_stats
yfinance:{SYMBOL} yfinance_enhanced:{SYMBOL} dynamic_tickers ml_training_status
autotrading:backend_status autotrading:session_active autotrading:stats autotrading:error
backend:trading_performance backend:grok_candidates backend:active_orders backend:recent_trades
backend:portfolio_summary backend:ml_predictions_enhanced backend:ml_trading_signals
backend:system_health backend:alerts_active
trades_log backend:order_events
quotes:{SYMBOL}
autotrading:enabled autotrading:status frontend:trading_config frontend:bot_strategy
frontend:portfolio_settings frontend:ui_state
frontend:manual_orders frontend:emergency_actions
session:{ID} sessions:active
"""
"""Every key that the design names, in its order."""
RISK = Codec(registry.RISK_SETTINGS).encode(make.risk())


def test_list_names_every_key_of_the_design(qtrade: Qtrade) -> None:
    """With kind, payload, writers, readers and how fresh it must be."""
    said = qtrade("contract", "list", "--json")
    assert said.code == 0
    rows = {row["key"]: row for row in json.loads(said.out)}
    assert set(DESIGN.split()) <= set(rows)
    assert len(rows) == len(registry.KEYS)
    status = rows["trading_status"]
    assert (status["kind"], status["payload"]) == ("document", ["TradingStatus"])
    assert (status["writers"], status["stale_after_s"]) == (["engine"], 10.0)
    assert "frontend" in status["readers"]
    assert rows["trades_log"]["cap"] == 200
    assert rows["session:{ID}"]["ttl_s"] == 15.0
    table = qtrade("contract", "list").out
    assert all(name in table for name in DESIGN.split())


def test_show_tells_how_a_key_travels_and_what_is_in_it(qtrade: Qtrade) -> None:
    """By its name, by a member of its family, by the name of its schema's file."""
    said = qtrade("contract", "show", "frontend:manual_orders")
    assert said.code == 0
    for words in ("XADD frontend:manual_orders", "SubmitOrder", "limit_price", "CancelOrder"):
        assert words in said.out
    assert '"ACTIVE" or "STOPPED"' in qtrade("contract", "show", "autotrading:status").out
    schema = json.loads(qtrade("contract", "show", "quotes:AAPL", "--json").out)
    assert schema["schema"]["title"] == "quotes:{SYMBOL}"
    assert qtrade("contract", "show", "session.ID", "--json").code == 0


def test_an_unknown_key_is_answered_with_the_closest(qtrade: Qtrade) -> None:
    """A misspelt name is the usual case."""
    said = qtrade("contract", "show", "trading_statu")
    assert said.code == 2
    assert "trading_statu is no key of the contract; did you mean trading_status" in said.err
    assert "`qtrade contract list` shows all" in qtrade("contract", "show", "zzz").err


def test_export_equals_the_committed_files(qtrade: Qtrade, tmp_path: Path) -> None:
    """What a person exports is what the repository holds, to the byte."""
    said = qtrade("contract", "export", str(tmp_path / "out"), "--json")
    assert said.code == 0
    committed = Path(__file__).parents[3] / "docs" / "contract"
    found = json.loads(said.out)
    assert found["files"] == found["changed"]
    for name in found["files"]:
        assert (tmp_path / "out" / name).read_bytes() == (committed / name).read_bytes(), name
    on_disk = {str(path.relative_to(committed)) for path in committed.rglob("*.*")}
    assert {name for name in on_disk if not name.endswith("schemas")} == set(found["files"])
    again = qtrade("contract", "export", str(tmp_path / "out"))
    assert re.search(r"\d+ files, 0 of them changed", again.out)


def test_an_export_into_a_file_is_refused(qtrade: Qtrade, tmp_path: Path) -> None:
    """In one line."""
    (tmp_path / "file").write_text("")
    said = qtrade("contract", "export", str(tmp_path / "file"))
    assert said.code == 1
    assert str(tmp_path / "file") in said.err


@pytest.mark.parametrize(
    ("key", "before", "after", "words"),
    [
        ("risk_settings", b'"cooldown_min":30', b'"cooldown_min":"30"',
         "$.cooldown_min: Expected `int`, got `str`; right would be: whole number"),
        ("risk_settings", b'"REPLAY"', b'"LIVE"',
         '$.feed: Invalid enum value \'LIVE\'; right would be: "REAL-TIME" or "DELAYED" or'),
        ("risk_settings", b'"cooldown_min":30', b'"cooldown_mins":30',
         "right would be: `cooldown_min`?"),
        ("risk_settings", b',"cooldown_min":30', b"",
         "Object missing required field `cooldown_min`; right would be: `cooldown_min`: whole"),
        ("risk_settings", b'"cash_reserve":10000', b'"cash_reserve":-1',
         "$.cash_reserve: cash_reserve is -1; it must not be negative\n"),
        ("risk_settings", b'"position_weight_max":0.15', b'"position_weight_max":15',
         "$.position_weight_max: Expected `float` <= 1.0; right would be: number 0..1"),
        ("risk_settings", b"}", b"", "$: Input data was truncated\n"),
    ],
)  # fmt: skip
def test_validate_names_the_field_and_what_would_be_right(
    qtrade: Qtrade, tmp_path: Path, key: str, before: bytes, after: bytes, words: str
) -> None:
    """The first wrong field, in words a person can act on; exit code 1."""
    assert before in RISK
    file = tmp_path / "message.json"
    file.write_bytes(RISK.replace(before, after, 1))
    said = qtrade("contract", "validate", key, str(file))
    assert said.code == 1
    assert words in said.out
    found = json.loads(qtrade("contract", "validate", key, str(file), "--json").out)
    assert not found["valid"]
    assert f"risk_settings: {found['path']}: {found['reason']}" in said.out


def test_validate_reads_files_and_its_input(
    qtrade: Qtrade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fits is said to; a word may come with a line feed; a missing file is a refusal."""
    file = tmp_path / "message.json"
    file.write_bytes(RISK)
    said = qtrade("contract", "validate", "risk_settings", str(file))
    assert (said.code, said.out) == (0, "risk_settings: valid\n")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"ACTIVE\n")))
    assert qtrade("contract", "validate", "autotrading:status", "-").code == 0
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"MAYBE")))
    said = qtrade("contract", "validate", "autotrading:status", "-")
    assert said.code == 1
    assert "'MAYBE' is none of ACTIVE, STOPPED" in said.out
    assert qtrade("contract", "validate", "risk_settings", str(tmp_path / "no")).code == 2


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (
            {"action": "buy"},
            '$.action: Invalid value \'buy\'; right would be: "submit" or "replace" or "cancel" or "accept"',
        ),
        ({"action": "cancel", "order": "x"}, "unknown field `order`; right would be: `order_id`?"),
    ],
)
def test_validate_knows_what_a_command_may_be(
    qtrade: Qtrade, tmp_path: Path, order: dict[str, str], words: str
) -> None:
    """Of several payloads each says its own."""
    file = tmp_path / "order.json"
    file.write_text(json.dumps(order))
    assert words in qtrade("contract", "validate", "frontend:manual_orders", str(file)).out


def test_diff_exits_with_1_when_a_peer_breaks(qtrade: Qtrade, tmp_path: Path) -> None:
    """And with 0 when nothing or only harmless things changed."""
    old = files.contract_files()
    files.write(tmp_path, old)
    said = qtrade("contract", "diff", str(tmp_path))
    assert (said.code, said.out) == (0, "nothing changed\n")
    (tmp_path / "schemas" / "quotes.SYMBOL.schema.json").unlink()
    safe = qtrade("contract", "diff", str(tmp_path), "--json")
    assert safe.code == 0
    assert json.loads(safe.out)["changes"][0]["words"] == "a new key"
    status = tmp_path / "schemas" / "autotrading.status.schema.json"
    status.write_text(status.read_text().replace('"STOPPED"', '"STOPPED",\n"PAUSED"'))
    said = qtrade("contract", "diff", str(tmp_path))
    assert said.code == 1
    assert '"PAUSED" is no longer among the words' in said.out
    assert "writers" in said.out
    assert json.loads(qtrade("contract", "diff", str(tmp_path), "--json").out)["breaking"] == 1


def test_diff_refuses_what_is_no_export(qtrade: Qtrade, tmp_path: Path) -> None:
    """With the way to one."""
    said = qtrade("contract", "diff", str(tmp_path))
    assert said.code == 2
    assert "holds no schemas; `qtrade contract export DIR` writes them" in said.err


def test_the_committed_files_are_all_that_docs_makes() -> None:
    """`make docs` writes them; a forgotten one would be out of date for ever."""
    made = {name.removeprefix("contract/") for name in docs.pages() if name.startswith("contract/")}
    assert made == set(files.contract_files())
