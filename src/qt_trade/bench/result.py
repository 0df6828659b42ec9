"""What a measurement found: rows of figures, each beside its floor and its gate."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from rich.table import Table

_WHOLE_FROM = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    ``floor``: the same by the barest means, in the same run; ``ratio``: value / floor. ``gate``:
    what the value, or with ``gate_on_ratio`` the ratio, must not exceed, or with ``at_least`` not
    fall short of; None: for information. ``ok``: whether it is kept.
    """

    figure: str
    value: float
    unit: str
    floor: float | None
    ratio: float | None
    gate: float | None
    ok: bool
    gate_on_ratio: bool = False
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """All rows of one measurement. ``notes``: in words what was left out and why."""

    bench: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every gate is kept."""
        return all(row.ok for row in self.rows)

    def as_object(self) -> dict[str, Any]:
        """Return the form for programs."""
        rows = [asdict(row) for row in self.rows]
        for row in rows:
            del row["gate_on_ratio"], row["at_least"]
        return {"bench": self.bench, "rows": rows}

    def as_table(self) -> Table:
        """Return the form for people."""
        table = Table(title=f"bench {self.bench}", title_justify="left", header_style="bold")
        table.caption, table.caption_justify = "\n".join(self.notes), "left"
        for name in ("Figure", "Value", "Unit", "Floor", "Ratio", "Gate", ""):
            number = name in ("Value", "Floor", "Ratio", "Gate")
            table.add_column(name, justify="right" if number else "left", no_wrap=name != "Figure")
        for row in self.rows:
            verdict = (
                "" if row.gate is None else "[green]ok[/]" if row.ok else "[bold red]missed[/]"
            )
            cells = (_number(row.value), row.unit, _number(row.floor), _number(row.ratio))
            table.add_row(row.figure, *cells, _gate(row), verdict)
        return table


def _gate(row: Row) -> str:
    if row.gate is None:
        return ""
    sign = "≥" if row.at_least else "≤"
    return f"{sign} {row.gate:g} {'×' if row.gate_on_ratio else row.unit}"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3g}" if abs(value) < _WHOLE_FROM else f"{value:,.0f}"


def figure(name: str, value: float, unit: str, floor: float | None = None) -> Row:
    """Return a row for information."""
    return Row(name, value, unit, floor, _ratio(value, floor), None, ok=True)


def value_at_most(
    name: str, value: float, unit: str, gate: float, floor: float | None = None
) -> Row:
    """Return a row whose value must not be above the gate."""
    ratio = _ratio(value, floor)
    return Row(name, value, unit, floor, ratio, gate, ok=value <= gate)


def ratio_at_most(name: str, value: float, unit: str, gate: float, floor: float) -> Row:
    """Return a row whose ratio to the floor must not be above the gate."""
    ratio = value / floor
    return Row(name, value, unit, floor, ratio, gate, ok=ratio <= gate, gate_on_ratio=True)


def ratio_at_least(name: str, value: float, unit: str, gate: float, floor: float) -> Row:
    """Return a row whose ratio to the floor (here what is possible at most) must reach the gate."""
    ratio = value / floor
    ok = ratio >= gate
    return Row(name, value, unit, floor, ratio, gate, ok, gate_on_ratio=True, at_least=True)


def _ratio(value: float, floor: float | None) -> float | None:
    return None if floor is None or floor == 0 else value / floor


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that ``share`` of all values do not exceed. Raises ValueError on none."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def of_repeats(repeats: Sequence[Sequence[float]], share: float) -> float:
    """Return the median of the repeats' quantiles."""
    return median(quantile(repeat, share) for repeat in repeats)
