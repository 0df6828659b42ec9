"""The schemas held against the validators, both ways: what one takes or refuses the other does."""

import json
import re
from functools import cache
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect
from tests.unit.contract.mutations import as_json, mutations
from tests.unit.contract.strategies import values
from tests.unit.contract.test_codec import codec_of
from tests.unit.contract.test_mutations import objects

from qt_trade.contract import registry
from qt_trade.contract.codec import AMOUNT_MAX
from qt_trade.contract.endpoints import Document, Endpoint, Framing
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.exports import schemas
from qt_trade.contract.exports.rules import AMOUNT_RULES, CROSS_FIELD_RULES
from qt_trade.contract.payloads.commands import Reply

every_key = pytest.mark.parametrize("endpoint", registry.KEYS, ids=lambda key: key.name)
AMOUNT = registry.EQUITY
"""A key with an amount in it, as the simplest of its kind."""


@cache
def validator(endpoint: Endpoint[Any]) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schemas.schema_of(endpoint), validate_formats=True)


def seen_by_a_schema(endpoint: Endpoint[Any], data: bytes) -> Any:
    """Return what a schema judges: the JSON, or the word as text."""
    return data.decode() if schemas.is_word(endpoint) else json.loads(data)


def on_the_way(error: jsonschema_rs.ValidationError, steps: tuple[str | int, ...]) -> bool:
    """Whether an error is at a place, or above it, where a value may be one of several."""
    # jsonschema-rs leaves an empty key out of its paths.
    found = [str(step) for step in error.instance_path if step != ""]
    return found == [str(step) for step in steps if step != ""][: len(found)]


@every_key
def test_every_schema_is_one(endpoint: Endpoint[Any]) -> None:
    """It fits the schema of schemas, refers to nothing outside itself, and tells its key."""
    schema = schemas.schema_of(endpoint)
    jsonschema_rs.meta.validate(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["x-contract"]["key"] == schema["title"] == endpoint.name
    text = schemas.to_text(schema)
    assert set(re.findall(r'"\$ref": "#/\$defs/(\w+)"', text)) == set(schema.get("$defs", ()))
    assert set(re.findall(r'"\$ref": "([^"]+)"', text)) <= {
        f"#/$defs/{name}" for name in schema.get("$defs", ())
    }
    assert r"(?!" not in text, "not every reader of patterns looks ahead"


def test_every_key_has_a_file_of_its_own() -> None:
    """Names that any file system takes; the reply is one more."""
    files = schemas.schema_files()
    assert len(files) == len(registry.KEYS) + 1
    assert all(re.fullmatch(r"[A-Za-z_]+(\.[A-Za-z_]+)*\.schema\.json", name) for name in files)
    jsonschema_rs.meta.validate(schemas.reply_schema())


@every_key
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_what_is_written_fits_its_schema(endpoint: Endpoint[Any], data: st.DataObject) -> None:
    """Any payload as its codec writes it."""
    written = codec_of(endpoint).encode(data.draw(values(endpoint.payload)))
    validator(endpoint).validate(seen_by_a_schema(endpoint, written))


@objects
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_what_a_validator_refuses_its_schema_refuses_at_the_same_place(
    endpoint: Endpoint[Any], data: st.DataObject
) -> None:
    """A schema may stop earlier on the way: where a value may be one of several."""
    codec = codec_of(endpoint)
    whole = as_json(codec.encode(data.draw(values(endpoint.payload))))
    mutation = data.draw(st.sampled_from(mutations(endpoint.payload, whole)))
    mutated = mutation.applied_to(whole)
    with pytest.raises(InvalidMessageError):
        codec.decode(msgspec.json.encode(mutated))
    errors = list(validator(endpoint).iter_errors(mutated))
    assert errors, mutation
    assert any(on_the_way(error, mutation.steps) for error in errors)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_whatever_fits_a_schema_is_taken(data: st.DataObject) -> None:
    """The other way round: amounts and moments in every notation that their schemas allow."""
    endpoint = data.draw(st.sampled_from([AMOUNT, registry.RISK_SETTINGS]))
    whole = as_json(codec_of(endpoint).encode(data.draw(values(endpoint.payload))))
    definitions = schemas.schema_of(endpoint)["$defs"]
    moment = data.draw(st.from_regex(definitions["Moment"]["pattern"], fullmatch=True))
    amount = data.draw(
        st.one_of(
            st.sampled_from(sorted(set(definitions) & {"Amount", "AmountNotNegative"})).flatmap(
                lambda name: st.from_regex(definitions[name]["anyOf"][1]["pattern"], fullmatch=True)
            ),
            st.integers(-int(AMOUNT_MAX) - 1, int(AMOUNT_MAX) + 1),
            # No schema can count the decimal places of a number: six of them, as is promised.
            st.integers(-(10**18), 10**18).map(lambda micro: micro / 10**6),
        )
    )
    whole |= {"ts": moment, "total_value": amount} if endpoint is AMOUNT else {
        "ts": moment, "cash_reserve": amount
    }  # fmt: skip
    if validator(endpoint).is_valid(whole):
        codec_of(endpoint).decode(msgspec.json.encode(whole))


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("0", True), ("12.34", True), ("+12.", True), (".5", True), ("-0.000001", True),
        ("1000000000000", True), ("000999999999999.999999", True), ("1000000000000.00", True),
        ("1000000000000.01", False), ("1000000000001", False), ("9999999999999", False),
        ("NaN", False), ("Infinity", False), ("", False), ("1,000", False), ("0x10", False),
    ],
)  # fmt: skip
def test_an_amount_as_text(text: str, taken: bool) -> None:  # noqa: FBT001
    """To the last digit at the bound, by schema and validator alike."""
    whole = as_json(codec_of(AMOUNT).encode(_equity())) | {"total_value": text}
    assert validator(AMOUNT).is_valid(whole) == taken
    if taken:
        codec_of(AMOUNT).decode(msgspec.json.encode(whole))
    else:
        with pytest.raises(InvalidMessageError):
            codec_of(AMOUNT).decode(msgspec.json.encode(whole))


