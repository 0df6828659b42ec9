"""What a change of the contract does to peers that do not change with it."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from qt_trade.contract import registry
from qt_trade.contract.exports import changes, files, schemas
from qt_trade.contract.exports.changes import Change

READERS, WRITERS, BOTH, NOBODY = ("readers",), ("writers",), ("readers", "writers"), ()
BACKEND, SETTING, SHARED = "trading_status", "autotrading:enabled", "risk_settings"
COMMAND, INTERNAL = "frontend:manual_orders", "backend:trading_cycle"


def schema(key: str) -> schemas.Schema:
    (found,) = (one for one in registry.KEYS if one.name == key)
    return schemas.schema_of(found)


def definition(one: schemas.Schema, name: str) -> Any:
    return one["$defs"][name]


def drop(field: str) -> Any:
    def change(part: Any) -> None:
        del part["properties"][field]
        part["required"].remove(field)

    return change


def add(field: str, *, demanded: bool) -> Any:
    def change(part: Any) -> None:
        part["properties"][field] = {"type": "string"}
        if demanded:
            part["required"].append(field)

    return change


def put(field: str, **words: Any) -> Any:
    return lambda part: part["properties"][field].update(words)


def of_type(field: str, value: Any) -> Any:
    return lambda part: part["properties"].update({field: value})


def words(*listed: str) -> Any:
    return lambda part: part.update(enum=list(listed))


def strict(part: Any) -> None:
    part["additionalProperties"] = False


def tolerant(part: Any) -> None:
    del part["additionalProperties"]


CASES = [
    # What the backend writes: only its readers can break.
    (BACKEND, "TradingStatus", drop("can_trade"), "$.can_trade", "the field is gone", READERS),
    (BACKEND, "TradingStatus", add("more", demanded=True), "$.more",
     "a new field that must be there", NOBODY),
    (BACKEND, "TradingStatus", of_type("active", {"type": "string"}), "$.active",
     "text is taken, too", READERS),
    (BACKEND, "TradingStatus", put("trades_today", minimum=-1), "$.trades_today",
     "its minimum was 0 and is -1", READERS),
    (BACKEND, "TradingStatus", put("trades_today", minimum=5), "$.trades_today",
     "its minimum was 0 and is 5", NOBODY),
    (BACKEND, "TradingStatus", of_type("trades_today", {"type": "number", "minimum": 0,
     "maximum": 2**53 - 1}), "$.trades_today", "fractions are taken now", READERS),
    (BACKEND, "BackendStatus", words("RUNNING", "STOPPED", "MARKET_CLOSED", "ERROR",
     "CONFIG_ERROR", "STALE_DATA", "RISK_BLOCKED", "PAUSED", "ASLEEP"), "$.status",
     '"ASLEEP" is a new word', READERS),
    (BACKEND, "BackendStatus", words("RUNNING", "STOPPED", "MARKET_CLOSED", "ERROR", "STALE_DATA",
     "RISK_BLOCKED", "PAUSED"), "$.status",
     '"CONFIG_ERROR" is no longer among the words', NOBODY),
    (BACKEND, "TradingStatus", strict, "$", "unknown fields are refused now", NOBODY),
    (BACKEND, "Check", drop("words"), "$.checks[...].words", "the field is gone", READERS),
    # What a frontend alone writes, and frontends read, too.
    (SETTING, "AutoTradingConfig", add("more", demanded=True), "$.more",
     "a new field that must be there", BOTH),
    (SETTING, "AutoTradingConfig", drop("stop_loss_pct"), "$.stop_loss_pct", "the field is gone",
     BOTH),
    (SETTING, "AutoTradingConfig", put("confidence_min", minimum=0.6), "$.confidence_min",
     "its minimum was 0.5 and is 0.6", WRITERS),
    (SETTING, "AutoTradingConfig", tolerant, "$", "unknown fields are read over now", READERS),
    (SETTING, "Strategy", words("CONSERVATIVE", "BALANCED"), "$.strategy",
     '"AGGRESSIVE" is no longer among the words', WRITERS),
    (SHARED, "RiskSettings", of_type("cash_reserve", {"type": "number", "minimum": 0,
     "maximum": 10**12}), "$.cash_reserve", "text is no longer taken", WRITERS),
    (SHARED, "RiskSettings", of_type("updated_by", {"anyOf": [{"type": "string"},
     {"type": "null"}]}), "$.updated_by", "null is taken, too", READERS),
    # Commands are read by the engine alone.
    (COMMAND, "SubmitOrder", add("more", demanded=False), "$.more", "a new field", NOBODY),
    (COMMAND, "SubmitOrder", add("more", demanded=True), "$.more",
     "a new field that must be there", WRITERS),
    (COMMAND, "SubmitOrder", drop("time_in_force"), "$.time_in_force", "the field is gone", WRITERS),
    (COMMAND, "SubmitOrder", put("symbol", pattern="^[A-Z]+$"), "$.symbol", "its pattern was",
     WRITERS),
    (SHARED, "RiskSettings", put("position_shares_max", maximum=100), "$.position_shares_max",
     "its maximum was 1000000000 and is 100", WRITERS),
    (COMMAND, "SubmitOrder", lambda part: part.update({"else": {}}), "$", 'the rule "else" changed',
     WRITERS),
    (COMMAND, "CancelOrder", of_type("action", {"const": "withdraw"}), "$",
     'an object with action "cancel" is no longer taken', WRITERS),
    # Between roles, which are replaced together.
    (INTERNAL, "TradingCycleRequest", drop("slot"), "$.slot", "the field is gone", NOBODY),
]  # fmt: skip


@pytest.mark.parametrize(("key", "part", "change", "path", "said", "breaks"), CASES)
def test_a_changed_payload(
    key: str, part: str, change: Any, path: str, said: str, breaks: tuple[str, ...]
) -> None:
    """One change at one place, told once with its path and its victims."""
    old = schema(key)
    new = copy.deepcopy(old)
    change(definition(new, part))
    found = changes.changes({"f": old}, {"f": new})
    (told,) = [one for one in found if one.words.startswith(said)]
    assert told == Change(key, path, told.words, breaks)
    others = [one for one in found if one is not told]
    assert all(one.path == path for one in others)


@pytest.mark.parametrize(
    ("key", "fact", "value", "breaks"),
    [
        (BACKEND, "kind", "log", READERS),
        (SETTING, "framing", "word", BOTH),
        (SETTING, "foreign_writers", False, WRITERS),
        (SETTING, "writers", [], WRITERS),
        (BACKEND, "readers", ["engine"], READERS),
        (BACKEND, "writers", ["engine", "worker"], NOBODY),
        (BACKEND, "stale_after_s", 60, NOBODY),
        ("session:{ID}", "ttl_s", 3, WRITERS),
        ("session:{ID}", "ttl_s", 60, NOBODY),
        ("session:{ID}", "plain", False, BOTH),
        ("trades_log", "cap", 100, NOBODY),
        (SETTING, "bytes_max", 10, WRITERS),
        (BACKEND, "bytes_max", 10**9, READERS),
    ],
)
def test_a_changed_declaration(key: str, fact: str, value: Any, breaks: tuple[str, ...]) -> None:
    """Kind, framing, parties and rhythm are part of what peers rely on."""
    old = schema(key)
    new = copy.deepcopy(old)
    new["x-contract"][fact] = value
    found = changes.changes({"f": old}, {"f": new})
    assert found
    assert {who for one in found for who in one.breaks} == set(breaks)
    assert all(fact in one.words or "among its" in one.words for one in found)


def test_a_new_key_breaks_nobody_and_a_lost_one_all_who_used_it() -> None:
    """Readers and writers as far as they are outside."""
    status, setting, internal = schema(BACKEND), schema(SETTING), schema(INTERNAL)
    assert changes.changes({}, {"f": status}) == [Change(BACKEND, "$", "a new key", NOBODY)]
    lost = changes.changes({"a": status, "b": setting, "c": internal}, {})
    assert [one.breaks for one in lost] == [READERS, BOTH, NOBODY]


def test_words_about_it_are_no_change() -> None:
    """Descriptions and the names of types may be mended at any time."""
    old = schema(BACKEND)
    text = json.dumps(old).replace("TradingStatus", "EngineState")
    new = json.loads(text) | {"description": "Otherwise."}
    assert changes.changes({"f": old}, {"f": new}) == []


def test_an_export_is_found_in_its_folder_or_the_one_above(tmp_path: Path) -> None:
    """And what is none is named."""
    files.write(tmp_path, files.contract_files())
    assert changes.load(tmp_path) == changes.load(tmp_path / "schemas")
    assert len(changes.load(tmp_path)) == len(registry.KEYS) + 1
    (tmp_path / "schemas" / "quotes.SYMBOL.schema.json").write_text("{")
    with pytest.raises(changes.NoExportError, match=r"quotes\.SYMBOL"):
        changes.load(tmp_path)
    (tmp_path / "schemas" / "quotes.SYMBOL.schema.json").write_text("{}")
    with pytest.raises(changes.NoExportError, match="no schema of the contract"):
        changes.load(tmp_path)
    with pytest.raises(changes.NoExportError, match="holds no schemas"):
        changes.load(tmp_path / "nowhere")


def test_writing_removes_what_is_no_more_only_when_told_to(tmp_path: Path) -> None:
    """A person's own schemas beside an export are his."""
    own = tmp_path / "own.schema.json"
    own.write_text("{}")
    files.write(tmp_path, {"a.txt": "a"})
    assert own.is_file()
    assert files.differing(tmp_path, {"a.txt": "a"}) == ["own.schema.json"]
    assert files.write(tmp_path, {"a.txt": "b"}, prune=True) == ["a.txt", "own.schema.json"]
    assert not own.is_file()
