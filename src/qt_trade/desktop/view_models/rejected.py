"""Refused messages: which field, which value, why, how often, and the raw text of the last one."""

import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from qt_trade.contract.bus import Entry
from qt_trade.contract.payloads.commands import DeadLetter
from qt_trade.desktop.models.system_rows import RejectedRow
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.system_snapshot import LETTERS_KEPT
from qt_trade.desktop.view_models import words

WHOLE = "whole message"
_VALUE_MAX = 60
_LAST_NAME = re.compile(r"\.(\w+)(?:\[[^\]]*\])*$")
_QUOTED = re.compile(r"`(\w+)`")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class RejectedView:
    """``before``, ``marked`` and ``after``: the raw message, escaped for rich text."""

    known: bool = False
    count: str = ""
    note: str = ""
    note_tone: str = "faint"
    selected: str = ""
    name: str = ""
    before: str = ""
    marked: str = ""
    after: str = ""
    why: str = ""


def rejected_rows(letters: Iterable[Entry[DeadLetter]]) -> list[RejectedRow]:
    """Return one row per key, field and reason, the last refused first."""
    groups: dict[str, RejectedRow] = {}
    for entry in letters:
        letter = entry.value
        key = key_of(letter)
        before = groups.pop(key, None)
        groups[key] = RejectedRow(
            key=key,
            at=letter.ts,
            name=letter.key,
            source=letter.source,
            field=field_of(letter),
            value=value_of(letter),
            why=_reason(letter),
            times=1 if before is None else before.times + 1,
        )
    return list(groups.values())[::-1]


def rejected_view(desk: Snapshot, selected: str) -> RejectedView:
    """Return the card; ``selected`` is the key of a row."""
    stale = f"stale since {words.clock(desk.stale_at)}" if desk.stale_since else ""
    letters = desk.system.letters
    if not desk.system.letters_known:
        return RejectedView(note=stale, note_tone="warn")
    view = RejectedView(
        known=True,
        count=str(len(letters)) if letters else "",
        note=stale or f"the last {LETTERS_KEPT}, wall time, ET",
        note_tone="warn" if stale else "faint",
    )
    letter = _last_of(letters, selected)
    if letter is None:
        return view
    before, marked, after = (html.escape(part) for part in split_at_field(letter))
    return RejectedView(
        known=True,
        count=view.count,
        note=view.note,
        note_tone=view.note_tone,
        selected=selected,
        name=letter.key,
        before=before,
        marked=marked,
        after=after,
        why=f"{field_of(letter)}: {words.sentence(_reason(letter))} "
        f"Refused by {letter.source} at {words.clock(letter.ts)} ET.",
    )


def _last_of(letters: Iterable[Entry[DeadLetter]], selected: str) -> DeadLetter | None:
    same = [entry.value for entry in letters if key_of(entry.value) == selected]
    return same[-1] if same else None


def _reason(letter: DeadLetter) -> str:
    return words.prose(letter.reason.replace("`", ""))


def key_of(letter: DeadLetter) -> str:
    """Return what all messages refused for the same reason have in common."""
    return f"{letter.key}\n{letter.path}\n{letter.reason}\n{letter.source}"


def field_of(letter: DeadLetter) -> str:
    """Return the field as a person reads it: without the dollar sign of its path."""
    return letter.path.removeprefix("$").removeprefix(".") or WHOLE


def value_of(letter: DeadLetter) -> str:
    """Return the refused value as it stood in the message; empty when it is not there."""
    _, marked, _ = split_at_field(letter)
    _, colon, value = marked.partition(":")
    value = value.strip()
    return value[:_VALUE_MAX] if colon else ""


def split_at_field(letter: DeadLetter) -> tuple[str, str, str]:
    """Return the raw message before, at and after the field that was refused.

    A field that cannot be found (the whole was refused, the text was cut) leaves all of it before.
    """
    raw, name = letter.raw, _name(letter)
    start = re.search(rf'"{name}"\s*:\s*', raw) if name else None
    if start is None:
        return raw, "", ""
    try:
        _, end = _DECODER.raw_decode(raw, start.end())
    except (ValueError, RecursionError):
        rest = re.search(r"[,}\]]", raw[start.end() :])
        end = len(raw) if rest is None else start.end() + rest.start()
    return raw[: start.start()], raw[start.start() : end], raw[end:]


def _name(letter: DeadLetter) -> str:
    """Return the name to look for: the path's last, or one the reason quotes (an unknown field)."""
    last = _LAST_NAME.search(letter.path)
    quoted = _QUOTED.search(letter.reason) if "field" in letter.reason else None
    found = quoted or last
    return "" if found is None else re.escape(found[1])
