"""The plots of ``qtrade ml report``, each a PNG."""

import io
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from qt_trade.contract.payloads.intelligence import MlScorecard, ScoreLine

_INCHES = (7.2, 4.2)
_DPI = 110
_INK = "#3c4654"
_NOMINAL, _AROUND, _MARGIN = 0.8, 0.06, 0.005
_COLORS = ("#1f6feb", "#d9480f", "#2f9e44", "#9c36b5", "#e8a500", "#0c8599", "#c2255c", "#5c5f66")
FEATURES_SHOWN = 12
EMPTY = "not enough sessions yet"


def calibration(card: MlScorecard) -> bytes:
    """Draw how often directions came true against how sure models were, with 95 % intervals."""
    figure, axes = _axes("how sure it said it was", "how often it was right")
    axes.set_title(f"{card.feed}, {card.scored:,} scored predictions", loc="left", fontsize=9)
    # Not drawn from 50 to 100 %: who says 52 to 58 % would be a speck in the corner.
    axes.axline((0.5, 0.5), slope=1.0, color=_INK, linewidth=1, linestyle="--", label="honest")
    told = [line for line in card.lines if line.calibration]
    for line, color in zip(told, _endless(len(told)), strict=True):
        points = line.calibration
        said, right = [one.said for one in points], [one.right.value for one in points]
        low = [one.right.value - one.right.low for one in points]
        high = [one.right.high - one.right.value for one in points]
        axes.errorbar(
            said, right, yerr=[low, high], color=color, marker="o", markersize=4, capsize=3,
            linewidth=1.2, label=f"{_name(line)}, {sum(one.cases for one in points):,} cases",
        )  # fmt: skip
    _in_per_cent(axes, both=True)
    return _png(figure, axes, empty=not told)


def coverage(lines: Sequence[ScoreLine]) -> bytes:
    """Draw how many outcomes fell into the 80 % bands, with 95 % intervals."""
    figure, axes = _axes("", "outcomes in the 80 % band")
    told = [(line, line.coverage) for line in lines if line.coverage is not None]
    axes.axhline(_NOMINAL, color=_INK, linewidth=1, linestyle="--", label="promised")
    for place, ((_, found), color) in enumerate(zip(told, _endless(len(told)), strict=True)):
        ends = [[found.value - found.low], [found.high - found.value]]
        axes.errorbar([place], [found.value], yerr=ends, color=color, marker="o", capsize=4)
    names = [_name(line) for line, _ in told]
    axes.set_xticks(range(len(told)), names, rotation=30, ha="right", fontsize=8)
    axes.margins(x=0.2)
    # Wide enough that ticks are whole per cents, and a point off looks like little.
    reach = [_NOMINAL - _AROUND, _NOMINAL + _AROUND]
    reach += [end for _, found in told for end in (found.low, found.high)]
    axes.set_ylim(min(reach) - _MARGIN, max(reach) + _MARGIN)
    _in_per_cent(axes, both=False)
    return _png(figure, axes, empty=not told)


def equity(edges: Mapping[str, Mapping[date, float]]) -> bytes:
    """Draw the sum of edges after costs, session by session, in basis points; by model's name."""
    figure, axes = _axes("", "sum of edges after costs, bp")
    axes.axhline(0.0, color=_INK, linewidth=1, linestyle="--")
    for (name, of_model), color in zip(edges.items(), _endless(len(edges)), strict=True):
        days = sorted(of_model)
        sums = np.cumsum([of_model[day] for day in days])
        axes.plot(days, sums, color=color, linewidth=1.4, marker=".", label=name)  # type: ignore[arg-type]  # dates are understood
    figure.autofmt_xdate(rotation=30)
    return _png(figure, axes, empty=not edges)


def importance(shares: Mapping[str, float]) -> bytes:
    """Draw which features the direction of one model rests on, the weightiest on top."""
    figure, axes = _axes("share of what all splits gained", "")
    top = sorted(shares.items(), key=lambda item: item[1])[-FEATURES_SHOWN:]
    axes.barh([name for name, _ in top], [share for _, share in top], color=_COLORS[0])
    axes.xaxis.set_major_formatter("{x:.0%}")
    return _png(figure, axes, empty=not any(shares.values()), legend=False)


def _name(line: ScoreLine) -> str:
    return f"{line.model_id}, {line.horizon_min} min"


def _endless(count: int) -> list[str]:
    return [_COLORS[number % len(_COLORS)] for number in range(count)]


def _axes(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=_INCHES, dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_xlabel(x, color=_INK)
    axes.set_ylabel(y, color=_INK)
    axes.grid(visible=True, color="#e3e7ec", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _in_per_cent(axes: Axes, *, both: bool) -> None:
    axes.yaxis.set_major_formatter("{x:.0%}")
    if both:
        axes.xaxis.set_major_formatter("{x:.0%}")


def _png(figure: Figure, axes: Axes, *, empty: bool, legend: bool = True) -> bytes:
    if empty:
        axes.text(0.5, 0.6, EMPTY, transform=axes.transAxes, ha="center", color=_INK)
    elif legend:
        axes.legend(frameon=False, fontsize=8)
    written = io.BytesIO()
    # Neither a date nor a version in it: the same figures are the same file.
    figure.savefig(written, format="png", metadata={"Software": None})
    return written.getvalue()
