"""Ticker symbols in canonical dot form (``BRK.B``); adapters convert at their edge."""

import re
from typing import NewType

Symbol = NewType("Symbol", str)

_PATTERN = re.compile(r"[A-Z][A-Z0-9]{0,9}(\.[A-Z]{1,3})?")


def symbol(text: str) -> Symbol:
    """Return the canonical form of a symbol.

    Raises ValueError when the text is no US ticker symbol.
    """
    canonical = text.strip().upper().replace("-", ".").replace("/", ".")
    # Upper-casing turns some letters of other alphabets into A to Z.
    if not text.isascii() or _PATTERN.fullmatch(canonical) is None:
        raise ValueError(f"{text!r} is no US ticker symbol such as AAPL or BRK.B")
    return Symbol(canonical)
