"""What a person can call for in an emergency."""

from enum import StrEnum


class Emergency(StrEnum):
    """STOP: nothing opens. CANCEL: no order stays. CLOSE: all of it, and no position stays."""

    STOP_ALL_TRADING = "STOP_ALL_TRADING"
    CANCEL_ALL_ORDERS = "CANCEL_ALL_ORDERS"
    CLOSE_ALL_POSITIONS = "CLOSE_ALL_POSITIONS"
    RESUME = "RESUME"
