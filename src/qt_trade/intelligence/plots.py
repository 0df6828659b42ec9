"""Plots of what a model showed out of sample, as PNG. Drawn without a display."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from qt_trade.intelligence.learning.learnt import Learnt
from qt_trade.model.scores import CalibrationPoint, Estimate

_SIZE_INCH = (9.0, 4.2)
_DOTS_PER_INCH = 110
_BLUE, _GREY = "#2f6fd0", "#7d8590"
_BANDS = (50, 80, 90)


def calibration_png(learnt: Learnt) -> bytes:
    """Return how often directions were right by how sure they were said, and what the bands held.

    Bars are 95 % intervals over sessions; on the dashed line a model is as good as its word.
    """
    figure = Figure(figsize=_SIZE_INCH, dpi=_DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    figure.suptitle(f"{learnt.horizon_min} min, out of sample, to {learnt.data_to:%d %b %Y}")
    _certainty(left, learnt.calibration)
    _bands(right, learnt.metrics)
    content = BytesIO()
    figure.savefig(content, format="png")
    return content.getvalue()


def write_calibration(learnt: Learnt, path: Path) -> None:
    """Write the plot of ``calibration_png`` to a file."""
    path.write_bytes(calibration_png(learnt))


def _certainty(axes: Axes, points: Sequence[CalibrationPoint]) -> None:
    said = [100.0 * point.said for point in points]
    _against(axes, said, [point.right for point in points], "direction")
    for point, place in zip(points, said, strict=True):
        axes.annotate(
            f"{point.cases:,}",
            (place, 100.0 * point.right.value),
            xytext=(6, -12),
            textcoords="offset points",
            color=_GREY,
            fontsize=8,
        )
    axes.set_xlabel("said to be right, %")
    axes.set_ylabel("was right, %")


def _bands(axes: Axes, metrics: dict[str, float]) -> None:
    names = {share: f"coverage_{share}" for share in _BANDS}
    known = {
        share: Estimate(metrics[name], metrics[f"{name}_low"], metrics[f"{name}_high"])
        for share, name in names.items()
        if f"{name}_low" in metrics
    }
    _against(axes, [float(share) for share in known], list(known.values()), "bands")
    axes.set_xlabel("band said to hold, %")
    axes.set_ylabel("held, %")


def _against(axes: Axes, said: Sequence[float], came: Sequence[Estimate], title: str) -> None:
    """Draw figures in per cent against what was said, and the line on which both are equal."""
    axes.set_title(title if said else f"{title}: not enough cases", fontsize=10)
    if not said:
        return
    values = [100.0 * one.value for one in came]
    below = [100.0 * (one.value - one.low) for one in came]
    above = [100.0 * (one.high - one.value) for one in came]
    axes.errorbar(said, values, yerr=[below, above], fmt="o-", color=_BLUE, capsize=3)
    # Endless, so that it does not widen what is shown.
    axes.axline((said[0], said[0]), slope=1.0, linestyle="--", color=_GREY, linewidth=1)
    axes.margins(x=0.12)
    axes.grid(visible=True, alpha=0.3)