def _equity() -> Any:
    found: list[Any] = []

    @settings(max_examples=1, database=None)
    @given(values(AMOUNT.payload))
    def draw(value: Any) -> None:
        found.append(value)

    draw()
    return found[0]


@pytest.mark.parametrize("written", ["1E+5", " 1 ", "1_000"])
def test_where_the_two_differ_the_schema_is_the_narrower(written: str) -> None:
    """Notations of amounts that are read, but that nobody should write."""
    whole = as_json(codec_of(AMOUNT).encode(_equity())) | {"total_value": written}
    codec_of(AMOUNT).decode(msgspec.json.encode(whole))
    assert not validator(AMOUNT).is_valid(whole)


def structs_of(kind: inspect.Type) -> set[type]:
    """Return all payload classes that a type is made of."""
    match kind:
        case inspect.StructType():
            below = (structs_of(field.type) for field in kind.fields)
            return {kind.cls}.union(*below)
        case inspect.UnionType():
            return set().union(*(structs_of(one) for one in kind.types))
        case inspect.VarTupleType():
            return structs_of(kind.item_type)
        case inspect.DictType():
            return structs_of(kind.value_type)
        case inspect.Metadata():
            return structs_of(kind.type)
        case _:
            return set()


def test_what_a_payload_checks_by_itself_is_said_in_its_schema() -> None:
    """A ``__post_init__`` is code that no schema sees: each has its rule, and each rule its code."""
    classes = set().union(*(structs_of(inspect.type_info(key.payload)) for key in registry.KEYS))
    classes |= structs_of(inspect.type_info(Reply))
    checking = {one.__name__ for one in classes if hasattr(one, "__post_init__")}
    assert checking == set(AMOUNT_RULES) | set(CROSS_FIELD_RULES)


@pytest.mark.parametrize(
    ("order_type", "limit_price", "taken"),
    [
        ("LIMIT", 1.5, True), ("LIMIT", "0.01", True), ("LIMIT", "0.000001", True),
        ("LIMIT", "0.0000001", False), ("LIMIT", "1." + "9" * 5000, False), ("LIMIT", ".", False),
        ("LIMIT", "1.2500000", True), ("LIMIT", None, False), ("LIMIT", 0, False),
        ("LIMIT", "0.00", False), ("LIMIT", -1, False), ("MARKET", None, True),
        ("MARKET", 1.5, False),
    ],
)  # fmt: skip
def test_a_limit_price_belongs_to_limit_orders(
    order_type: str,
    limit_price: Any,
    taken: bool,  # noqa: FBT001
) -> None:
    """One field's demand of another is in the schema, too."""
    order = {
        "action": "submit", "ts": "2013-10-04T14:30:00Z", "source": "test", "feed": "REPLAY",
        "session_id": "desk-1", "command_id": "c1", "symbol": "BRK.B", "side": "BUY",
        "quantity": 1, "time_in_force": "DAY", "order_type": order_type,
        "limit_price": limit_price,
    }  # fmt: skip
    codec = codec_of(registry.MANUAL_ORDERS)
    assert validator(registry.MANUAL_ORDERS).is_valid(order) == taken
    if taken:
        codec.decode(msgspec.json.encode(order))
    else:
        with pytest.raises(InvalidMessageError, match="limit_price"):
            codec.decode(msgspec.json.encode(order))


@pytest.mark.parametrize(
    "endpoint", [key for key in registry.KEYS if schemas.is_word(key)], ids=lambda key: key.name
)
def test_a_word_is_described_as_text(endpoint: Document[Any]) -> None:
    """No JSON stands at these keys; their schema is that of the word."""
    assert endpoint.framing is Framing.WORD
    for wrong in ("", "NO SUCH WORD", "ACTIVE STOPPED", "é"):
        assert not validator(endpoint).is_valid(wrong)
        with pytest.raises(InvalidMessageError):
            codec_of(endpoint).decode(wrong.encode())
