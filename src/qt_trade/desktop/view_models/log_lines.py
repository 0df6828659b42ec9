"""The roles' log on the screen: which lines, and those held back while a person reads."""

from collections.abc import Iterable
from dataclasses import dataclass

from qt_trade.contract.bus import Entry
from qt_trade.contract.payloads.health import LogLevel, LogLine
from qt_trade.desktop.models.system_rows import LogRow
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import words

LEVELS = (
    frozenset(LogLevel),
    frozenset({LogLevel.WARNING, LogLevel.ERROR}),
    frozenset({LogLevel.ERROR}),
)
"""All, warnings (and worse), errors."""
_SHORT = {LogLevel.INFO: "info", LogLevel.WARNING: "warn", LogLevel.ERROR: "error"}
_TONES = {LogLevel.INFO: "faint", LogLevel.WARNING: "warn", LogLevel.ERROR: "crit"}


@dataclass(frozen=True, slots=True)
class LogView:
    """``held``: the list stands still; ``held_words`` says how many lines wait."""

    known: bool = False
    none: bool = True
    level: int = 0
    filtered: bool = False
    held: bool = False
    held_words: str = ""
    note: str = ""
    note_tone: str = "faint"


@dataclass(slots=True)
class LogReader:
    """What a person chose to see of the log."""

    level: int = 0
    text: str = ""
    held: tuple[Entry[LogLine], ...] | None = None
    held_newest: str = ""

    def hold(self, desk: Snapshot, *, on: bool) -> None:
        """Let the list stand still as it is, or go on."""
        self.held = tuple(desk.system.lines) if on else None
        self.held_newest = self.held[-1].entry_id if self.held else ""

    def rows(self, desk: Snapshot) -> list[LogRow]:
        """Return the lines to show, the newest first."""
        shown = desk.system.lines if self.held is None else self.held
        wanted = LEVELS[self.level]
        needle = self.text.strip().casefold()
        rows = (_row(entry) for entry in reversed(shown) if entry.value.level in wanted)
        return [row for row in rows if not needle or needle in _text(row)]

    def view(self, desk: Snapshot, count: int) -> LogView:
        """Return the card for this moment."""
        stale = f"stale since {words.clock(desk.stale_at)}" if desk.stale_since else ""
        held = self.held is not None
        return LogView(
            known=desk.system.lines_known,
            none=count == 0,
            level=self.level,
            filtered=self.level > 0 or bool(self.text.strip()),
            held=held,
            held_words=words.count(self._since(desk.system.lines), "new line") if held else "",
            note=stale,
            note_tone="warn",
        )

    def _since(self, lines: Iterable[Entry[LogLine]]) -> int:
        newest = _place(self.held_newest)
        return sum(_place(entry.entry_id) > newest for entry in lines)


def _row(entry: Entry[LogLine]) -> LogRow:
    line = entry.value
    return LogRow(
        key=entry.entry_id,
        at=line.ts,
        level=_SHORT[line.level],
        source=line.source,
        words=f"{line.event} {line.words}".strip(),
        tone=_TONES[line.level],
    )


def _text(row: LogRow) -> str:
    return f"{words.clock(row.at)} {row.level} {row.source} {row.words}".casefold()


def _place(entry_id: str) -> tuple[int, int]:
    milliseconds, _, sequence = entry_id.partition("-")
    return (int(milliseconds), int(sequence)) if sequence else (0, 0)
