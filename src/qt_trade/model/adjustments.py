"""What prices and volumes of the past are adjusted for."""

from enum import StrEnum


class Adjust(StrEnum):
    """NOTHING: raw, as traded. SPLITS: in today's shares. ALL: as if dividends were put back, too."""

    NOTHING = "nothing"
    SPLITS = "splits"
    ALL = "all"
