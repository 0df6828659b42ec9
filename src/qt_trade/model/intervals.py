"""The lengths in which bars are stored."""

from enum import StrEnum


class Interval(StrEnum):
    """Each by the name people and charts use."""

    MIN_1 = "1m"
    MIN_5 = "5m"
    MIN_15 = "15m"
    DAY_1 = "1D"

    @property
    def seconds(self) -> int:
        """Its length."""
        return _SECONDS[self]


_SECONDS = {
    Interval.MIN_1: 60,
    Interval.MIN_5: 300,
    Interval.MIN_15: 900,
    Interval.DAY_1: 86_400,
}
