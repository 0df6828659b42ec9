"""The codec: what fits passes unchanged, everything else is refused with the path of the field."""

import math
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.contract import make
from tests.unit.contract.strategies import values

from qt_trade.contract import registry
from qt_trade.contract.amounts import AMOUNT_MAX
from qt_trade.contract.codec import Codec
from qt_trade.contract.endpoints import Document, Endpoint, Framing
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.payloads.base import Frontend
from qt_trade.contract.payloads.trading import AutoTradingStatus
from qt_trade.model.order_terms import OrderType, Side, TimeInForce

every_key = pytest.mark.parametrize("endpoint", registry.KEYS, ids=lambda one: one.name)
every_object = pytest.mark.parametrize(
    "endpoint",
    [one for one in registry.KEYS
     if not (isinstance(one, Document) and one.framing is Framing.WORD)],
    ids=lambda one: one.name,
)  # fmt: skip

_STRICT = {
    "autotrading:enabled", "risk_settings", "frontend:manual_orders", "frontend:risk_questions",
    "frontend:emergency_actions", "session:{ID}", "frontend:session_actions",
    "frontend:session_settings", "frontend:trading_config", "frontend:bot_strategy",
    "frontend:portfolio_settings", "frontend:ui_state", "frontend:watch_list",
    "frontend:data_requests", "frontend:ml_requests",
}  # fmt: skip


def codec_of(endpoint: Endpoint[Any]) -> Codec[Any]:
    framing = endpoint.framing if isinstance(endpoint, Document) else Framing.JSON
    return Codec(endpoint, framing)


def refusal(codec: Codec[Any], value: Any) -> InvalidMessageError:
    with pytest.raises(InvalidMessageError) as caught:
        codec.encode(value)
    return caught.value


@every_key
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_is_written_is_what_is_read(endpoint: Endpoint[Any], data: st.DataObject) -> None:
    """Every payload comes back from the wire as it went."""
    codec = codec_of(endpoint)
    value = data.draw(values(endpoint.payload))
    assert codec.decode(codec.encode(value)) == value


@every_key
@settings(max_examples=50, deadline=None)
@given(raw=st.binary(max_size=200))
def test_noise_is_refused_and_nothing_else_is_raised(endpoint: Endpoint[Any], raw: bytes) -> None:
    """No bytes of a stranger raise anything but InvalidMessageError, which names the key."""
    try:
        codec_of(endpoint).decode(raw)
    except InvalidMessageError as invalid:
        assert invalid.key == endpoint.name
        assert invalid.reason


@every_object
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_a_missing_field_is_refused(endpoint: Endpoint[Any], data: st.DataObject) -> None:
    """Each field that is left out is named, but for those an earlier version did not have."""
    codec = codec_of(endpoint)
    value = data.draw(values(endpoint.payload))
    whole = msgspec.json.decode(codec.encode(value))
    later = {one.encode_name for one in msgspec.structs.fields(value) if not one.required}
    for name in whole.keys() - later:
        rest = {key: value for key, value in whole.items() if key != name}
        with pytest.raises(InvalidMessageError, match=name):
            codec.decode(msgspec.json.encode(rest))


@every_object
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_an_unknown_field_is_refused_only_where_a_person_may_have_misspelt_it(
    endpoint: Endpoint[Any], data: st.DataObject
) -> None:
    """Settings and commands are strict; a backend may be newer than its reader."""
    codec = codec_of(endpoint)
    value = data.draw(values(endpoint.payload))
    more = codec.encode(value).removesuffix(b"}") + b',"limit_max":1}'
    if endpoint.name in _STRICT:
        with pytest.raises(InvalidMessageError, match="limit_max"):
            codec.decode(more)
    else:
        assert codec.decode(more) == value


def test_every_frontend_payload_is_strict() -> None:
    """The list above forgets nobody who writes as a frontend."""
    frontend = {
        one.name
        for one in registry.KEYS
        if isinstance(one.payload, type) and issubclass(one.payload, Frontend)
    }
    assert frontend <= _STRICT


def test_a_whole_number_is_one_that_every_client_reads_exactly() -> None:
    """Beyond 2^53 a JavaScript client would see another number than was written."""
    codec = Codec(registry.MARKET_DATA)
    assert codec.decode(codec.encode(make.market_data(2**53 - 1))).quotes_published == 2**53 - 1
    assert refusal(codec, make.market_data(2**53)).path == "$.quotes_published"


@pytest.mark.parametrize("price", [math.nan, math.inf, -math.inf])
def test_a_required_float_must_be_finite(price: float) -> None:
    """The encoder would make null of it; the price is named."""
    invalid = refusal(Codec(registry.QUOTES), make.quote(price))
    assert invalid.path == "$.price"


