"""Text from outside, made harmless for a line on a screen: data, and never an instruction."""

import unicodedata

_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
"""Controls, marks that turn the direction of writing, and what is no character at all."""
_CUT = "…"


def plain(text: str, length_max: int) -> str:
    """Return the text as one visible line of at most so many characters.

    Tags and entities stay as they are written: they are shown, and mean nothing.
    """
    # What is cut off is not looked at: a text may be megabytes of marks.
    seen = text[: length_max * 4]
    visible = (" " if _is_space(one) else one for one in seen if _is_space(one) or _shown(one))
    line = " ".join("".join(visible).split())
    return line if len(line) <= length_max else line[: length_max - 1].rstrip() + _CUT


def _is_space(one: str) -> bool:
    return one.isspace()


def _shown(one: str) -> bool:
    return unicodedata.category(one) not in _INVISIBLE
