"""What part of the axis is seen: panning, zooming, ticks. Pure numbers, no Qt.

The unit along the axis is the slot (``aggregation.Buckets``): the bar of slot 7 is drawn from
7.0 to 8.0.
"""

import math
from dataclasses import dataclass, replace

SPAN_MIN = 12.0
"""At least so many slots are seen."""
_FILLED = 0.5
"""This share of the view keeps bars however far one pans."""
_FITS = (45.0, 90.0, 180.0)
"""Until somebody zooms, the first of these with room for everything, else the last: few bars are
not drawn as a thin strip, and coming ones change the scale twice only."""
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Viewport:
    """``total`` slots hold bars, ``future`` slots lie right of them; ``right`` is the right edge.

    ``following``: the right edge stays at the future's end when bars come; ``zoomed``: somebody
    chose how many slots are seen.
    """

    total: float = 0.0
    future: float = 0.0
    span: float = 180.0
    right: float = 0.0
    following: bool = True
    zoomed: bool = False

    @property
    def left(self) -> float:
        return self.right - self.span

    @property
    def end(self) -> float:
        """Where the axis ends; a short one is shown from its beginning."""
        return max(self.total + self.future, self.span)

    def home(self) -> "Viewport":
        """Return the view with now at its right."""
        return replace(self, right=self.end, following=True)

    def grown(self, total: float, future: float) -> "Viewport":
        """Return the view of a longer or shorter axis: it follows, or what is seen stays."""
        changed = replace(self, total=total, future=future)
        if not self.following:
            return changed.held()
        fits = next((fit for fit in _FITS if fit >= total + future), _FITS[-1])
        return (changed if self.zoomed else replace(changed, span=fits)).home()

    def reset(self) -> "Viewport":
        """Return the view as it was before anybody moved or zoomed it."""
        return replace(self, zoomed=False).grown(self.total, self.future).home()

    def panned(self, slots: float) -> "Viewport":
        """Return the view moved by so many slots; positive looks further into the past."""
        return replace(self, right=self.right - slots).held()

    def scaled(self, factor: float, anchor: float) -> "Viewport":
        """Return the view with ``factor`` times as many slots; ``anchor`` (0..1) stays in place."""
        span = min(max(self.span * factor, SPAN_MIN), max(self.total + self.future, SPAN_MIN))
        if self.following:
            return replace(self, span=span, zoomed=True).home()
        fixed = self.left + anchor * self.span
        right = fixed + (1 - anchor) * span
        return replace(self, span=span, right=right, zoomed=True).held()

    def held(self) -> "Viewport":
        """Return the view with bars in it; one that reaches the end follows again."""
        right = max(self.right, min(_FILLED * self.span, self.end))
        return replace(self, right=min(right, self.end), following=right >= self.end)


def price_ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most ``most`` round prices inside low..high, evenly apart."""
    step = nice_step((high - low) / max(1, most))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [place * step for place in range(first, last + 1)]


def nice_step(least: float) -> float:
    """Return the smallest of 1, 2, 2.5, 5 times a power of ten that is not below ``least``."""
    if not (math.isfinite(least) and least > 0):
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _STEPS if step * power >= least * (1 - 1e-9))


def places_for(step: float) -> int:
    """Return how many decimal places tell ticks of this step apart, at least two."""
    return next(n for n in range(2, 12) if abs(round(step, n) - step) < step * 1e-6)