def test_a_wrong_key_of_a_mapping_is_found_at_the_mapping() -> None:
    """What is wrong is the key and not what stands at it."""
    value = make.market_data(**{"not a symbol": make.symbol_data()})
    invalid = refusal(Codec(registry.MARKET_DATA), value)
    assert invalid.path == "$.symbols"
    assert invalid.reason.startswith("a key: Expected `str` matching regex")


def test_a_nan_is_not_written_as_missing() -> None:
    """In an optional field null would be valid and a lie; the path leads into the dict."""
    value = make.market_data(AAPL=make.symbol_data(), MSFT=make.symbol_data(change=math.nan))
    invalid = refusal(Codec(registry.MARKET_DATA), value)
    assert invalid.path == "$.symbols[...].change"
    assert "nan" in invalid.reason


def test_a_list_where_a_tuple_belongs_is_refused() -> None:
    """The reader would see another value than the writer holds."""
    value = msgspec.structs.replace(make.reply("c1"), verdicts=[])
    assert refusal(Codec(registry.DEAD_LETTERS), value)
    assert "[]" in refusal(codec_of_reply(), value).reason


def codec_of_reply() -> Codec[Any]:
    return Codec(replace(registry.EMERGENCY_ACTIONS, payload=type(make.reply("c1"))))


def test_a_difference_inside_a_tuple_has_its_index() -> None:
    """The path counts the entries."""
    status = replace(registry.MARKET_STATUS, payload=tuple[float | None, ...])
    assert refusal(Codec(status), (1.0, math.nan)).path == "$[1]"


def test_a_moment_that_would_be_read_as_another_is_refused() -> None:
    """ISO 8601 knows offsets in minutes; nothing is rounded behind the writer's back."""
    moment = replace(registry.MARKET_STATUS, payload=datetime)
    odd = make.AT.astimezone(timezone(timedelta(seconds=30)))
    assert refusal(Codec(moment), odd).path == "$"


def test_a_time_without_a_zone_is_refused() -> None:
    """Nobody knows what moment it means."""
    naive = msgspec.structs.replace(make.quote(), ts=datetime(2026, 1, 1))  # noqa: DTZ001
    assert refusal(Codec(registry.QUOTES), naive).path == "$.ts"


def test_an_object_json_cannot_hold_is_refused() -> None:
    """It is the writer who is told."""
    assert refusal(Codec(registry.QUOTES), msgspec.structs.replace(make.quote(), source=object()))


def test_amounts_travel_as_exact_numbers() -> None:
    """A stranger's client reads a JSON number, ours a Decimal without a rounding error."""
    codec = Codec(registry.RISK_SETTINGS)
    data = codec.encode(make.risk(Decimal("0.1")))
    assert b'"cash_reserve":0.1,' in data
    assert codec.decode(data).cash_reserve == Decimal("0.1")


@pytest.mark.parametrize("text", [b'"NaN"', b'"Infinity"', b'"sNaN"', b"-0.01"])
def test_no_limit_is_set_to_what_every_comparison_passes(text: bytes) -> None:
    """A reserve of NaN or below zero would let everything pass: refused."""
    data = Codec(registry.RISK_SETTINGS).encode(make.risk()).replace(b"10000", text)
    with pytest.raises(InvalidMessageError, match="cash_reserve"):
        Codec(registry.RISK_SETTINGS).decode(data)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1E+13", "-1E+13"])
def test_every_amount_is_finite_and_bounded(amount: str) -> None:
    """Wherever it stands: the path is told."""
    data = Codec(registry.EQUITY).encode(
        registry.EQUITY.payload(
            **make.STAMP, account="a", run_id="r", feed_ts=make.AT, total_value=Decimal(7)
        )
    )
    with pytest.raises(InvalidMessageError, match="finite amount") as caught:
        Codec(registry.EQUITY).decode(data.replace(b":7}", f':"{amount}"}}'.encode()))
    assert caught.value.path == "$.total_value"
    assert f"{AMOUNT_MAX:,}" in caught.value.reason


@pytest.mark.parametrize("price", [b'"NaN"', b"0", b"-1", b"null"])
def test_a_limit_order_has_a_positive_limit(price: bytes) -> None:
    """An order at no price is no order."""
    data = (
        b'{"action":"submit","ts":"2026-01-01T00:00:00Z","source":"x","feed":"REPLAY",'
        b'"session_id":"s","command_id":"c","symbol":"AAPL","side":"BUY","quantity":1,'
        b'"order_type":"LIMIT","limit_price":PRICE,"time_in_force":"DAY"}'
    )
    codec = Codec(registry.MANUAL_ORDERS)
    assert codec.decode(data.replace(b"PRICE", b"1.5")).limit_price == Decimal("1.5")
    with pytest.raises(InvalidMessageError, match="limit_price"):
        codec.decode(data.replace(b"PRICE", price))


