"""Symbols: one canonical form, and nothing that is none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_trade.model.symbols import symbol


@pytest.mark.parametrize(
    ("text", "canonical"),
    [("aapl", "AAPL"), (" BRK-B ", "BRK.B"), ("brk/b", "BRK.B"), ("F", "F"), ("BF.B", "BF.B")],
)
def test_every_vendors_form_becomes_ours(text: str, canonical: str) -> None:
    """Dots, dashes, slashes, small letters."""
    assert symbol(text) == canonical


@pytest.mark.parametrize(
    "text",
    ["", "1AAPL", "BRK..B", "BRK.", ".B", "A B", "TOOLONGNAMEX", "BRK.ABCD", "ß", "aapl\u0131"],
)
def test_what_is_no_symbol_is_refused_with_an_example(text: str) -> None:
    """Also letters that become A to Z only in capitals."""
    with pytest.raises(ValueError, match=re.escape("such as AAPL or BRK.B")):
        symbol(text)


@given(text=st.text(max_size=20))
def test_the_canonical_form_is_final(text: str) -> None:
    """Whatever is accepted is accepted again, unchanged, and is plain ASCII."""
    try:
        canonical = symbol(text)
    except ValueError:
        return
    assert symbol(canonical) == canonical
    assert canonical.isascii()
    assert canonical.isupper()
