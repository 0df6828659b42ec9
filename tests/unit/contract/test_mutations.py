"""Whatever is made wrong in a message is found, and found where it is."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.contract.mutations import as_json, mutations
from tests.unit.contract.strategies import values
from tests.unit.contract.test_codec import codec_of

from qt_trade.contract import registry
from qt_trade.contract.endpoints import Document, Endpoint, Framing
from qt_trade.contract.errors import InvalidMessageError

objects = pytest.mark.parametrize(
    "endpoint",
    [
        key
        for key in registry.KEYS
        if not (isinstance(key, Document) and key.framing is Framing.WORD)
    ],
    ids=lambda key: key.name,
)


@objects
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_mutated_payload_is_refused_with_the_path_of_the_field(
    endpoint: Endpoint[Any], data: st.DataObject
) -> None:
    """Of a wrong type, out of bounds, left out, unknown: each kind of field in each way."""
    codec = codec_of(endpoint)
    whole = as_json(codec.encode(data.draw(values(endpoint.payload))))
    mutation = data.draw(st.sampled_from(mutations(endpoint.payload, whole)))
    with pytest.raises(InvalidMessageError) as caught:
        codec.decode(msgspec.json.encode(mutation.applied_to(whole)))
    assert caught.value.path == mutation.path, mutation
    assert caught.value.key == endpoint.name
    assert caught.value.reason


@objects
@settings(max_examples=1, deadline=None)
@given(data=st.data())
def test_no_mutation_of_a_payload_passes(endpoint: Endpoint[Any], data: st.DataObject) -> None:
    """Not some: all of one value, so that no kind of field is left to luck."""
    codec = codec_of(endpoint)
    whole = as_json(codec.encode(data.draw(values(endpoint.payload))))
    every = mutations(endpoint.payload, whole)
    assert every
    for mutation in every:
        with pytest.raises(InvalidMessageError):
            codec.decode(msgspec.json.encode(mutation.applied_to(whole)))