def test_a_market_order_has_no_limit() -> None:
    """Ignoring it would buy at any price."""
    fields = {name: getattr(make.config(), name) for name in ("ts", "source", "feed", "session_id")}
    with pytest.raises(ValueError, match="limit_price"):
        registry.commands.SubmitOrder(
            **fields, command_id="c", symbol="AAPL", side=Side.BUY, quantity=Decimal(1),
            order_type=OrderType.MARKET, limit_price=Decimal(1), time_in_force=TimeInForce.DAY,
        )  # fmt: skip


@pytest.mark.parametrize("text", ["AAPL\n", "aapl", "", "AAPL ", "BRK.", "../x"])
def test_what_is_no_symbol_is_no_key_of_a_dict(text: str) -> None:
    """Symbols go into the names of Redis keys."""
    value = make.market_data(**{text: make.symbol_data()})
    assert refusal(Codec(registry.MARKET_DATA), value)


def test_an_id_ends_where_it_ends() -> None:
    """A line feed behind it is not overlooked."""
    assert refusal(Codec(registry.EMERGENCY_ACTIONS), make.stop("c1\n")).path == "$.command_id"


def test_what_is_nested_too_deeply_is_refused() -> None:
    """Skipping an unknown field must not exhaust the stack."""
    deep = b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(InvalidMessageError, match="recursion"):
        Codec(registry.MARKET_DATA).decode(deep)


@pytest.mark.parametrize(
    ("endpoint", "bytes_max"),
    [
        (registry.QUOTES, 65_536),
        (registry.MANUAL_ORDERS, 65_536),
        (registry.RISK_SETTINGS, 65_536),
        (registry.SESSION, 65_536),
        (registry.TRADES_LOG, 65_536),
        (registry.MARKET_DATA, 4_000_000),
    ],
    ids=lambda one: getattr(one, "name", one),
)
def test_a_message_beyond_the_limit_is_not_even_parsed(
    endpoint: Endpoint[Any], bytes_max: int
) -> None:
    """Only what the backend alone writes may be large."""
    assert endpoint.bytes_max == bytes_max
    codec = Codec(endpoint)
    with pytest.raises(InvalidMessageError, match=f"at most {bytes_max} are read"):
        codec.decode(b" " * (bytes_max + 1))
    with pytest.raises(InvalidMessageError, match=r"malformed|end of|truncated"):
        codec.decode(b" " * bytes_max)


def test_what_is_too_large_to_be_read_is_not_written() -> None:
    """Its writer is told, not its reader."""
    huge = msgspec.structs.replace(make.quote(), source="x" * 65_536)
    assert "at most 65536" in refusal(Codec(registry.QUOTES), huge).reason


@pytest.mark.parametrize("raw", [b"ACTIVE", b'"ACTIVE"'])
def test_a_word_may_stand_in_quotes(raw: bytes) -> None:
    """The older system wrote both."""
    codec = Codec(registry.AUTOTRADING_STATUS, Framing.WORD)
    assert codec.decode(raw) is AutoTradingStatus.ACTIVE
    assert codec.encode(AutoTradingStatus.ACTIVE) == b"ACTIVE"


def test_a_word_nobody_agreed_on_is_refused_with_those_agreed_on() -> None:
    """The answer says what would be right."""
    with pytest.raises(InvalidMessageError, match="'RUN' is none of ACTIVE, STOPPED"):
        Codec(registry.AUTOTRADING_STATUS, Framing.WORD).decode(b"RUN")


@every_key
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_many_are_encoded_as_each_alone(endpoint: Endpoint[Any], data: st.DataObject) -> None:
    """Whatever they hold; line feeds in their texts, too."""
    codec = codec_of(endpoint)
    lot = [data.draw(values(endpoint.payload)) for _ in range(3)]
    assert codec.encode_many(lot) == [codec.encode(value) for value in lot]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"price": -1.0}, "$.price"),
        ({"price": math.nan}, "$.price"),
        ({"source": 7}, "$.source"),
        ({"source": "x" * 70_000}, "$"),
        ({"source": object()}, "$"),
    ],
)
def test_of_many_the_one_that_does_not_fit_is_named(wrong: dict[str, Any], path: str) -> None:
    """With the path, as if it were alone."""
    lot = [make.quote(), msgspec.structs.replace(make.quote(), **wrong), make.quote()]
    with pytest.raises(InvalidMessageError) as refused:
        Codec(registry.QUOTES).encode_many(lot)
    assert refused.value.path == path


def test_of_many_amounts_each_is_looked_at() -> None:
    """The last one's, too."""
    lot = [make.risk(), make.risk(Decimal("1E+13"))]
    with pytest.raises(InvalidMessageError) as refused:
        Codec(registry.RISK_SETTINGS).encode_many(lot)
    assert refused.value.path == "$.cash_reserve"
    assert Codec(registry.RISK_SETTINGS).encode_many([]) == []
