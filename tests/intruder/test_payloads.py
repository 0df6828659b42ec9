"""Somebody who has a trader's password sends what no program of ours would."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.end_to_end.stack import running_stack
from tests.intruder.house import House, until

from qt_trade.contract.registry import MANUAL_ORDERS

ORDERS = MANUAL_ORDERS.name
OPTIONS = ("--feed", "simulation", "--speed", "10")
NO_ORDERS = {
    "nothing": b"",
    "no JSON": b"buy all of it",
    "half a JSON": b'{"action": "submit", "command_id": "half',
    "null": b"null",
    "a list": b"[]",
    "a number": b"1e999",
    "no text": b"\xff\xfe\x00\x01",
    "nested too deeply": b"[" * 100_000,
    "nested objects": b'{"a":' * 100_000,
    "five million bytes": b'{"command_id": "big", "symbol": "' + b"A" * 5_000_000 + b'"}',
    "a price that is none": b'{"command_id": "nan", "order_type": "LIMIT", "limit_price": NaN}',
    "an infinite price": b'{"command_id": "inf", "limit_price": Infinity}',
    "many zeros": b"0" * 60_000,
    "a script": b"<script>alert(1)</script>",
    "a pickle": b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94",
}
"""Bodies that name no command id which could be answered, or are no orders at all."""
WRONG_FIELDS: dict[str, dict[str, Any]] = {
    "an unknown action": {"action": "drop"},
    "an unknown field": {"admin": True},
    "a negative quantity": {"quantity": -1},
    "no quantity": {"quantity": 0},
    "a quantity in words": {"quantity": "1; DROP TABLE journal"},
    "a quantity that is true": {"quantity": True},
    "a share finer than any broker books": {"quantity": 0.12345678901},
    "more shares than numbers": {"quantity": 10**400},
    "a negative price": {"order_type": "LIMIT", "limit_price": -1},
    "an endless price": {"order_type": "LIMIT", "limit_price": "9" * 5000},
    "a market order with a price": {"limit_price": 1},
    "SQL for a symbol": {"symbol": "A'; DROP TABLE journal;--"},
    "a path for a symbol": {"symbol": "../../etc/passwd"},
    "two lines for a symbol": {"symbol": "AAPL\nFLUSHALL"},
    "a long symbol": {"symbol": "A" * 10_000},
    "a symbol of zeros": {"symbol": "AAPL\u0000"},
    "another side": {"side": "STEAL"},
    "another feed": {"feed": "REAL-TIME"},
    "an unknown feed": {"feed": "LIVE"},
    "an old order": {"ts": "2001-01-01T00:00:00Z"},
    "no time": {"ts": "now"},
    "a time without a zone": {"ts": "2026-11-25T10:00:00"},
    "a session that is a key": {"session_id": "x\r\nDEL trading_status"},
    "a session that is a list": {"session_id": ["honest"]},
}
"""Orders that are wrong in one field, and say which command they are."""
NO_DOCUMENTS: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"\xff\x00",
    "nested too deeply": b"[" * 100_000,
    "five million bytes": b'"' + b"A" * 5_000_000 + b'"',
    "an empty object": b"{}",
    "only the switch": b'{"enabled": true}',
}
DOCUMENTS = ("autotrading:enabled", "autotrading:status", "risk_settings")
"""Documents of a frontend that the engine lives by."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house") / "data"
    with running_stack(folder, *OPTIONS) as stack:
        house = House(stack)
        yield house
        house.is_unharmed()
        house.close()
        assert stack.stop() == 0, stack.logs()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("what", NO_ORDERS)
def test_what_is_no_order_is_refused_and_counted(house: House, what: str) -> None:
    """It leaves the queue, stands among the refused, cut short, and harms nobody."""
    before = len(house.letters(ORDERS))
    house.send({"d": NO_ORDERS[what]})
    letter = house.until_refused(ORDERS, before)
    assert letter["reason"]
    assert len(letter["raw"]) <= 2000
    house.is_unharmed()


@pytest.mark.parametrize("what", WRONG_FIELDS)
def test_a_wrong_order_is_answered_with_what_is_wrong(house: House, what: str) -> None:
    """The reply names the field; nothing is bought."""
    order = house.order(house.session("honest"), **WRONG_FIELDS[what])
    reply = house.ask(order)
    assert reply["accepted"] is False
    assert reply["order_id"] is None
    assert reply["reason"]
    house.is_unharmed()


@pytest.mark.parametrize(
    "command_id", ["", " ", "a b", "a\r\nb", "x" * 10_000, "../reply", "\u0000", 7, None, ["x"]]
)
def test_a_hostile_command_id_reaches_no_key(house: House, command_id: object) -> None:
    """It would become part of the reply's key: what does not fit is not answered."""
    before = len(house.letters(ORDERS))
    house.send({"d": json.dumps(house.order(house.session("honest"), command_id=command_id))})
    house.until_refused(ORDERS, before)
    house.is_unharmed()


@pytest.mark.parametrize(
    "fields",
    [{"x": "y"}, {"r": "me"}, {"d": "{}", "r": b"\xff" * 100}, {"d": "{}", "r": "x" * 1_000_000}],
    ids=["a strange field", "no body", "no text to reply to", "a long name to reply to"],
)
def test_a_strange_entry_harms_nobody(house: House, fields: dict[Any, Any]) -> None:
    """Fields that no client of ours writes."""
    house.send(fields)
    house.is_unharmed()


def test_a_reply_cannot_be_sent_to_anothers_channel(house: House) -> None:
    """The name to reply to is only ever the end of a replies: channel."""
    with house.trader.pubsub() as heard:
        heard.subscribe("trading_status", "replies:trading_status")
        while (confirmed := heard.get_message(timeout=5)) and confirmed["data"] != 2:
            pass
        order = house.order("forged")
        house.send({"d": json.dumps(order), "r": "trading_status"})
        pushed = []
        until(lambda: pushed.append(heard.get_message(timeout=1)) or _replies(pushed))
    (reply,) = _replies(pushed)
    assert json.loads(reply["data"])["command_id"] == order["command_id"]
    told = [one["data"] for one in pushed if one and one["channel"] == b"trading_status"]
    assert not any(order["command_id"].encode() in data for data in told)


def _replies(pushed: list[Any]) -> list[Any]:
    return [one for one in pushed if one and one["channel"] == b"replies:trading_status"]


def test_a_forged_session_trades_nothing(house: House) -> None:
    """An id that nobody has opened."""
    reply = house.ask(house.order("nobody-at-all"))
    assert not reply["accepted"]
    assert "unknown or has expired" in reply["reason"]


def test_an_expired_session_trades_nothing(house: House) -> None:
    """It was right a moment ago."""
    session = house.session("short-lived")
    assert house.ask(house.order(session))["order_id"] is not None
    house.trader.pexpire(f"session:{session}", 1)
    until(lambda: not house.trader.exists(f"session:{session}"))
    reply = house.ask(house.order(session))
    assert not reply["accepted"]
    assert "unknown or has expired" in reply["reason"]


def test_a_viewers_session_trades_nothing(house: House) -> None:
    """Not even through a trader's connection."""
    session = house.session("viewer-7", house.viewer, role="viewer")
    reply = house.ask(house.order(session))
    assert not reply["accepted"]
    assert "look, not trade" in reply["reason"]


def test_a_viewer_cannot_call_itself_a_trader(house: House) -> None:
    """Redis lets it write only ids that begin with viewer-, and those are no traders."""
    before = len(house.letters("session:viewer-8"))
    session = house.session("viewer-8", house.viewer, role="trader")
    assert house.until_refused("session:viewer-8", before)["path"] == "$.role"
    reply = house.ask(house.order(session))
    assert not reply["accepted"]
    assert "viewer" in reply["reason"]


def test_a_session_at_anothers_key_trades_nothing(house: House) -> None:
    """The id inside must be the id of the key."""
    house.session("mine", session_id="honest")
    house.trader.set("session:mine", house.trader.get("session:mine") or b"", px=60_000)
    reply = house.ask(house.order("mine"))
    assert not reply["accepted"]


@pytest.mark.parametrize("what", NO_DOCUMENTS)
@pytest.mark.parametrize("key", DOCUMENTS)
def test_a_hostile_document_is_refused_and_starts_nothing(
    house: House, key: str, what: str
) -> None:
    """Written past the contract by a plain SET: counted with its reason, and nothing trades."""
    kept = house.trader.get(key)
    before = len(house.letters(key))
    house.trader.set(key, NO_DOCUMENTS[what])
    letter = house.until_refused(key, before)
    assert letter["reason"]
    status = json.loads(house.trader.get("trading_status") or b"{}")
    assert status["active"] is False
    if kept is None:
        house.trader.delete(key)
    else:
        house.trader.set(key, kept)
    until(house.trades)
    house.is_unharmed()


@pytest.mark.parametrize("what", NO_DOCUMENTS)
def test_a_hostile_session_is_nobodys(house: House, what: str) -> None:
    """It opens nothing, and the list of the living does not know it."""
    house.trader.set("session:hostile", NO_DOCUMENTS[what], px=60_000)
    reply = house.ask(house.order("hostile"))
    assert not reply["accepted"]
    active = json.loads(house.trader.get("sessions:active") or b"{}")
    assert "hostile" not in [one["session_id"] for one in active["sessions"]]
    house.trader.delete("session:hostile")
    house.is_unharmed()


def test_a_flood_of_damage_is_taken_and_an_honest_order_follows(house: House) -> None:
    """A thousand damaged commands at once: none is lost from sight, and the queue goes on."""
    pipeline = house.trader.pipeline(transaction=False)
    for number in range(1000):
        pipeline.xadd(ORDERS, {"d": f"damage {number}"})
    pipeline.execute()
    house.is_unharmed()
